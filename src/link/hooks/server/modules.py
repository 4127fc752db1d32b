"""Modules of the linked packages, as hooks import them: their constants are read, nothing of them runs.

To add an answer for what is no constant: put a function into `ATTRIBUTES` of `answers.py`.
"""
import importlib
import importlib.machinery
import sys
import types

from . import constants, dispatch, helpers, metadata
from .rpc import ask
from .unknown import Unknown, known

# By module and attribute: the function that gives it.
ATTRIBUTES = {}
_read = {}
# What is being looked up: names may lead in circles.
_looked_up = []
# Of these, each branch of `if` and `try` counts.
EVERY_BRANCH = set()


class Linked(types.ModuleType):
    """A module whose attributes are looked up when they are asked for."""

    def __getattr__(self, name):
        value = attribute(self.__name__, name)
        if isinstance(value, constants.Import):
            value = importlib.import_module(value.module)
        return value


def attribute(module, name):
    """What a module's attribute is: a value, an `Unknown`, an `Import` of a module. Raises AttributeError if it has none."""
    answer = dispatch.given(dispatch.current_hook(), f"{module}.{name}")
    if answer is not None:
        return answer[0] if len(answer) == 1 else answer
    if (module, name) in ATTRIBUTES:
        return ATTRIBUTES[module, name]()
    if name in ("__path__", "__file__"):
        return _place(module, name)
    source = names(module)
    if source and name in source.names and (module, name) not in _looked_up:
        _looked_up.append((module, name))
        try:
            value = source.resolve(source.names[name])
        finally:
            _looked_up.pop()
    # A package may import its own submodule by name: `from nltk import data`.
    elif helpers.find(f"{module}.{name}"):
        return constants.Import(f"{module}.{name}")
    elif source and name not in source.names and (not source.open or name.startswith("__")):
        raise AttributeError(f"module {module!r} has no attribute {name!r}")
    else:
        value = Unknown(f"{module}.{name}")
    if name == "__version__" and isinstance(value, Unknown):
        return version_of(module) or value
    return value


def _place(module, name):
    found = helpers.find(module, materialise=True) or {}
    value = found.get("path" if name == "__path__" else "file")
    if value is None:
        raise AttributeError(f"module {module!r} has no attribute {name!r}")
    return value


def names(module):
    """The constants of a module; None if it has no source, or is being read."""
    if module not in _read:
        _read[module] = None
        tree = helpers.parse(module)
        if tree is not None:
            _read[module] = constants.Module(module, helpers.is_package(module), module in EVERY_BRANCH)
            _read[module].read(tree, _attribute_of_import, names)
    return _read[module]


def _attribute_of_import(module, name):
    """As `attribute`, of a module that another one imports: what is not there is unknown."""
    if helpers.find(module) is None:
        return Unknown(f"{module}.{name}")
    try:
        return attribute(module, name)
    except AttributeError:
        return Unknown(f"{module}.{name}")


def version_of(module):
    """The version of the distribution that owns a module."""
    owners = metadata.packages_distributions().get(module.split(".")[0], [])
    return metadata.version(owners[0]) if len(owners) == 1 else None


class Submodules:
    """Finds the submodules of linked packages: first on `sys.meta_path`, or the interpreter would run their files."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if not isinstance(sys.modules.get(name.rpartition(".")[0]), Linked):
            return None
        spec = Modules.find_spec(name)
        if spec is None:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return spec


class Modules:
    """Finds what this interpreter does not have itself: last on `sys.meta_path`."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        found = ask("find", module=name, materialise=False)
        if found is None:
            return None
        spec = importlib.machinery.ModuleSpec(name, Loader, origin=found["file"], is_package=found["path"] is not None)
        if found["path"] is not None:
            spec.submodule_search_locations = helpers.find(name, materialise=True)["path"]
        return spec


class Loader:
    @staticmethod
    def create_module(spec):
        return Linked(spec.name)

    @staticmethod
    def exec_module(module):
        """Nothing runs."""

    @staticmethod
    def get_filename(name):
        return helpers.get_module_file_attribute(name)

    @staticmethod
    def is_package(name):
        return helpers.is_package(name)


def get_module_attribute(module_name, attr_name):
    if helpers.find(module_name) is None:
        raise AttributeError(f"Failed to retrieve attribute {attr_name} from module {module_name}")
    return known(getattr(importlib.import_module(module_name), attr_name))


def install():
    import PyInstaller.utils.hooks as hooks

    hooks.get_module_attribute = get_module_attribute
    sys.meta_path[:] = [Submodules, *sys.meta_path, Modules]
