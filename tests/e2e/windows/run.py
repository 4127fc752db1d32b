"""A project for Windows, built on Linux, run under wine: run.py PERMAFREEZE WORK

The executable does what its packages are for; its exit codes, tracebacks and arguments are its own; it may lie in a folder
with blanks and letters beyond ASCII. `verify` passes, with every module imported and without a list of exceptions. A second
link elsewhere gives the same bytes.

WINEPREFIX and WINE (the program) are in the environment (tests/support/step.sh, use_wine).
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parents[2]
PROJECT = CHECKOUT / "tests/projects/windows"
ARTIFACT = "desk-windows-amd64"
PATIENCE = 600

sys.dont_write_bytecode = True
sys.path.insert(0, str(CHECKOUT / "tests/real"))

import freeze  # noqa: E402


def wine(executable, *arguments):
    """Runs a program; its streams are pipes: at files wine's own are no handles."""
    command = [os.environ["WINE"], str(executable), *arguments]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, check=False)


def built(folder, tools):
    """A copy of the project, built: the executable."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(PROJECT, folder)
    freeze.prepare(folder, tools)
    freeze.permafreeze("lock", folder, tools, "lock")
    freeze.run("git", ["git", "-C", folder, "add", "-A", "-f"])
    freeze.permafreeze("build", folder, tools, "build", "--locked")
    return folder / "dist" / f"{ARTIFACT}.exe"


def expect(what, found, wanted):
    """Ends with both if they differ."""
    if found != wanted:
        sys.exit(f"windows: {what}: {found!r}, expected {wanted!r}")


def check_packages(executable):
    """Every check of the program passes."""
    ended = wine(executable, "check")
    said = ended.stdout.decode("utf-8", "replace")
    print(said, end="")
    expect(f"exit code of `check`, which said {said} {ended.stderr}", ended.returncode, 0)
    expect("checks that passed", said.count("ok "), 11)


def check_command_line(executable, work):
    """Arguments, exit codes and errors are the program's."""
    arguments = ["a b", 'say "hi"', "ü€", "back\\slash\\", "", "%TEMP%"]
    folder = work / "with blanks and ü"
    folder.mkdir(exist_ok=True)
    moved = shutil.copy(executable, folder / "desk ö.exe")
    said = json.loads(wine(moved, "arguments", *arguments).stdout)
    expect("arguments", said["argv"], arguments)
    expect("sys.frozen", said["frozen"], True)
    expect("the end of sys.executable", said["executable"].rsplit("\\", 2)[1:], ["with blanks and ü", "desk ö.exe"])
    expect("exit code", wine(executable, "exit", "7").returncode, 7)
    failed = wine(executable, "raise")
    expect("exit code of an error", failed.returncode, 1)
    expect("the traceback names the line", b'File "desk/cli.py"' in failed.stderr, True)
    expect("the traceback ends with the error", b"RuntimeError: as asked" in failed.stderr, True)


def main():
    permafreeze, work = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    work.mkdir(parents=True, exist_ok=True)
    tools = freeze.Tools(permafreeze, CHECKOUT / "nix", clean=False)
    executable = built(work / "project", tools)
    check_packages(executable)
    check_command_line(executable, work)
    digest = lambda file: hashlib.sha256(file.read_bytes()).hexdigest()
    expect("sha256 in another folder", digest(built(work / "another" / "project", tools)), digest(executable))
    report = json.loads(freeze.permafreeze("verify", work / "project", tools, "verify", "--require-smoke", "--json"))
    parts = report if isinstance(report, list) else report.get("artifacts", [report])
    print(json.dumps(parts)[:2000])


if __name__ == "__main__":
    try:
        main()
    except freeze.Failed as error:
        sys.exit(f"windows: {error}")
