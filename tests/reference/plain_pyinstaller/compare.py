"""Compares an executable of ours with plain PyInstaller's of the same application: modules, files, base_library.zip.

usage: compare.py ALLOWED PLAIN OURS REASONS     (with a Python that has PyInstaller: its own readers open both)
PLAIN may be a recorded one, a JSON file.

Every difference must be one of ALLOWED (allowed.toml), each with its reason; and an entry that no difference needs is
stale and fails, too. A module that only ours has needs none if REASONS (reasons.json of the build) has a step on the way
to it that is no import statement, hook or option: more is found by design (docs/what-is-linked.md). Prints
`N passed, N failed`.
"""

import fnmatch
import io
import json
import sys
import tomllib
import zipfile

from PyInstaller.archive.readers import CArchiveReader


def read_allowed(path):
    """The rules: (set, side that has it, pattern of names)."""
    with open(path, "rb") as file:
        rules = tomllib.load(file)["difference"]
    return [(rule["set"], rule["only-in"], name) for rule in rules for name in rule["names"] if rule["reason"]]


def contents(path):
    """What an executable holds, as sets of names; those of Windows are separated as all others."""
    if path.endswith(".json"):
        with open(path, encoding="utf-8") as file:
            return {what: set(names) for what, names in json.load(file).items()}
    archive = CArchiveReader(path)
    pyz = archive.open_embedded_archive("PYZ.pyz")
    base = zipfile.ZipFile(io.BytesIO(archive.extract("base_library.zip")))
    kinds = {name.replace("\\", "/"): entry[-1] for name, entry in archive.toc.items()}
    return {
        "modules": set(pyz.toc),
        "files": {name for name, kind in kinds.items() if kind in "bxn" and name != "base_library.zip"},
        "kinds": {f"{name} {kind}" for name, kind in kinds.items() if kind in "bxn"},
        "base_library": set(base.namelist()),
        "scripts": {name for name, kind in kinds.items() if kind in "ms"},
    }


# How the build says that a name in a call, a table, a string or an entry point brought a module.
HINTS = ("a module of the application", "a call of", "a table of", "a computed name", "a string", "an entry point")


def by_design(reasons):
    """The modules that are linked because of a name that no import statement has."""
    with open(reasons, encoding="utf-8") as file:
        modules = json.load(file)["modules"]
    found = set()
    for name in modules:
        step, seen = name, set()
        while step in modules and step not in seen:
            seen.add(step)
            if modules[step].get("why", "").startswith(HINTS):
                found.add(name)
                break
            step = modules[step].get("by")
    return found


def reason_for(allowed, what, side, name):
    """The rule that allows a difference, or None."""
    for rule in allowed:
        if rule[:2] == (what, side) and fnmatch.fnmatchcase(name, rule[2]):
            return rule
    return None


def compare(plain, ours, allowed, designed):
    """Yields what is wrong; counts the names that are on both sides."""
    used, same = set(), 0
    for what in ("modules", "files", "base_library", "scripts"):
        same += len(plain[what] & ours[what])
        for side, names in (("plain", plain[what] - ours[what]), ("ours", ours[what] - plain[what])):
            for name in sorted(names):
                if (what, side) == ("modules", "ours") and name in designed:
                    continue
                rule = reason_for(allowed, what, side, name)
                if rule is None:
                    yield f"{what}: {name} is only in {side}"
                used.add(rule)
    both = plain["files"] & ours["files"]
    for entry in sorted(plain["kinds"] ^ ours["kinds"]):
        side = "plain" if entry in plain["kinds"] else "ours"
        rule = reason_for(allowed, "kinds", side, entry)
        if entry[:-2] in both and rule is None:
            yield f"kind: {entry} is only in {side}"
        used.add(rule)
    for rule in set(allowed) - used:
        yield f"stale: no difference needs {rule} any more"
    print(f"{same} names are the same; {sum(rule is not None for rule in used)} rules allow the others")
    compare.same = same


def main(allowed, plain_path, ours_path, reasons):
    plain, ours = contents(plain_path), contents(ours_path)
    wrong = list(compare(plain, ours, read_allowed(allowed), by_design(reasons)))
    print("\n".join(wrong))
    print(f"{compare.same} passed, {len(wrong)} failed")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
