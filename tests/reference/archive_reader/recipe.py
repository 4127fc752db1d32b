"""Runs in the reference venv. Writes the recipe of a runnable executable: PyInstaller's bootloader and loader, Python's library.

usage: recipe.py RUNTIME HELLO FOLDER

The folder gets the compiled code, `recipe.json` for the writer, and `expected.json`: every entry, as PyInstaller's reader must see it.
"""

import importlib.util
import json
import marshal
import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import PyInstaller
from PyInstaller.compat import PY3_BASE_MODULES

EXPANDED = ("collections", "encodings", "re")
BOOTSTRAP = ("struct", "pyimod01_archive", "pyimod02_importers", "pyimod03_ctypes")
APPLICATION = {
    "greeting": ("package", ""),
    "greeting.words": ("module", "def hello(name):\n    return f'Hello, {name}!'\n"),
    "greeting_namespace": ("namespace-package", None),
    "greeting_namespace.part": ("module", "VALUE = 42\n"),
}
# What hello.py imports, listed by the interpreter itself, in which nothing of the application is.
LISTER = """
import ctypes, json, os, sys, struct, zlib
print(__import__('json').dumps(sorted((n, getattr(m, '__file__', None)) for n, m in list(sys.modules.items()))))
"""


class Recipe:
    """Collects entries; the code of each goes into a file of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.number = 0
        self.expected = {"entries": {}, "modules": {}, "base_library": {}}

    def store(self, data):
        self.number += 1
        path = self.folder / f"{self.number}.bin"
        path.write_bytes(data)
        return str(path)

    def code(self, source, name):
        return self.store(marshal.dumps(compile(source, name, "exec", dont_inherit=True)))

    def script(self, letter, name, source):
        path = self.code(source, f"{name}.py")
        self.expected["entries"][name] = [letter, path]
        return {"name": name, "code": path}

    def module(self, place, name, kind, source):
        if kind == "namespace-package":
            path = None
        else:
            path = self.code(source, name.replace(".", "/") + ("/__init__.py" if kind == "package" else ".py"))
        self.expected[place][name] = [kind, path]
        return {"name": name, "kind": kind, "code": path}

    def file(self, letter, kind, dest, path):
        self.expected["entries"][dest] = [letter, self.store(os.fsencode(path) + b"\0") if kind == "symlink" else str(path)]
        return {"dest": dest, "kind": kind, "content": str(path)}


def base_names():
    for name in sorted(PY3_BASE_MODULES):
        yield name
        if name in EXPANDED:
            path = importlib.util.find_spec(name).submodule_search_locations
            yield from (module.name for module in pkgutil.walk_packages(path, name + "."))


def library_module(recipe, place, name):
    spec = importlib.util.find_spec(name)
    # Some are frozen into libpython, and some say another name (`os.path`, `sre_compile`): the file is what counts.
    origin = spec.origin if spec.has_location else spec.loader_state.filename
    kind = "package" if os.path.basename(origin) == "__init__.py" else "module"
    return recipe.module(place, name, kind, Path(origin).read_bytes())


def imported(python):
    listing = subprocess.run([python, "-I", "-X", "frozen_modules=off", "-c", LISTER], check=True, capture_output=True)
    return json.loads(listing.stdout)


def main(runtime, hello, folder):
    recipe = Recipe(folder)
    package = Path(PyInstaller.__file__).parent
    loader = package / "loader"
    library = runtime / "lib"
    libpython = next(library.glob("libpython3.13.so.*"))
    base = sorted(set(base_names()))
    sources = {"struct": library / "python3.13" / "struct.py"}
    bootstrap = [recipe.script("m", n, sources.get(n, loader / f"{n}.py").read_bytes()) for n in BOOTSTRAP]
    scripts = [recipe.script("s", p.stem, p.read_bytes()) for p in (loader / "pyiboot01_bootstrap.py", hello)]
    modules = [recipe.module("modules", name, kind, source) for name, (kind, source) in APPLICATION.items()]
    files = [
        recipe.file("b", "binary", libpython.name, libpython),
        recipe.file("b", "binary", "tool", recipe.store(b"#!/bin/sh\n")),
        recipe.file("x", "data", "greeting/data.json", recipe.store(json.dumps({"name": "archive"}).encode())),
        recipe.file("x", "data", "empty", recipe.store(b"")),
        recipe.file("n", "symlink", "link.json", "greeting/data.json"),
    ]
    for name, origin in imported(runtime / "bin" / "python3.13"):
        if origin is None or name in ("__main__", "os.path", "struct", *base):
            continue
        if origin.endswith(".so"):
            files.append(recipe.file("b", "binary", f"python3.13/lib-dynload/{Path(origin).name}", origin))
        else:
            modules.append(library_module(recipe, "modules", name))
    recipe.expected["options"] = ["pyi-contents-directory _internal"]
    recipe.expected["order"] = [entry["name"] for entry in bootstrap + scripts]
    recipe.expected["libpython"] = libpython.name
    content = {
        "name": "hello",
        "bootloader": str(next(package.glob("bootloader/Linux-64bit-*/run"))),
        "libpython": libpython.name,
        "options": recipe.expected["options"],
        "bootstrap": bootstrap,
        "scripts": scripts,
        "modules": modules,
        "base_library": [library_module(recipe, "base_library", name) for name in base],
        "files": files,
    }
    (folder / "recipe.json").write_text(json.dumps(content), encoding="utf-8")
    (folder / "expected.json").write_text(json.dumps(recipe.expected), encoding="utf-8")


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:]))
