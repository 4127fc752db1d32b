"""The tests of hooks, with several versions of PyInstaller and hooks-contrib: every hook of each over stubs of its package.

usage: run.py WORK PYINSTALLER/HOOKS_CONTRIB…

Needs pip with an index, cargo, PERMAFREEZE_HOST_PYTHON, and PERMAFREEZE_HOOKS_ENV, from which comes what the versions are
not about (altgraph, packaging, setuptools). Prints a line per pair and `N passed, N failed`; exits 1 if any failed.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

PLATFORM = "manylinux2014_x86_64"
TESTS = ["all_hooks::", "answers::", "hooks::"]


def download(package, version, folder):
    pip = shlex.split(os.environ.get("PERMAFREEZE_PIP", "pip"))
    command = [*pip, "--disable-pip-version-check", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
    subprocess.run([*command, "--platform", PLATFORM, "--dest", folder, f"{package}=={version}"], check=True)


def environment(pyinstaller, contrib, folder):
    """Makes a hooks env with these versions."""
    tools = re.compile("_?pyinstaller", re.IGNORECASE)
    ignored = lambda _, names: [name for name in names if tools.match(name)]
    shutil.copytree(os.environ["PERMAFREEZE_HOOKS_ENV"], folder / "env", ignore=ignored)
    # What is copied from a store is read-only.
    subprocess.run(["chmod", "-R", "u+w", folder / "env"], check=True)
    download("pyinstaller", pyinstaller, folder / "wheels")
    download("pyinstaller-hooks-contrib", contrib, folder / "wheels")
    for wheel in (folder / "wheels").iterdir():
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder / "env")
    return folder / "env"


def passes(pair, work):
    folder = work / pair.replace("/", "-")
    folder.mkdir(parents=True)
    env = os.environ | {"PERMAFREEZE_HOOKS_ENV": str(environment(*pair.split("/"), folder))}
    command = ["cargo", "test", "--locked", "--quiet", "-p", "permafreeze-link", "--test", "collect", "--", "--ignored"]
    run = subprocess.run([*command, *TESTS], env=env, capture_output=True, text=True)
    passed = re.search(r"test result: ok\. (\d+) passed", run.stdout)
    if run.returncode or not passed:
        print(run.stdout[-4000:], run.stderr[-2000:])
    return bool(passed) and run.returncode == 0


def main(work, *pairs):
    work = Path(work).resolve()
    shutil.rmtree(work, ignore_errors=True)
    failed = 0
    for pair in pairs:
        good = passes(pair, work)
        print(f"PyInstaller/hooks-contrib {pair}: {'ok' if good else 'FAILED'}")
        failed += not good
    print(f"{len(pairs) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
