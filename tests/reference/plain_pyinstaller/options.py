"""Prints PyInstaller's options for a project, quoted for the shell; writes the entry script.

Takes a project folder (`[project.scripts]` with one script) and the folder of the script.
The options are those of `[tool.permafreeze]`, whose names are PyInstaller's, and what permafreeze does without asking:
the application's own data files and metadata.
"""

import shlex
import sys
import tomllib
from pathlib import Path
from typing import Any

# Names of [tool.permafreeze] -> PyInstaller's options; each is given once per name in the list.
LISTS = {
    "hidden-imports": "--hidden-import",
    "exclude-modules": "--exclude-module",
    "collect-submodules": "--collect-submodules",
    "collect-data": "--collect-data",
    "collect-binaries": "--collect-binaries",
    "copy-metadata": "--copy-metadata",
}

ENTRY = """\
import sys

from {module} import {head}

if __name__ == "__main__":
    sys.exit({function}())
"""


def entry_script(pyproject: dict[str, Any], folder: Path) -> Path:
    """Writes the script that calls the project's one entry point."""
    scripts = pyproject["project"]["scripts"]
    if len(scripts) != 1:
        sys.exit(f"[project.scripts] has {len(scripts)} scripts, expected one")
    [(name, reference)] = scripts.items()
    module, _, function = reference.partition(":")
    folder.mkdir(parents=True)
    script = folder / f"{name}.py"
    script.write_text(ENTRY.format(module=module, head=function.partition(".")[0], function=function), encoding="utf-8")
    return script


def options(pyproject: dict[str, Any], script: Path) -> list[str]:
    """Lists the command line."""
    settings = pyproject.get("tool", {}).get("permafreeze", {})
    own = pyproject["project"]["name"]
    packages = [package["include"] for package in pyproject["tool"]["poetry"]["packages"]]
    result = ["--name", script.stem, "--copy-metadata", own]
    for package in packages:
        result += ["--collect-data", package]
    for name, option in LISTS.items():
        for value in settings.get(name, []):
            result += [option, value]
    return [*result, str(script)]


def main(project: str, folder: str) -> None:
    """Reads the project, writes the script, prints the options."""
    pyproject = tomllib.loads(Path(project, "pyproject.toml").read_text(encoding="utf-8"))
    print(shlex.join(options(pyproject, entry_script(pyproject, Path(folder)))))


if __name__ == "__main__":
    main(*sys.argv[1:])
