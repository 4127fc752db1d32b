"""The executables of amd64 and arm64 hold the same modules and files; what may differ is listed here, with its reason.

usage: module_sets.py AMD64_EXECUTABLE AMD64_REPORT ARM64_EXECUTABLE ARM64_REPORT

Compares the stored bytes of every entry, and of every module in the PYZ, and the reports' lists. Then it compares
copies with made differences, each of which must be found. Prints `N passed, N failed`.
"""

import collections
import json
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "support"))
from explain import executable_parts  # noqa: E402

LISTS = ("modules", "files", "scripts")

# Names that differ only in this are one name.
SPELLINGS = [
    # Suffix of extension modules, and the name of _sysconfigdata.
    (re.compile(r"(x86_64|aarch64)-linux-gnu"), "…-linux-gnu"),
    # auditwheel puts a hash of the library into its name.
    (re.compile(r"-[0-9a-f]{8}\.so"), "-….so"),
]

# Parts of the executable that follow from the others.
WHOLE = {
    "bootloader": "PyInstaller's program of the target",
    "table of contents": "sizes and places of the entries",
    "cookie": "sizes and places of the entries",
    "what follows the cookie": "section headers of the bootloader",
    "entry PYZ.pyz, header": "place of the table of contents",
    "entry PYZ.pyz, table of contents": "sizes and places of the modules",
}


def spelt(name):
    for pattern, common in SPELLINGS:
        name = pattern.sub(common, name)
    return name


def distribution(owner):
    """`name-version` of a wheel, else the owner itself."""
    return "-".join(owner.split("-")[:2]) if owner.endswith(".whl") else owner


def reason(part, owner):
    """Why the bytes of a part may differ; None if they may not. `owner`: (amd64's, arm64's)."""
    if part in WHOLE:
        return WHOLE[part]
    if "_sysconfigdata__linux_" in part:
        return "_sysconfigdata: how the runtime was built"
    if owner[0] != owner[1] and distribution(owner[0]) == distribution(owner[1]):
        return "of a wheel that each target has its own of"
    if owner == ("python-runtime", "python-runtime") and ".so" in part:
        return "machine code of the runtime"
    return None


def same_link(left, right):
    """Whether both are links (which are stored as their target's name) to the same library."""
    names = [data.decode("latin-1") for data in (left, right) if len(data) < 4096]
    return len(names) == 2 and all(".so" in name for name in names) and spelt(names[0]) == spelt(names[1])


def part_of(entry, kind):
    """The name that an entry of the report has among the executable's parts; None for base_library.zip's."""
    if kind == "modules":
        return f"entry PYZ.pyz, module {entry['name']}" if entry["place"] == "pyz" else None
    return f"entry {entry['name']}"


class Side:
    """One executable: its parts by common name, the owners of the parts, and what the report says of each entry."""

    def __init__(self, data, report):
        self.parts = {spelt(name): part for name, part in executable_parts(data).items()}
        self.owners, self.entries = {}, {}
        for kind in LISTS:
            for entry in report[kind]:
                about = (entry.get("kind"), entry.get("place"), distribution(entry["owner"]), spelt(entry["path"] or ""))
                self.entries[kind, spelt(entry["name"])] = about
                part = part_of(entry, kind)
                if part is not None:
                    self.owners[spelt(part)] = entry["owner"]


def judge(left, right):
    """Lines about differences that are not allowed, and how often each reason allowed one."""
    lines, allowed = [], collections.Counter()
    for what in ("parts", "entries"):
        a, b = getattr(left, what), getattr(right, what)
        for name in sorted(a.keys() ^ b.keys()):
            lines.append(f"{what}: {name} is only on {'amd64' if name in a else 'arm64'}")
    for name in sorted(left.parts.keys() & right.parts.keys()):
        if left.parts[name] != right.parts[name]:
            why = reason(name, (left.owners.get(name, ""), right.owners.get(name, "")))
            if same_link(left.parts[name], right.parts[name]):
                why = "a link to a library with a hash in its name"
            if why is None:
                lines.append(f"parts: {name} has other bytes, of {left.owners.get(name)} and {right.owners.get(name)}")
            allowed[why] += 1
    for name in sorted(left.entries.keys() & right.entries.keys()):
        if left.entries[name] != right.entries[name]:
            lines.append(f"entries: {name} is {left.entries[name]} on amd64 and {right.entries[name]} on arm64")
    return lines, allowed


def changed(side, what, key, value):
    """A copy in which one part or entry is another, or is gone (None)."""
    copy = Side.__new__(Side)
    copy.parts, copy.entries, copy.owners = dict(side.parts), dict(side.entries), dict(side.owners)
    table = getattr(copy, what)
    if value is None:
        del table[key]
    else:
        table[key] = value
    return copy


def made_differences(left, right):
    """Pairs: a right side with one difference that must be found, and the words that must be said."""
    pure = next(n for n, owner in left.owners.items() if "module " in n and owner.endswith("-none-any.whl"))
    native = next(n for n, owner in left.owners.items() if "module " in n and owner != right.owners[n])
    for name in ("entry base_library.zip", pure):
        yield changed(right, "parts", name, right.parts[name] + b"x"), f"{name} has other bytes"
    for name in (pure, native, "entry base_library.zip"):
        yield changed(right, "parts", name, None), f"{name} is only on amd64"
    yield changed(right, "parts", "entry extra.txt", b""), "extra.txt is only on arm64"
    for kind in LISTS:
        key = next(key for key in right.entries if key[0] == kind)
        yield changed(right, "entries", key, None), "is only on amd64"
        yield changed(right, "entries", key, ("other", None, "", "")), "on amd64 and"
    script = next(n for n, owner in left.owners.items() if owner == right.owners[n] and n.startswith("entry "))
    yield changed(right, "parts", script, b"other"), "has other bytes"


def main(*paths):
    sides = []
    for executable, report in (paths[:2], paths[2:]):
        with open(executable, "rb") as file, open(report, encoding="utf-8") as text:
            sides.append(Side(file.read(), json.load(text)))
    left, right = sides
    lines, allowed = judge(left, right)
    for line in lines:
        print(f"FAIL  {line}")
    for why, count in sorted(allowed.items(), key=str):
        if why:
            print(f"{count} parts differ: {why}")
    failed, total = len(lines), len(left.parts.keys() | right.parts.keys()) + len(left.entries.keys() | right.entries.keys())
    for other, words in made_differences(left, right):
        total += 1
        if not any(words in line for line in judge(left, other)[0] if line not in lines):
            failed += 1
            print(f"FAIL  a made difference is not found: {words}")
    print(f"{total - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
