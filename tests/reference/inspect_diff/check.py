"""Freezes a small application several times with plain PyInstaller and asks `permafreeze diff` why the results differ;
reads them and the large ones with PyInstaller's own readers and compares with `permafreeze inspect`.

usage: check.py PLAIN OURS     (with a Python that has PyInstaller; PERMAFREEZE is the command)
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from PyInstaller.archive.readers import CArchiveReader

PERMAFREEZE = os.environ["PERMAFREEZE"]
APPLICATION = """
import argparse, greeting
def main():
    argparse.ArgumentParser().parse_args()
    print(greeting.Greeter().greet("you"))
main()
"""
GREETING = """
class Greeter:
    def greet(self, name):
        return "{hello}, " + name
"""


def check(condition, text):
    if not condition:
        sys.exit(f"inspect_diff: {text}")


def build(folder, seed, hello="Hello", stamp="2024-01-31 10:11:12", version="1.0"):
    """Freezes the application in a folder; returns the executable."""
    metadata = folder / f"tiny-{version}.dist-info"
    metadata.mkdir(parents=True)
    (folder / "app.py").write_text(APPLICATION)
    (folder / "greeting.py").write_text(GREETING.format(hello=hello))
    (folder / "stamp.txt").write_text(f"application\nbuilt {stamp} here\n")
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: tiny\nVersion: {version}\n")
    (metadata / "RECORD").write_text(f"tiny/data.txt,,\n{metadata.name}/METADATA,,\n{metadata.name}/RECORD,,\n")
    (folder / "tiny").mkdir()
    (folder / "tiny" / "data.txt").write_text(f"data of {version}\n")
    data = ["stamp.txt:.", f"{metadata.name}:{metadata.name}", "tiny:tiny"]
    # Not isolated: that would ignore the hash seed.
    command = [sys.executable, "-sP", "-m", "PyInstaller", "--onefile", "--noupx", "--clean", "--noconfirm",
               "--log-level", "ERROR", *(f"--add-data={each}" for each in data), "app.py"]
    environment = os.environ | {"PYTHONHASHSEED": str(seed), "PYINSTALLER_CONFIG_DIR": str(folder / "config")}
    subprocess.run(command, cwd=folder, env=environment, check=True, stderr=subprocess.DEVNULL)
    return folder / "dist" / "app"


def run(*arguments):
    result = subprocess.run([PERMAFREEZE, *map(str, arguments)], capture_output=True, text=True)
    return result.returncode, result.stdout, result.stderr


def diff(a, b):
    """What `diff --json` says; its exit code and its text are checked, too."""
    code, out, error = run("diff", a, b, "--json")
    check(code in (0, 1), f"diff {a} {b} ended with {code}: {error}")
    found = json.loads(out)
    check(found["equal"] == (code == 0), f"the exit code is {code}, but equal is {found['equal']}")
    check(found["equal"] == (Path(a).read_bytes() == Path(b).read_bytes()), "equal is not what the bytes say")
    code, text, _ = run("diff", a, b)
    check(text.rstrip().endswith("the same, byte for byte" if found["equal"] else found["conclusion"]), "another text")
    explained = sum(cause["explains"] for cause in found["causes"])
    check(found["equal"] or explained == found["causes"][0]["of"], f"the causes do not add up: {text}")
    return found


def kinds(found):
    return [cause["kind"] for cause in found["causes"]]


# What may differ between any two builds of plain PyInstaller, whatever else does.
CHANCE = {"order", "references"}


def why(found):
    """The kinds of causes, without those of chance."""
    return [kind for kind in kinds(found) if kind not in CHANCE]


def changed(found):
    """The changes by name, without tables and those of chance."""
    names = {f"{change['place']}:{change['name']}": change for change in found["changes"]}
    return {name: change for name, change in names.items() if change["cause"] not in {*CHANCE, "tables"}}


def check_small(work):
    base = build(work / "base", seed=1)
    check(diff(base, base)["equal"], "a file differs from itself")

    found = diff(base, build(work / "seed", seed=2))
    check(kinds(found)[:1] == ["order"] and set(kinds(found)) <= CHANCE, f"hash seed: {kinds(found)}")
    check({moved["place"] for moved in found["moved"]} == {"base_library.zip"}, f"moved: {found['moved']}")
    print(f"hash seed: {found['conclusion']}")

    found = diff(base, build(work / "edit", seed=1, hello="Hullo"))
    check(set(changed(found)) == {"PYZ.pyz:greeting"}, f"edit: {set(changed(found))}")
    [finding] = changed(found)["PYZ.pyz:greeting"]["findings"]
    check(finding["function"] == "Greeter.greet" and finding["what"] == "constant", f"edit: {finding}")
    check((finding["a"], finding["b"]) == ('"Hello, "', '"Hullo, "'), f"edit: {finding}")
    check(why(found) == ["code"], f"edit: {kinds(found)}")
    print(f"edit: {found['conclusion']}")

    found = diff(base, build(work / "time", seed=1, stamp="2025-12-01 23:59:58"))
    check(set(changed(found)) == {":stamp.txt"} and why(found) == ["time"], f"time: {kinds(found)}")
    check(changed(found)[":stamp.txt"]["findings"][0]["line"] == 2, "time: another line")
    print(f"time: {found['conclusion']}")

    found = diff(base, build(work / "wheel", seed=1, version="1.1"))
    check(why(found) == ["wheel"] and "`tiny` 1.0 → 1.1" in found["conclusion"], f"wheel: {found['conclusion']}")
    check(":tiny/data.txt" in changed(found), f"wheel: {set(changed(found))}")
    print(f"wheel: {found['conclusion']}")

    check_changed_byte(base, work)
    check_readers(base)


def check_changed_byte(base, work):
    archive = CArchiveReader(str(base))
    name = next(name for name in archive.toc if name.startswith("libpython"))
    offset, length, *_ = archive.toc[name]
    data = bytearray(base.read_bytes())
    at = archive._start_offset + offset + length // 2
    data[at] ^= 0x10
    other = work / "byte"
    other.write_bytes(data)
    found = diff(base, other)
    check(set(changed(found)) == {f":{name}"} and kinds(found) == ["changed-bytes"], f"byte: {found['conclusion']}")
    check(f"offset {at} of the file" in found["conclusion"], f"byte: {found['conclusion']}")
    print(f"byte: {found['conclusion']}")


def check_readers(path):
    """Compares `inspect` with PyInstaller's readers."""
    code, out, error = run("inspect", path, "--json")
    check(code == 0, f"inspect {path} ended with {code}: {error}")
    found = json.loads(out)
    archive = CArchiveReader(str(path))
    table = {name: (stored, size, bool(flag), letter) for name, (_, stored, size, flag, letter) in archive.toc.items()}
    # Their reader keeps the bootloader's options apart.
    entries = [entry for entry in found["entries"] if entry["letter"] != "o"]
    check([e["name"] for e in found["entries"] if e["letter"] == "o"] == list(archive.options), f"{path}: other options")
    ours = {e["name"]: (e["stored"], e["unpacked"], e["compressed"], e["letter"]) for e in entries}
    check(ours == table, f"{path}: other entries: {set(ours.items()) ^ set(table.items())}")
    check([e["name"] for e in entries] == list(archive.toc), f"{path}: another order")
    modules = {m["name"]: m["stored"] for m in found["modules"] if m["place"] == "PYZ.pyz"}
    theirs = {name: length for name, (_, _, length) in archive.open_embedded_archive("PYZ.pyz").toc.items()}
    check(modules == theirs, f"{path}: other modules")
    size = os.path.getsize(path)
    check(sum(part["stored"] for part in found["parts"]) == size, f"{path}: the parts are not the whole file")
    check(found["size"] == size and not found["notes"], f"{path}: {found['notes']}")
    code, text, _ = run("inspect", path)
    check(code == 0 and f"{size} bytes" in text and "distributions (" in text, f"{path}: another text")
    print(f"inspect {Path(path).name}: {len(ours)} entries and {len(modules)} modules as PyInstaller's readers have them")
    return found


def main(plain, ours):
    with tempfile.TemporaryDirectory() as folder:
        check_small(Path(folder))
    theirs, own = check_readers(plain), check_readers(ours)
    check(own["owners-from"] == "report" and theirs["owners-from"] == "names", "owners from elsewhere")
    floor = tuple(map(int, own["needs"]["symbol-versions"]["GLIBC"]["version"].split(".")))
    check(floor <= (2, 28), f"our glibc floor is {floor}")
    found = diff(plain, ours)
    check(not found["equal"] and found["causes"], "plain PyInstaller's and ours do not differ")
    print(f"plain and ours: {found['conclusion']}")
    code, _, error = run("inspect", __file__)
    check(code == 1 and "cookie" in error, f"what is no executable: {code} {error}")
    code, _, error = run("diff", plain, __file__)
    check(code == 2, f"diff with what is no executable: {code} {error}")


main(*sys.argv[1:])
