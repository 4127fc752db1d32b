"""Plain PyInstaller's executable of the same project, to compare with: ours must not have less without a reason.

What only ours has is meant (docs/what-is-linked.md) and not looked at. Needs PERMAFREEZE_RUNTIME, the runtime's folder.
"""

import fnmatch
import json
import os
import shlex
import shutil
import sys
import tomllib
from pathlib import Path

import freeze

MAKE_VENV = freeze.CHECKOUT / "tests/reference/venv/make.py"
# Prints what an executable holds, by PyInstaller's own reader.
READ = """
import json, sys
from PyInstaller.archive.readers import CArchiveReader
archive = CArchiveReader(sys.argv[1])
files = [name for name, entry in archive.toc.items() if entry[-1] in "bxn"]
print(json.dumps({"modules": list(archive.open_embedded_archive("PYZ.pyz").toc), "files": files}))
"""
# Distributions that are in the venv for PyInstaller's own sake: what the application has of them is not the application's.
TOOLS = {"altgraph", "packaging", "pip", "pyinstaller", "pyinstaller-hooks-contrib", "setuptools"}


def make_venv(project, folder):
    """A venv with exactly the locked wheels, and then PyInstaller of the version that the toolchain pins."""
    made = freeze.run("plain", [sys.executable, "-I", MAKE_VENV, project, folder])
    pins = json.loads((freeze.CHECKOUT / "nix/toolchain.json").read_text(encoding="utf-8"))["wheels"]
    wanted = [f"pyinstaller=={pins['pyinstaller-linux-amd64']['version']}"]
    wanted += [f"pyinstaller-hooks-contrib=={pins['hooks-contrib']['version']}"]
    pip = [*shlex.split(os.environ.get("PERMAFREEZE_PIP", "pip")), "--python", folder / "bin/python"]
    freeze.run("plain", [*pip, "--disable-pip-version-check", "install", "--quiet", *wanted])
    return made


def freeze_plainly(project, venv, folder, script):
    """Freezes one script as a user would who knows no option."""
    with open(project / "pyproject.toml", "rb") as file:
        reference = tomllib.load(file)["project"]["scripts"][script]
    module, _, function = reference.partition(":")
    # Not by the script's name: a package may have it, and would be hidden.
    entry = folder / f"entry_of_{script.replace('-', '_')}.py"
    entry.write_text(f"import sys\n\nfrom {module} import {function}\n\nsys.exit({function}())\n")
    command = [venv / "bin/python", "-I", "-m", "PyInstaller", "--onefile", "--noupx", "--log-level", "ERROR"]
    command += ["--name", script]
    with open(project / "poetry.lock", "rb") as file:
        locked = {package["name"] for package in tomllib.load(file)["package"]}
    for module in [] if "setuptools" in locked else ["setuptools", "pkg_resources", "_distutils_hack"]:
        command += ["--exclude-module", module]
    command.append(entry)
    freeze.run("plain", command, cwd=folder, env=os.environ | {"PYINSTALLER_CONFIG_DIR": str(folder / "config")})
    return folder / "dist" / script


def contents(venv, executable):
    read = json.loads(freeze.run("plain", [venv / "bin/python", "-I", "-c", READ, executable]))
    return {kind: set(names) for kind, names in read.items()}


def of_the_machine(name, venv):
    """Whether a library is the build machine's: no wheel and no runtime has it."""
    places = [venv, Path(os.environ["PERMAFREEZE_RUNTIME"])]
    return ".so" in name and not any(any(place.rglob(Path(name).name)) for place in places)


def less(plain, ours, rules, project, venv):
    """Yields what plain PyInstaller's has and ours lacks without a reason."""
    for kind in ("modules", "files"):
        for name in sorted(plain[kind] - ours[kind]):
            top = name.replace("/", ".").split(".")[0].split("-")[0].lower().replace("_", "-")
            if top in TOOLS or (kind == "files" and of_the_machine(name, venv)):
                continue
            fit = [rule for rule in rules if rule["set"] == kind and project in rule.get("projects", [project])]
            if not any(fnmatch.fnmatchcase(name, pattern) for rule in fit for pattern in rule["names"]):
                yield f"{kind}: {name}"


def difference(project, folder, rules):
    """How many modules more ours has; raises with what it lacks."""
    venv, more = folder / "venv", 0
    make_venv(project, venv)
    for executable in freeze.executables(project):
        script = executable.name.removesuffix(f"-{freeze.TARGET}")
        plain, ours = contents(venv, freeze_plainly(project, venv, folder, script)), contents(venv, executable)
        if lacks := list(less(plain, ours, rules, folder.parent.name, venv)):
            raise freeze.Failed("less", "plain PyInstaller's has also:\n" + "\n".join(lacks))
        more += len(ours["modules"] - plain["modules"])
    return f"+{more}"


def compare(result, work):
    """Compares a project's executables, and says so in the result."""
    with open(Path(__file__).with_name("less.toml"), "rb") as file:
        rules = tomllib.load(file)["less"]
    folder = work / "plain"
    folder.mkdir()
    try:
        result.plain = difference(work / "project", folder, rules)
    except freeze.Failed as failure:
        if failure.step == "less":
            result.failed(failure.step, failure.message, work / "project")
        else:
            result.plain = "cannot be built"
            print(failure.message)
    shutil.rmtree(folder, ignore_errors=True)
