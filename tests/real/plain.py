"""Plain PyInstaller's executable of the same project, to compare with: ours must not have less without a reason.

What only ours has is meant (docs/what-is-linked.md) and not looked at, but for a project with a PyInstaller spec: of that, both
have the same but for what has a reason. Needs PERMAFREEZE_RUNTIME, the runtime's folder.
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
# Freezes a spec without modules that are in the venv for PyInstaller's own sake: the spec's author has them not.
FREEZE_SPEC = """
import functools, sys
import PyInstaller.__main__
from PyInstaller.building.build_main import Analysis
excluded, arguments = sys.argv[1].split(), sys.argv[2:]
begin = Analysis.__init__
@functools.wraps(begin)
def without(self, *given, excludes=None, **more):
    begin(self, *given, excludes=[*(excludes or []), *excluded], **more)
Analysis.__init__ = without
PyInstaller.__main__.run(arguments)
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


def of_setuptools(project):
    """The modules of setuptools, unless the project locks it."""
    with open(project / "poetry.lock", "rb") as file:
        locked = {package["name"] for package in tomllib.load(file)["package"]}
    return [] if "setuptools" in locked else ["setuptools", "pkg_resources", "_distutils_hack"]


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
    for module in of_setuptools(project):
        command += ["--exclude-module", module]
    command.append(entry)
    freeze.run("plain", command, cwd=folder, env=os.environ | {"PYINSTALLER_CONFIG_DIR": str(folder / "config")})
    return folder / "dist" / script


def freeze_spec(project, venv, folder):
    """Freezes a project's own spec, in its folder, as its author does."""
    spec = freeze.spec_of(project)
    command = [venv / "bin/python", "-I", "-c", FREEZE_SPEC, " ".join(of_setuptools(project))]
    command += ["--log-level", "ERROR", "--noconfirm", "--distpath", folder / "dist", "--workpath", folder / "build", spec]
    freeze.run("plain", command, cwd=project, env=os.environ | {"PYINSTALLER_CONFIG_DIR": str(folder / "config")})
    return folder / "dist" / spec.stem


def contents(venv, executable):
    read = json.loads(freeze.run("plain", [venv / "bin/python", "-I", "-c", READ, executable]))
    return {kind: set(names) for kind, names in read.items()}


def of_the_machine(name, venv):
    """Whether a library is the build machine's: no wheel and no runtime has it."""
    places = [venv, Path(os.environ["PERMAFREEZE_RUNTIME"])]
    return ".so" in name and not any(any(place.rglob(Path(name).name)) for place in places)


def has_reason(kind, name, rules, project):
    fit = [rule for rule in rules if rule["set"] == kind and project in rule.get("projects", [project])]
    return any(fnmatch.fnmatchcase(name, pattern) for rule in fit for pattern in rule["names"])


def less(plain, ours, rules, project, venv):
    """Yields what plain PyInstaller's has and ours lacks without a reason."""
    for kind in ("modules", "files"):
        for name in sorted(plain[kind] - ours[kind]):
            top = name.replace("/", ".").split(".")[0].split("-")[0].lower().replace("_", "-")
            if top in TOOLS or (kind == "files" and of_the_machine(name, venv)):
                continue
            if not has_reason(kind, name, rules, project):
                yield f"{kind}: {name}"


def more(plain, ours, rules, project):
    """Yields what ours has and plain PyInstaller's lacks without a reason."""
    for kind in ("modules", "files"):
        for name in sorted(ours[kind] - plain[kind]):
            if not has_reason(kind, name, rules, project):
                yield f"{kind}: {name}"


def difference(project, folder, rules):
    """How many modules more ours has; raises with what it lacks."""
    venv, name, count = folder / "venv", folder.parent.name, 0
    make_venv(project, venv)
    for executable in freeze.executables(project):
        script = executable.name.removesuffix(f"-{freeze.TARGET}")
        has_spec = freeze.spec_of(project)
        made = freeze_spec(project, venv, folder) if has_spec else freeze_plainly(project, venv, folder, script)
        plain, ours = contents(venv, made), contents(venv, executable)
        if lacks := list(less(plain, ours, rules["less"], name, venv)):
            raise freeze.Failed("less", "plain PyInstaller's has also:\n" + "\n".join(lacks))
        if has_spec and (has := list(more(plain, ours, rules["more"], name))):
            raise freeze.Failed("more", "plain PyInstaller's of the spec lacks:\n" + "\n".join(has))
        count += len(ours["modules"] - plain["modules"])
    return f"+{count}"


def compare(result, work):
    """Compares a project's executables, and says so in the result."""
    with open(Path(__file__).with_name("less.toml"), "rb") as file:
        rules = tomllib.load(file)
    folder = work / "plain"
    folder.mkdir()
    try:
        result.plain = difference(freeze.home(work / "project"), folder, rules)
    except freeze.Failed as failure:
        if failure.step in ("less", "more"):
            result.failed(failure.step, failure.message, work / "project")
        else:
            result.plain = "cannot be built"
            print(failure.message)
    shutil.rmtree(folder, ignore_errors=True)
