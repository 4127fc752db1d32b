"""Finds the modules that no source tree has: those that the build backend writes, with the version."""

import json
import sys
from importlib.abc import InspectLoader
from importlib.machinery import ModuleSpec

TEXTS = json.loads("{}")


class Generated(InspectLoader):
    """Finds and loads the modules of TEXTS."""

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        """The spec of a module of TEXTS, else None."""
        return ModuleSpec(name, cls()) if name in TEXTS else None

    def get_source(self, name):
        """The text of a module."""
        return TEXTS[name]

    def is_package(self, name):
        """Whether the module has others in it: none has."""
        return False


sys.meta_path.insert(0, Generated)
