"""Clean builds in another store: what they start from, and where their outputs differ from this machine's store.

Needs the executables and all that was fetched for them in this machine's store, as `make build-binary` leaves it.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys

from builder import differences
from derivation import Derivation, of_attribute
from explain import explain
from functions import set_unpack

# A test that cannot be made on this machine ends with this code, after a line that says why.
SKIPPED = 77

CONFIG = "extra-experimental-features = nix-command flakes\nsandbox = true\nsandbox-fallback = false\nsubstituters =\n"
MEBIBYTE = 1 << 20


def environment():
    """The environment of this machine's Nix: in the sandbox or not at all, and nothing from elsewhere. The user's nix.conf
    counts whatever HOME becomes."""
    folder = os.environ.get("XDG_CONFIG_HOME", os.path.expanduser("~/.config"))
    own = {"NIX_USER_CONF_FILES": os.path.join(folder, "nix/nix.conf")}
    return own | os.environ | {"NIX_CONFIG": os.environ.get("NIX_CONFIG", "") + "\n" + CONFIG}


def snapshot(checkout, folder):
    """Copies the files that git tracks, as they are now."""
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=checkout, check=True, capture_output=True, text=True).stdout
    for name in filter(None, listing.split("\0")):
        source, place = os.path.join(checkout, name), os.path.join(folder, name)
        if os.path.lexists(source):
            os.makedirs(os.path.dirname(place), exist_ok=True)
            shutil.copy2(source, place, follow_symlinks=False)


def lock_with_unpack(checkout, project, value):
    """Sets the option `unpack` of a copied project and locks it again, with the checkout's command."""
    set_unpack(project, value)
    command = [os.path.join(checkout, "target/release/permafreeze"), "--project", project, "lock"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def remove(folder):
    """Removes a folder in which there may be read-only ones, as in a store."""
    if os.path.lexists(folder):
        subprocess.run(["chmod", "-R", "u+w", folder], check=False, stderr=subprocess.DEVNULL)
        shutil.rmtree(folder)


class Reference:
    """What this machine's store has of a flake's attributes: what other builds start from, and are compared with."""

    def __init__(self, flake, attributes):
        self.attributes = attributes
        os.environ["NIX_CONFIG"] = environment()["NIX_CONFIG"]
        tops = [of_attribute(f"path:{flake}", attribute) for attribute in attributes]
        graph = in_order(tops)
        missing = [d.name for d in graph if d.fixed and not os.path.exists(d.output)]
        if missing:
            sys.exit(f"not in the store: {', '.join(missing)}: first run `permafreeze build {' '.join(attributes)}`")
        unbuilt = [d.path for d in graph if d.path in tops and not os.path.exists(d.output)]
        if unbuilt:
            subprocess.run(["nix-store", "--realise", *unbuilt], check=True, stdout=subprocess.DEVNULL)
        self.fetched = [d.output for d in graph if d.fixed]
        # Without what a cache may have spared this machine.
        self.made = [d for d in graph if not d.fixed and os.path.exists(d.output)]
        self.executables = {a: next(d.output for d in self.made if d.path == top) for a, top in zip(attributes, tops)}

    def sha256(self, attribute, store=""):
        """Of the executable, in the store whose `/nix` is below the folder `store`; None: there is none."""
        folder = os.path.join(store + self.executables[attribute], "bin")
        if not os.path.isdir(folder):
            return None
        [name] = os.listdir(folder)
        with open(os.path.join(folder, name), "rb") as file:
            return sha256_of(file)

    def first_difference(self, store):
        """The first derivation, its inputs before it, whose output in the other store is another, and in what."""
        for derivation in self.made:
            other = store + derivation.output
            if not os.path.lexists(other):
                return [f"{derivation.name}: was not built at the path {derivation.output}"]
            for path in differences(derivation.output, other):
                return [f"{derivation.name}: {line}" for line in explain(derivation.output, other, path)[:5]]
        return []


def sha256_of(file):
    digest = hashlib.sha256()
    while block := file.read(MEBIBYTE):
        digest.update(block)
    return digest.hexdigest()


def in_order(tops):
    """All derivations that some need, each after its inputs."""
    known, ordered = {}, []

    def visit(path):
        if path not in known:
            known[path] = Derivation(path)
            for inner in sorted(known[path].inputs):
                visit(inner)
            ordered.append(known[path])

    for top in tops:
        visit(top)
    return ordered


def pins_of(project):
    """What is pinned of a project's executables, by attribute."""
    path = os.path.join(project, "permafreeze.expected.json")
    if not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8") as file:
        return json.load(file).get("pins", {})


def expected(reference, project):
    """sha256 of each executable: the pin, which this machine's must have too; without a pin this machine's."""
    pins = pins_of(project)
    hashes = {}
    for attribute in reference.attributes:
        hashes[attribute] = reference.sha256(attribute)
        pinned = pins.get(attribute, {}).get("executable", {}).get("sha256")
        print(f"{attribute}: {hashes[attribute]} ({'pinned' if pinned else 'not pinned: this machine made it'})")
        if pinned and pinned != hashes[attribute]:
            sys.exit(f"{attribute}: this machine made `{hashes[attribute]}`, pinned is `{pinned}`")
    return hashes


def compare(reference, hashes, store, say):
    """Compares the executables with what is expected, and all derivations; the number of failures. `say` prints."""
    failed = 0
    for attribute in reference.attributes:
        found = reference.sha256(attribute, store)
        if found != hashes[attribute]:
            failed += 1
            say(f"FAIL  {attribute}: made `{found}`, expected `{hashes[attribute]}`")
    differing = reference.first_difference(store)
    for line in differing:
        say(f"FAIL  the first difference: {line}")
    return failed or len(differing)
