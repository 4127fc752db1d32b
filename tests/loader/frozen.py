"""A frozen program without an executable: what the bootloader does, in a plain Python.

`write_pyz` makes the archive of modules, `run` starts a Python that runs the loader's modules and scripts as the bootloader
does, with a folder that has what is unpacked.
"""

import ast
import importlib.util
import marshal
import os
import pathlib
import struct
import subprocess
import sys
import zlib

LOADER = pathlib.Path(__file__).parents[2] / "nix" / "loader"
MODULE, PACKAGE, NAMESPACE = 0, 1, 3
HEADER = 17

STDLIB = pathlib.Path(struct.__file__).parent

# Runs with the settings as a literal in argv[1]: the bootloader's steps, in its order.
BOOT = """
import sys
said = eval(sys.argv.pop(1))
sys._MEIPASS, sys._pyinstaller_pyz, sys.frozen = said["folder"], said["pyz"], True
sys.path = [*said["extensions"], said["folder"]]
sys.path_importer_cache.clear()
def code(path):
    with open(path, "rb") as file:
        return compile(file.read(), path.rpartition("/")[2], "exec", dont_inherit=True)
for name, path in said["modules"]:
    module = sys.modules[name] = type(sys)(name)
    exec(code(path), module.__dict__)
for path in said["scripts"]:
    exec(code(path), globals())
sys.stdout.write(repr(result))
"""


def compiled(text, name):
    return marshal.dumps(compile(text, name, "exec", dont_inherit=True))


def write_pyz(path, modules, before=b"", after=b"", magic=b"PYZ\0", python=importlib.util.MAGIC_NUMBER):
    """Writes an archive: `modules` are pairs of a kind and marshalled code by name. `before` and `after` are around it."""
    blobs, table = bytearray(HEADER), []
    for name, (kind, code) in modules.items():
        stored = b"" if kind == NAMESPACE else zlib.compress(code)
        table.append((name, (kind, len(blobs) if stored else 0, len(stored))))
        blobs += stored
    blobs[:12] = magic + python + struct.pack("!I", len(blobs))
    pathlib.Path(path).write_bytes(before + bytes(blobs) + marshal.dumps(table) + after)
    return f"{path}?{len(before)}"


def extensions():
    """The folders with the standard library's extension modules."""
    return [path for path in sys.path if path.endswith("lib-dynload")]


def run(folder, pyz, modules, scripts, env=None, arguments=(), **options):
    """Runs a program; returns its `result`. `modules` are pairs of a name and a file, `scripts` files: the last is the program."""
    said = {
        "folder": str(folder),
        "pyz": str(pyz),
        "extensions": extensions(),
        "modules": [(name, str(path)) for name, path in [("struct", STDLIB / "struct.py"), *modules]],
        "scripts": [str(path) for path in scripts],
    }
    command = [sys.executable, "-I", "-S", "-B", "-c", BOOT, repr(said), *arguments]
    environment = {"PATH": os.environ.get("PATH", ""), **(env or {})}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, **options)
    if done.returncode:
        raise AssertionError(f"{done.returncode}: {done.stdout}{done.stderr}")
    return ast.literal_eval(done.stdout)
