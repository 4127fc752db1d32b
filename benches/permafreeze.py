"""Our side: `nix build` into a store of its own, which has the fetched files and nothing that was built.

The user's store is only read. The flake is a copy of the files that git does not ignore, so that a line can be changed.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import measure

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))
from derivation import Derivation, of_attribute  # noqa: E402

# What the command gives Nix too (src/cli/nix.rs): Debian's package turns the sandbox off, Nix's own default is one job.
CONFIG = "extra-experimental-features = nix-command flakes\nsandbox = true\nmax-jobs = auto\n"


def environment():
    """The environment of every Nix command."""
    return os.environ | {"NIX_CONFIG": os.environ.get("NIX_CONFIG", "") + "\n" + CONFIG}


class Store:
    """A store of the bench and the flake whose attributes are built into it."""

    def __init__(self, root, name, attributes, work):
        self.root = root
        self.name = name
        self.attributes = attributes
        self.flake = work / "flake"
        self.store = work / "store"

    def prepare(self):
        """Empties the store, copies the flake, and the fetched files from the user's store."""
        remove(self.store)
        remove(self.flake)
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listing = subprocess.run(command, cwd=self.root, check=True, capture_output=True, text=True).stdout
        for name in filter(None, listing.split("\0")):
            if (self.root / name).exists():
                (self.flake / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(self.root / name, self.flake / name)
        outputs = self.fetched()
        command = ["nix", "copy", "--quiet", "--no-check-sigs", "--to", self.store, *outputs]
        subprocess.run([str(part) for part in command], check=True, env=environment())

    def fetched(self):
        """The outputs of all fixed-output derivations; they must be in the user's store."""
        os.environ["NIX_CONFIG"] = environment()["NIX_CONFIG"]
        tops = [of_attribute(f"path:{self.flake}", attribute) for attribute in self.attributes]
        paths = subprocess.run(["nix-store", "-qR", *tops], check=True, capture_output=True, text=True).stdout.split()
        drvs = sorted({path for path in paths if path.endswith(".drv")})
        fixed = [drv for drv in map(Derivation, drvs) if drv.fixed]
        missing = [drv.name for drv in fixed if not os.path.exists(drv.output)]
        if missing:
            sys.exit(f"bench: not in the store: {', '.join(missing)}: run `make build-binary` first")
        return [drv.output for drv in fixed]

    def build(self):
        """Builds; returns what it cost and the first attribute's executable."""
        wanted = [f"path:{self.flake}#{attribute}" for attribute in self.attributes]
        command = ["nix", "build", "--no-link", "--json", "--store", self.store, *wanted]
        measured = measure.run(command, environment=environment(), by_step=True)
        output = json.loads(measured.stdout)[0]["outputs"]["out"]
        # A store below a folder: the path within it is as if it were at the root.
        [executable] = (self.store / output.lstrip("/") / "bin").iterdir()
        return measured, executable


def remove(folder):
    """Removes a folder in which there may be read-only ones, as in a store."""
    if folder.exists():
        subprocess.run(["chmod", "-R", "u+w", str(folder)], check=True)
        shutil.rmtree(folder)
