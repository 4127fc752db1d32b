"""Compares what `permafreeze init --from` makes of PyInstaller's own spec of a project with the project's options.

usage: spec.py PERMAFREEZE PROJECT WORK        (with a Python that has PyInstaller)

`pyi-makespec` gets the options that plain PyInstaller is run with (options.py). The table must have the same: then what is
linked of the spec is what is compared with plain PyInstaller's. Prints `N passed, N failed`.
"""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from options import LISTS, entry_script, options


def made(permafreeze: str, project: Path) -> dict:
    """The table that is made of `app.spec`."""
    command = [permafreeze, "--project", project, "init", "--from", project / "app.spec", "--print"]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return tomllib.loads(printed)["tool"]["permafreeze"]


def main():
    permafreeze, project, work = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(project, work, ignore=shutil.ignore_patterns(".permafreeze", "dist"))
    pyproject = tomllib.loads((work / "pyproject.toml").read_text("utf-8"))
    script = entry_script(pyproject, work / "packaging")
    arguments = ["--onefile", "--specpath", str(work), *options(pyproject, script)]
    makespec = [sys.executable, "-I", "-m", "PyInstaller.utils.cliutils.makespec", *arguments]
    subprocess.run(makespec, check=True, stdout=subprocess.DEVNULL)
    (work / f"{script.stem}.spec").rename(work / "app.spec")
    table = made(permafreeze, work)
    wanted = {
        name: {value for option, value in zip(arguments, arguments[1:]) if option == given}
        for name, given in LISTS.items()
    }
    wanted |= {"name": script.stem, "entry": f"packaging/{script.name}"}
    failed = 0
    for name, value in wanted.items():
        found = table.get(name, [])
        found = set(found) if isinstance(value, set) else found
        if found != value:
            print(f"{name}: the table has {found}, PyInstaller is given {value}")
            failed += 1
    print(f"{len(wanted) - failed} passed, {failed} failed")
    sys.exit(failed > 0)


main()
