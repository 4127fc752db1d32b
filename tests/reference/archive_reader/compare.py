"""Runs in the reference venv. Compares what `verify`'s readers see in an executable with what PyInstaller's readers see.

usage: entries EXECUTABLE | compare.py EXECUTABLE

Every entry with its place, sizes and the checksum of its content; every module of every PYZ; every file of base_library.zip;
the facts of every ELF file, as objdump sees them.
"""

import io
import json
import re
import subprocess
import sys
import tempfile
import zipfile
import zlib
from pathlib import Path

from PyInstaller.archive.readers import CArchiveReader

KINDS = {0: "Module", 1: "Package", 2: "Data", 3: "NamespacePackage"}


def entries(archive):
    """PyInstaller's reader keeps the options apart: they have a name and nothing else."""
    for name, (offset, stored, size, compressed, letter) in archive.toc.items():
        yield name, [letter, offset, stored, size, bool(compressed), zlib.crc32(archive.extract(name))]


def modules(archive, name):
    pyz = archive.open_embedded_archive(name)
    for module, (kind, offset, length) in pyz.toc.items():
        yield module, [KINDS[kind], offset, length, zlib.crc32(pyz.extract(module, raw=True) or b"")]


def base_library(archive):
    with zipfile.ZipFile(io.BytesIO(archive.extract("base_library.zip"))) as file:
        return [[info.filename, info.file_size, info.CRC] for info in file.infolist()]


def native_facts(content):
    """objdump's private headers: program headers, the dynamic section and the versions that are wanted."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        text = subprocess.run(["objdump", "-p", file.name], check=True, capture_output=True, text=True).stdout
    versions, wanted = {}, set()
    for line in text.partition("Version References:")[2].splitlines():
        if library := re.fullmatch(r"\s+required from (.+):", line):
            wanted = versions.setdefault(library[1], set())
        elif version := re.fullmatch(r"\s+0x\S+ 0x\S+ \d+ (\S+)", line):
            wanted.add(version[1])
    now = re.search(r"BIND_NOW|^ +FLAGS +0x\w*[89a-f]$|^ +FLAGS_1 +0x\w*[13579bdf]$", text, re.MULTILINE)
    return {
        "needed": re.findall(r"^ +NEEDED +(.+)", text, re.MULTILINE),
        "soname": next(iter(re.findall(r"^ +SONAME +(.+)", text, re.MULTILINE)), None),
        "rpath": [path for paths in re.findall(r"^ +RPATH +(.+)", text, re.MULTILINE) for path in paths.split(":")],
        "runpath": [path for paths in re.findall(r"^ +RUNPATH +(.+)", text, re.MULTILINE) for path in paths.split(":")],
        "versions": {library: sorted(wanted) for library, wanted in versions.items()},
        "executable_stack": re.search(r"STACK.*\n.*flags rwx", text) is not None,
        "relro": "none" if "RELRO" not in text else "full" if now else "partial",
    }


def by_name(rows):
    table = {name: row for name, *row in rows}
    assert len(table) == len(rows), "a name is there twice"
    return table


def differences(title, ours, theirs):
    if ours == theirs:
        print(f"test {title}: {len(ours)} of {len(theirs)} the same ... ok")
        return 0
    print(f"test {title} ... FAILED")
    for name in [name for name in {**ours, **theirs} if ours.get(name) != theirs.get(name)][:20]:
        print(f"  {name}: ours {ours.get(name)}, PyInstaller's {theirs.get(name)}")
    return 1


def main():
    path = sys.argv[1]
    seen = json.load(sys.stdin)
    archive = CArchiveReader(path)
    title = Path(path).name
    options = [name for name, letter, *_ in seen["entries"] if letter == "o"]
    ours = by_name([row for row in seen["entries"] if row[1] != "o"])
    failed = differences(f"{title}: entries", ours, dict(entries(archive)))
    failed += differences(f"{title}: options", dict.fromkeys(options), dict.fromkeys(archive.options))
    failed += differences(f"{title}: start", {"start": seen["package"][0]}, {"start": archive._start_offset})
    for name, rows in seen["pyz"].items():
        failed += differences(f"{title}: {name}", by_name(rows), dict(modules(archive, name)))
    theirs = {name: row for name, *row in base_library(archive)}
    failed += differences(f"{title}: base_library.zip", by_name(seen["base_library"]), theirs)
    ours = {name: facts for name, facts in seen["native"].items() if facts["format"] == "elf"}
    theirs = {name: native_facts(archive.extract(name)) for name in ours}
    ours = {name: {fact: facts[fact] for fact in theirs[name]} for name, facts in ours.items()}
    failed += differences(f"{title}: native files", ours, theirs)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
