"""Our side: `nix build` into a store of its own, which has the fetched files and nothing that was built.

The flake is a copy of the files that git tracks, as they are now, so that a line can be changed.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import measure

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))
from clean import Reference, lock_with_unpack, remove, snapshot  # noqa: E402

# What the command gives Nix too (src/cli/nix.rs): Debian's package turns the sandbox off, Nix's own default is one job.
CONFIG = "extra-experimental-features = nix-command flakes\nsandbox = true\nmax-jobs = auto\n"


def environment():
    """The environment of every Nix command."""
    return os.environ | {"NIX_CONFIG": os.environ.get("NIX_CONFIG", "") + "\n" + CONFIG}


class Store:
    """A store of the bench and the flake whose attributes are built into it."""

    def __init__(self, root, name, attributes, work, unpack=None):
        self.root = root
        self.name = name
        self.attributes = attributes
        self.flake = work / "flake"
        self.store = work / "store"
        # The value of the option in the copy; None: the project's own.
        self.unpack = unpack

    def prepare(self):
        """Empties the store, copies the flake, and the fetched files from the user's store."""
        remove(self.store)
        remove(self.flake)
        snapshot(self.root, self.flake)
        if self.unpack is not None:
            lock_with_unpack(self.root, self.flake / "examples" / self.name, self.unpack)
        fetched = Reference(self.flake, self.attributes).fetched
        command = ["nix", "copy", "--quiet", "--no-check-sigs", "--to", self.store, *fetched]
        subprocess.run([str(part) for part in command], check=True, env=environment())

    def build(self):
        """Builds; returns what it cost and the first attribute's executable."""
        wanted = [f"path:{self.flake}#{attribute}" for attribute in self.attributes]
        command = ["nix", "build", "--no-link", "--json", "--store", self.store, *wanted]
        measured = measure.run(command, environment=environment(), by_step=True)
        output = json.loads(measured.stdout)[0]["outputs"]["out"]
        # A store below a folder: the path within it is as if it were at the root.
        [executable] = (self.store / output.lstrip("/") / "bin").iterdir()
        return measured, executable
