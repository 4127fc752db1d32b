"""Executables for macOS against LIEF, macholib, PyInstaller's reader and Apple's own signature.

usage: check.py TOOLS WHEELS      permafreeze-test-tools, and the folder of the wheels of wheels.txt

Prints a line per failure and `N passed, N failed`; exits 1 if any failed.
"""
import hashlib
import json
import struct
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import lief
from macholib.MachO import MachO
from PyInstaller.archive.readers import CArchiveReader

CPU = {"arm64": 0x0100000C, "x86_64": 0x01000007}
BOOTLOADER = "PyInstaller/bootloader/Darwin-64bit/run"
LIBPYTHON = "libpython3.13.dylib"
# Marshalled `None`.
CODE = b"N"
results = {"passed": 0, "failed": 0}


def expect(holds, what):
    results["passed" if holds else "failed"] += 1
    if not holds:
        print("not as expected:", what)


def member(wheels, start, name):
    """The first member of a wheel whose path has `name`."""
    wheel = next(path for path in sorted(wheels.iterdir()) if path.name.startswith(start))
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(next(path for path in archive.namelist() if name in path))


def slice_of(fat, machine):
    """A machine's part of a universal file (Apple's fat.h)."""
    magic, count = struct.unpack_from(">II", fat)
    assert magic == 0xCAFEBABE, "no universal file"
    for index in range(count):
        cpu, _, offset, size, _ = struct.unpack_from(">IIIII", fat, 8 + 20 * index)
        if cpu == CPU[machine]:
            return fat[offset:offset + size]
    raise ValueError(f"no part for {machine}")


def assemble(tools, folder, target, bootloader, library):
    """An executable of a bootloader, a library and scripts that do nothing."""
    for name, content in (("run", bootloader), ("library", library), ("code", CODE)):
        (folder / name).write_bytes(content)
    code = str(folder / "code")
    recipe = {
        "name": "app", "target": target, "bootloader": str(folder / "run"), "libpython": LIBPYTHON,
        "options": ["pyi-contents-directory _internal"], "modules": [{"name": "a", "kind": "module", "code": code}],
        "bootstrap": [{"name": "struct", "code": code}], "scripts": [{"name": "app", "code": code}],
        "base_library": [{"name": "codecs", "kind": "module", "code": code}],
        "files": [{"dest": LIBPYTHON, "kind": "binary", "content": str(folder / "library")}],
    }
    (folder / "recipe.json").write_text(json.dumps(recipe))
    subprocess.run([tools, "assemble", folder / "recipe.json", folder], check=True)
    return folder / "bin" / "app"


def check(path, library, signed):
    """What others read in an executable; `signed` says whether its bootloader was."""
    archive = CArchiveReader(str(path))
    expect(archive.extract(LIBPYTHON) == library, "PyInstaller's reader gives another library")
    start, length = archive._start_offset, archive._end_offset - archive._start_offset
    content = path.read_bytes()
    # A part lives as long as the file that it is of.
    file, original = lief.MachO.parse(str(path)), lief.MachO.parse(str(path.parent.parent / "run"))
    binary, old = file.at(0), original.at(0)
    holds, problem = lief.MachO.check_layout(binary)
    expect(holds, f"LIEF on the layout: {problem}")
    linkedit, signature = binary.get_segment("__LINKEDIT"), binary.code_signature
    expect(linkedit.file_offset + linkedit.file_size == len(content), "__LINKEDIT does not end with the file")
    expect(signature.data_offset + signature.data_size == len(content), "the signature does not end with the file")
    expect(binary.symbol_command.strings_offset + binary.symbol_command.strings_size == start + length,
           "the string table does not end with the archive")
    # PyInstaller's rule (utils/osx.py, update_exe_identifier).
    expected = hashlib.sha1(content[start:start + length] + bytes(old.uuid.uuid)).digest()[:16]
    expect(bytes(binary.uuid.uuid) == expected, "another UUID than PyInstaller's rule gives")
    commands = [command[0].cmd for command in MachO(str(path)).headers[0].commands]
    expect(len(commands) == len(old.commands) + (0 if signed else 1), "macholib reads another number of load commands")


def main():
    tools, wheels = sys.argv[1], Path(sys.argv[2])
    fat = member(wheels, "pyinstaller-", BOOTLOADER)
    with tempfile.TemporaryDirectory(prefix="permafreeze-macos-") as temporary:
        folder = Path(temporary)
        apple = slice_of(fat, "arm64")
        (folder / "apple").write_bytes(apple)
        subprocess.run([tools, "sign", folder / "apple", "run", folder / "signed"], check=True)
        expect((folder / "signed").read_bytes() == apple, "signed again, the bootloader does not have Apple's bytes")
        for target, machine, cffi in (("darwin-arm64", "arm64", "cffi-2.1.1"), ("darwin-amd64", "x86_64", "cffi-2.0.0")):
            bootloader, library = slice_of(fat, machine), member(wheels, cffi, "_cffi_backend")
            (folder / target).mkdir()
            path = assemble(tools, folder / target, target, bootloader, library)
            check(path, library, machine == "arm64")
            audit = [tools, "audit", path, target, "-"]
            expect(subprocess.run(audit, stdout=subprocess.PIPE).returncode == 0, f"the audit of {target} has findings")
            changed = bytearray(path.read_bytes())
            changed[len(bootloader) + 5000] ^= 1
            path.write_bytes(changed)
            found = subprocess.run(audit, stdout=subprocess.PIPE).stdout
            expect(b"does not have the hash of page" in found, f"a planted byte of {target} is not found")
    print(f"{results['passed']} passed, {results['failed']} failed")
    sys.exit(1 if results["failed"] else 0)


if __name__ == "__main__":
    main()
