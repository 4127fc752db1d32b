"""PyInstaller's own readers, and its bootloader, on an executable that our writer made from a collection by hand.

usage: run.py --pyinstaller VERSION [EXECUTABLE…]      further files of PyInstaller, read by `archive`'s readers, too

Needs PERMAFREEZE_RUNTIME (a folder with bin/python3.13, the runtime linux-amd64), cargo, and pip with an index. Prints a line per
test and `N passed, N failed`; exits 1 if any failed.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]


def runtime():
    folder = os.environ.get("PERMAFREEZE_RUNTIME")
    if folder is None:
        sys.exit("PERMAFREEZE_RUNTIME is not set: the folder of the runtime linux-amd64, in which bin/python3.13 is")
    folder = Path(folder).resolve()
    if not (folder / "bin" / "python3.13").exists():
        sys.exit(f"PERMAFREEZE_RUNTIME is `{folder}`, which has no bin/python3.13")
    return folder


def run(*command, **options):
    subprocess.run([str(part) for part in command], check=True, **options)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--pyinstaller", required=True, metavar="VERSION")
    parser.add_argument("executables", nargs="*", type=Path)
    options = parser.parse_args()
    python = runtime() / "bin" / "python3.13"
    with tempfile.TemporaryDirectory(prefix="permafreeze-archive-reader-") as temporary:
        folder = Path(temporary)
        # The runtime has no pip of its own: the machine's installs into the venv from outside.
        run(python, "-I", "-m", "venv", "--without-pip", folder / "venv")
        venv_python = folder / "venv" / "bin" / "python"
        pip = os.environ.get("PERMAFREEZE_PIP", "pip").split()
        run(*pip, "--python", venv_python, "--disable-pip-version-check", "install", "--quiet", f"pyinstaller=={options.pyinstaller}")
        parts = folder / "parts"
        parts.mkdir()
        run(venv_python, HERE / "recipe.py", runtime(), HERE / "hello.py", parts)
        run("cargo", "build", "--quiet", "--locked", "-p", "permafreeze-test-tools", cwd=ROOT)
        target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
        executable = folder / "bin" / "hello"
        run(target / "debug" / "permafreeze-test-tools", "assemble", parts / "recipe.json", folder)
        check = subprocess.run([venv_python, HERE / "check.py", executable, parts])
        same = compare(target, venv_python, [executable, *options.executables])
    sys.exit(check.returncode or same)


def compare(target, python, executables):
    """`archive`'s readers and PyInstaller's, on each of these files; 1 if they differ."""
    run("cargo", "build", "--quiet", "--locked", "-p", "permafreeze-test-tools", cwd=ROOT)
    failed = 0
    for executable in executables:
        tool = [target / "debug" / "permafreeze-test-tools", "entries", executable]
        ours = subprocess.run(tool, check=True, stdout=subprocess.PIPE).stdout
        failed |= subprocess.run([python, HERE / "compare.py", executable], input=ours).returncode
    return failed


if __name__ == "__main__":
    main()
