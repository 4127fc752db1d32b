"""permafreeze's loader modules and those of PyInstaller give the same, with several versions of PyInstaller.

usage: run.py [--all] WORK VERSION…

Of each version: the run-time hooks that permafreeze puts off are known by their sources; both readers say the same of
good, cut and changed archives; a program sees the same after both bootstrap scripts, whatever it imports first. With
`--all` the list of known sources has no others than those of these versions.

Needs pip with an index. Prints a line per version and `N passed, N failed`; exits 1 if any failed.
"""

import hashlib
import importlib.util
import json
import os
import random
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parents[2] / "loader"))
from frozen import LOADER, MODULE, NAMESPACE, PACKAGE, STDLIB, compiled, run, write_pyz

PLATFORM = "manylinux2014_x86_64"
KNOWN = json.loads((LOADER / "deferred.json").read_text())
# Before this version the reader had no error for a module that does not exist.
KEY_ERROR = (6, 16)
# From this one on the bootstrap script leaves no names in the program's module, and the bootloader sets the prefixes.
BY_BOOTLOADER = (6, 21)
PREFIXES = "import sys\nsys.prefix = sys.exec_prefix = sys.base_prefix = sys.base_exec_prefix = sys._MEIPASS\n"
# What of the standard library's folder no program here imports.
LEFT_OUT = {"site-packages", "test", "idlelib", "ensurepip", "lib2to3", "pydoc_data", "tkinter", "turtledemo"}
# What a program sees, after the imports that come before it.
PROGRAM = """
import sys, os, inspect, pkgutil, multiprocessing.spawn, ctypes, ctypes.util, application, application.part
def of(value):
    return f"{getattr(value, '__module__', None)}.{getattr(value, '__qualname__', value)}"
result = {
    "inspect": of(inspect.getsourcefile),
    "source": [inspect.getsourcefile(part) for part in (application, application.part.f, inspect, type(inspect))[:3]],
    "frame": inspect.getsourcefile(application.part.f()),
    "iter": sorted(module.name for module in pkgutil.iter_modules(application.__path__)),
    "top": sorted(module.name for module in pkgutil.iter_modules([sys._MEIPASS])),
    "multiprocessing": [of(multiprocessing.freeze_support), of(multiprocessing.spawn.freeze_support)],
    "directory": multiprocessing.process.ORIGINAL_DIR,
    "ctypes": [of(ctypes.CDLL), of(ctypes.PyDLL), type(ctypes.cdll).__name__, of(ctypes.cdll._dlltype)],
    "system": [sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix, sys.frozen, sys.executable],
    "path": sys.path,
    "hooks": [of(hook) for hook in sys.path_hooks],
    "finders": [of(finder) for finder in sys.meta_path],
    "loaders": [type(sys.modules[name].__loader__).__name__ for name in ("inspect", "pkgutil", "multiprocessing", "ctypes")],
    "specs": [sys.modules[name].__spec__.loader is sys.modules[name].__loader__ for name in ("inspect", "application")],
    "environment": sorted(os.environ),
    "main": sorted(name for name in globals() if not name.startswith("__")),
}
"""
FIRST = ("", "import multiprocessing", "from ctypes import util", "import application.part", "import pkgutil, inspect")


