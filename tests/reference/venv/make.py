"""Makes the venv that the linked executable is compared with: exactly the wheels that a project's poetry.lock names.

Takes a project folder (pyproject.toml, poetry.lock), a target's runtime (a folder with bin/python3.N) and a destination.
Gives a venv with the locked wheels of the main group (checked by hash), the project itself and its path dependencies.
pip chooses the wheels and evaluates the markers, so the venv is a second opinion on what `permafreeze lock` chose.
Needs Python 3.11 or later and pip 22.3 or later; no Poetry.
"""

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

BUILD_BACKEND = "poetry-core>=2.0,<3.0"


class Pip:
    """The pip to install with: a command, or a pip wheel (which is run by the runtime's Python)."""

    def __init__(self, pip: str, runtime: Path, find_links: Path | None) -> None:
        self.command = [str(runtime), str(Path(pip) / "pip")] if pip.endswith(".whl") else shlex.split(pip)
        self.index = [] if find_links is None else ["--no-index", "--find-links", str(find_links)]

    def run(self, python: Path, subcommand: str, *arguments: str | Path) -> None:
        """Runs `pip --python PYTHON SUBCOMMAND ARGUMENTS...`."""
        command = [*self.command, "--python", python, "--disable-pip-version-check", subcommand, "--quiet", *self.index]
        run(*command, *arguments)


def run(*command: str | Path) -> None:
    """Runs a command; its output goes to stderr, since stdout is for the path of the venv."""
    environment = os.environ | {"PIP_REQUIRE_VIRTUALENV": "0", "PIP_NO_INPUT": "1"}
    subprocess.run([str(part) for part in command], env=environment, stdout=sys.stderr, check=True)


def make_venv(runtime: Path, destination: Path) -> Path:
    """Makes an empty venv of the runtime; returns its interpreter."""
    run(runtime, "-I", "-m", "venv", "--without-pip", destination)
    return destination / "bin" / "python"


def is_directory(package: dict[str, Any]) -> bool:
    """Says whether a locked package is a path dependency."""
    return package.get("source", {}).get("type") == "directory"


def locked_packages(project: Path, groups: set[str]) -> list[dict[str, Any]]:
    """Reads the packages of the groups from poetry.lock (lock-version 2.1: older ones do not say the groups)."""
    lock = tomllib.loads((project / "poetry.lock").read_text(encoding="utf-8"))
    version = lock["metadata"]["lock-version"]
    if version != "2.1":
        sys.exit(f"{project / 'poetry.lock'}: lock-version is `{version}`, expected `2.1`")
    return [package for package in lock["package"] if groups & set(package["groups"])]


def marker(package: dict[str, Any], groups: set[str]) -> str:
    """Returns the package's marker, or an empty string; with one marker per group, any of them will do."""
    markers = package.get("markers", "")
    if isinstance(markers, str):
        return markers
    wanted = groups & set(package["groups"])
    if not wanted <= set(markers):
        return ""
    return " or ".join(f"({markers[group]})" for group in sorted(wanted))


def requirements(packages: list[dict[str, Any]], groups: set[str]) -> str:
    """Writes pip's requirements file, in hash-checking mode, of every package that comes from an index."""
    lines = []
    for package in packages:
        if is_directory(package):
            continue
        condition = marker(package, groups)
        hashes = [f"--hash={file['hash']}" for file in package["files"] if file["file"].endswith(".whl")]
        line = f"{package['name']}=={package['version']}" + (f" ; {condition}" if condition else "")
        lines.append(" \\\n    ".join([line, *hashes]))
    return "\n".join(lines) + "\n"


def source_trees(project: Path, packages: list[dict[str, Any]]) -> list[Path]:
    """Lists the path dependencies and, unless it is plain scripts, the project itself."""
    trees = [project / package["source"]["url"] for package in packages if is_directory(package)]
    pyproject = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    if pyproject.get("tool", {}).get("poetry", {}).get("package-mode", True):
        trees.append(project)
    return trees


def build_wheels(pip: Pip, runtime: Path, trees: list[Path], work: Path) -> list[Path]:
    """Builds a wheel of every source tree, from a copy: a build must leave nothing in the tree."""
    wheels = work / "wheels"
    python = make_venv(runtime, work / "tools")
    pip.run(python, "install", BUILD_BACKEND)
    for number, tree in enumerate(trees):
        copy = work / f"tree{number}"
        shutil.copytree(tree, copy, ignore=shutil.ignore_patterns("__pycache__", "*.pyc", ".venv", "dist", "build"))
        pip.run(python, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", wheels, copy)
    return sorted(wheels.iterdir()) if trees else []


def parse(arguments: list[str]) -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="make.sh", description="Make a venv of exactly the locked packages.")
    parser.add_argument("project", type=Path, help="folder of pyproject.toml and poetry.lock")
    parser.add_argument("destination", type=Path, help="the venv; replaced if it is there")
    parser.add_argument(
        "--runtime", type=Path, default=os.environ.get("PERMAFREEZE_RUNTIME"), help="[PERMAFREEZE_RUNTIME]"
    )
    parser.add_argument("--dev", action="store_true", help="install the group `dev` too (PyInstaller)")
    parser.add_argument("--find-links", type=Path, help="take every wheel (poetry-core too) from this folder, no index")
    parser.add_argument(
        "--pip", default=os.environ.get("PERMAFREEZE_PIP", "pip"), help="command or pip wheel [PERMAFREEZE_PIP]"
    )
    options = parser.parse_args(arguments)
    if options.runtime is None:
        parser.error("no runtime: give --runtime or set PERMAFREEZE_RUNTIME")
    return options


def main(arguments: list[str]) -> None:
    """Makes the venv; the file `complete` in it is written last."""
    options = parse(arguments)
    project, destination = options.project.resolve(), options.destination.resolve()
    runtime = next(iter(sorted(options.runtime.resolve().glob("**/bin/python3.[0-9][0-9]"))), None)
    if runtime is None:
        sys.exit(f"{options.runtime}: no bin/python3.N below it")
    groups = {"main", "dev"} if options.dev else {"main"}
    packages = locked_packages(project, groups)
    pip = Pip(options.pip, runtime, options.find_links)
    # In place, not beside and renamed: a venv has its own path inside (shebangs, pyvenv.cfg).
    shutil.rmtree(destination, ignore_errors=True)
    python = make_venv(runtime, destination)
    with tempfile.TemporaryDirectory(prefix="permafreeze-venv-") as folder:
        work = Path(folder)
        listing = work / "requirements.txt"
        listing.write_text(requirements(packages, groups), encoding="utf-8")
        pip.run(python, "install", "--no-deps", "--only-binary=:all:", "--require-hashes", "-r", listing)
        wheels = build_wheels(pip, runtime, source_trees(project, packages), work)
        if wheels:
            pip.run(python, "install", "--no-deps", "--no-index", *wheels)
    (destination / "complete").touch()
    print(destination)


if __name__ == "__main__":
    main(sys.argv[1:])
