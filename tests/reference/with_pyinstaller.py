"""Copies a project, with another version of PyInstaller in its poetry.lock.

usage: with_pyinstaller.py PROJECT VERSION DESTINATION      DESTINATION is replaced if it is there

Needs pip with an index, for the hashes of the wheels of both Linux targets. What pyproject.toml requires stays, and with it
the lock's content-hash.
"""

import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PLATFORMS = ["manylinux2014_x86_64", "manylinux2014_aarch64"]
PACKAGE = re.compile(r'(\[\[package\]\]\nname = "pyinstaller"\nversion = )"[^"]*"(.*?\nfiles = \[\n).*?\n\]', re.DOTALL)


def wheels(version, folder):
    """Downloads the wheels; returns lines of a lock file."""
    pip = shlex.split(os.environ.get("PERMAFREEZE_PIP", "pip"))
    for platform in PLATFORMS:
        command = [*pip, "--disable-pip-version-check", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
        subprocess.run([*command, "--platform", platform, "--dest", folder, f"pyinstaller=={version}"], check=True)
    for file in sorted(Path(folder).iterdir()):
        yield f'    {{file = "{file.name}", hash = "sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}"}},'


def main(project, version, destination):
    shutil.rmtree(destination, ignore_errors=True)
    shutil.copytree(project, destination, symlinks=True, ignore=shutil.ignore_patterns(".permafreeze", "__pycache__"))
    lock = Path(destination, "poetry.lock")
    with tempfile.TemporaryDirectory() as folder:
        lines = "\n".join(wheels(version, folder))
    text, count = PACKAGE.subn(lambda found: f'{found[1]}"{version}"{found[2]}{lines}\n]', lock.read_text(encoding="utf-8"))
    if count != 1:
        sys.exit(f"{lock}: {count} packages `pyinstaller`, expected one")
    lock.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