def download(version, work):
    """Returns a folder with what is in the wheel."""
    folder = work / version
    pip = shlex.split(os.environ.get("PERMAFREEZE_PIP", "pip"))
    command = [*pip, "--disable-pip-version-check", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
    subprocess.run([*command, "--platform", PLATFORM, "--dest", folder, f"pyinstaller=={version}"], check=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder / "PyInstaller"


def module(path, name):
    spec = importlib.util.spec_from_file_location(name, path)
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def outcome(action):
    """What an action gives, or the type of its error."""
    try:
        return action()
    except Exception as error:
        return f"error {type(error).__name__}"


def text(found):
    """What tells results apart: without the place of code in memory, and of what contains itself too."""
    is_code = hasattr(found, "co_code")
    return repr((found.co_filename, found.co_names, found.co_consts, found.co_code) if is_code else found)


def said_of(reader, path, named):
    """What a reader says of an archive: its table and its modules, as marshalled bytes and as code."""
    archive = outcome(lambda: reader.ZlibArchiveReader(path, check_pymagic=True))
    if isinstance(archive, str):
        return archive
    of = lambda name, raw: text(outcome(lambda: archive.extract(name, raw=raw)))
    names = [*archive.toc, "no such module"] if named else [n for n, entry in archive.toc.items() if entry[0] != NAMESPACE]
    said = [repr(archive.toc), [(name, of(name, True), of(name, False)) for name in names]]
    if reader.__name__ == "ours":
        archive._file.close()
    return said


def readers_differ(pyinstaller, named, work):
    """Compares the readers on archives that are whole, cut, and changed in one byte; returns what differs."""
    theirs, ours = module(pyinstaller / "loader/pyimod01_archive.py", "theirs"), module(LOADER / "pyimod01_archive.py", "ours")
    texts = {f"m{number}": (MODULE, compiled(f"x = {number}", f"m{number}.py")) for number in range(20)}
    modules = texts | {"p": (PACKAGE, compiled("", "p/__init__.py")), "n": (NAMESPACE, None)}
    path, chance = work / "archive", random.Random(1)
    for before, after in ((b"", b""), (b"bootloader", b"more" * 40)):
        place = write_pyz(path, modules, before, after)
        whole = path.read_bytes()
        changed = [whole, *(whole[:cut] for cut in range(0, len(whole), 37))]
        for _ in range(500):
            data = bytearray(whole)
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            changed.append(bytes(data))
        for number, data in enumerate(changed):
            path.write_bytes(data)
            said = [outcome(lambda reader=reader, place=place: said_of(reader, place, named)) for reader in (theirs, ours)]
            if said[0] != said[1]:
                yield f"archive {number}: {said}"


def standard_library():
    """Modules as a frozen program has them: the file name in the code is the path below the top folder."""
    folders = [path for path in STDLIB.iterdir() if path.is_dir() and path.name not in LEFT_OUT]
    for path in [*STDLIB.glob("*.py"), *(path for folder in folders for path in folder.rglob("*.py"))]:
        name = path.relative_to(STDLIB).as_posix()
        dotted = name.removesuffix(".py").replace("/", ".")
        kind = PACKAGE if dotted.endswith(".__init__") else MODULE
        yield dotted.removesuffix(".__init__"), (kind, compiled(path.read_bytes(), name))


def programs_differ(pyinstaller, by_bootloader, library, work):
    """Runs programs by both loaders; returns what they see of the other."""
    hooks = {name: pyinstaller / f"hooks/rthooks/{name}.py" for name in KNOWN}
    application = {
        "application": (PACKAGE, compiled("", "application/__init__.py")),
        "application.part": (MODULE, compiled("import inspect\ndef f():\n    return inspect.currentframe()", "application/part.py")),
    }
    deferred = {
        f"_permafreeze_deferred.{name}": (MODULE, compiled(path.read_bytes(), f"{name}.py")) for name, path in hooks.items()
    }
    theirs, ours = [write_pyz(work / name, library | application | more) for name, more in (("theirs", {}), ("ours", deferred))]
    loader = pyinstaller / "loader"
    rest = [(name, loader / f"{name}.py") for name in ("pyimod02_importers", "pyimod03_ctypes")]
    (work / "_internal").mkdir()
    before, app = work / "before.py", work / "app.py"
    before.write_text(PREFIXES if by_bootloader else "")
    for first in FIRST:
        app.write_text(f"{first}\n{PROGRAM}")
        env = {"VIRTUAL_ENV": "/venv", "HOME": "/"}
        seen = [
            run(work / "_internal", pyz, [("pyimod01_archive", of / "pyimod01_archive.py"), *rest], [before, *scripts, app], env)
            for pyz, of, scripts in (
                (theirs, loader, [loader / "pyiboot01_bootstrap.py", *hooks.values()]),
                (ours, LOADER, [LOADER / "pyiboot01_bootstrap.py"]),
            )
        ]
        for key in seen[0] if by_bootloader else seen[0].keys() - {"main"}:
            if seen[0][key] != seen[1][key]:
                yield f"after `{first}`, {key}: {seen[0][key]}, {seen[1][key]}"


def sources(pyinstaller):
    """The hash of each hook that may be put off."""
    hooks = {name: pyinstaller / f"hooks/rthooks/{name}.py" for name in KNOWN}
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in hooks.items()}


def main(*arguments):
    exact = "--all" in arguments
    work, *versions = [argument for argument in arguments if argument != "--all"]
    work = Path(work).resolve()
    shutil.rmtree(work, ignore_errors=True)
    library, seen, failed = dict(standard_library()), {}, 0
    for version in versions:
        pyinstaller = download(version, work)
        found = sources(pyinstaller)
        problems = [f"{name} is of another source: {hash}" for name, hash in found.items() if hash not in KNOWN[name]]
        for name, hash in found.items():
            seen.setdefault(name, set()).add(hash)
        release = tuple(int(part) for part in version.split(".")[:2])
        problems += readers_differ(pyinstaller, release >= KEY_ERROR, work)
        problems += programs_differ(pyinstaller, release >= BY_BOOTLOADER, library, work / version)
        for problem in problems[:20]:
            print(f"{version}: {problem}")
        print(f"{version}: {'ok' if not problems else 'failed'}", flush=True)
        failed += bool(problems)
    if exact and {name: sorted(hashes) for name, hashes in seen.items()} != KNOWN:
        print("deferred.json has sources that none of these versions has, or not sorted")
        failed += 1
    print(f"{len(versions) + exact - failed} passed, {failed} failed")
    sys.exit(1 if failed or not versions else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
