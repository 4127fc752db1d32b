"""The comparison of outputs finds one changed byte, and says where it is: on copies of an object and an executable.

usage: test_explain.py EXECUTABLE OBJECT-FOLDER        prints `N passed, N failed`
"""

import json
import os
import shutil
import sys
import tempfile

from builder import differences
from explain import COOKIE, MAGIC, executable_parts, explain


def changed(data, at):
    return data[:at] + bytes([data[at] ^ 0x40]) + data[at + 1 :]


def found(original, file, data):
    """What is said of a copy of the folder in which `file` has other bytes."""
    with tempfile.TemporaryDirectory() as folder:
        copy = os.path.join(folder, "copy")
        shutil.copytree(original, copy)
        os.chmod(os.path.join(copy, file), 0o755 if os.access(os.path.join(original, file), os.X_OK) else 0o644)
        with open(os.path.join(copy, file), "wb") as out:
            out.write(data)
        return [line for path in differences(original, copy) for line in explain(original, copy, path)]


def executable_cases(data):
    """Pairs: the place of the byte to change, the part that must be named."""
    parts = executable_parts(data)
    at = data.rindex(MAGIC)
    yield 100, "bootloader"
    yield at - 1, "table of contents"
    yield at + COOKIE.size - 1, "cookie"
    modules = [name for name in parts if ", module " in name]
    files = [name for name in parts if name.startswith("entry ") and ", " not in name]
    for names in (modules, files):
        for name in (names[0], names[len(names) // 2], names[-1]):
            place = data.find(parts[name])
            if len(parts[name]) > 100 and data.count(parts[name]) == 1:
                yield place + len(parts[name]) // 2, name


def object_cases(folder, blobs):
    files = json.load(open(os.path.join(folder, "index.json"), encoding="utf-8"))["files"]
    for name, file in files.items():
        if file["blob"]["length"] > 0:
            yield file["blob"]["offset"], f"{name}, bytes"
        if "module" in file:
            code = file["module"]["code"]
            yield code["offset"] + code["length"] - 1, f"{name}, code"


def main(executable, folder):
    results = []

    def check(what, lines, *expected):
        ok = len(lines) == 1 and all(text in lines[0] for text in expected)
        results.append(ok)
        if not ok:
            print(f"FAIL  {what}: expected one line with {expected}, got {lines[:3]}")

    with tempfile.TemporaryDirectory() as scratch:
        original = os.path.join(scratch, "original")
        os.makedirs(os.path.join(original, "bin"))
        path = os.path.join(original, "bin", "program")
        shutil.copy(executable, path)
        os.chmod(path, 0o755)
        data = open(path, "rb").read()
        check("the same bytes", found(original, "bin/program", data) or ["nothing"], "nothing")
        for place, part in executable_cases(data):
            lines = found(original, "bin/program", changed(data, place))
            check(part, lines, "bin/program: ", f"{part}: ")
        os.chmod(path, 0o644)
        other = os.path.join(scratch, "other")
        shutil.copytree(original, other)
        os.chmod(os.path.join(other, "bin", "program"), 0o755)
        lines = [line for p in differences(original, other) for line in explain(original, other, p)]
        check("the mode", lines, "bin/program", "executable bit")
        os.remove(os.path.join(other, "bin", "program"))
        check("a missing file", list(differences(original, other)), "bin/program", "only on one side")
    blobs = open(os.path.join(folder, "blobs"), "rb").read()
    for place, part in object_cases(folder, blobs):
        check(part, found(folder, "blobs", changed(blobs, place)), f"blobs: {part}: ")
    index = open(os.path.join(folder, "index.json"), "rb").read()
    value = json.loads(index)
    value["origin"]["version"] += "0"
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
    check("the index", found(folder, "index.json", text), "index.json: origin.version: ")
    check("a longer file", found(folder, "blobs", blobs + b"x"), "blobs: what follows the last blob: ")
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main(*sys.argv[1:])
