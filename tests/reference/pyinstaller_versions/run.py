"""A small project, locked with several versions of PyInstaller and hooks-contrib: each executable is linked with them, and runs.

usage: run.py PERMAFREEZE WORK PYINSTALLER/HOOKS_CONTRIB…

PERMAFREEZE is the program, of a checkout whose static tools are in the Nix store. Needs pip with an index. Prints a line per
version and `N passed, N failed`; exits 1 if any failed.
"""

import hashlib
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "support"))
from functions import copy_functions  # noqa: E402

# One with a hook, one without.
PACKAGES = [("certifi", "2026.1.4", "main"), ("six", "1.17.0", "main")]
PLATFORM = "manylinux2014_x86_64"
PYPROJECT = """\
[project]
name = "app"
version = "1.0"
requires-python = ">=3.13"
dependencies = ["certifi", "six"]

[project.scripts]
app = "app:main"

[tool.permafreeze]
targets = ["linux-amd64"]
"""


def wheel(package, version, folder):
    """Downloads a wheel; returns its file name and sha256."""
    pip = shlex.split(os.environ.get("PERMAFREEZE_PIP", "pip"))
    command = [*pip, "--disable-pip-version-check", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
    with tempfile.TemporaryDirectory(dir=folder) as new:
        subprocess.run([*command, "--platform", PLATFORM, "--dest", new, f"{package}=={version}"], check=True)
        [file] = Path(new).iterdir()
        return file.name, hashlib.sha256(file.read_bytes()).hexdigest()


def lock(pyinstaller, contrib, folder):
    """Writes what Poetry would lock, of what permafreeze reads."""
    relevant = {"project": {"requires-python": ">=3.13", "dependencies": ["certifi", "six"]}, "tool": {"poetry": {}}}
    text = ""
    tools = [("pyinstaller", pyinstaller, "dev"), ("pyinstaller-hooks-contrib", contrib, "dev")]
    for name, version, group in [*PACKAGES, *tools]:
        file, sha256 = wheel(name, version, folder)
        text += f'[[package]]\nname = "{name}"\nversion = "{version}"\noptional = false\npython-versions = ">=3.8"\n'
        text += f'groups = ["{group}"]\nfiles = [{{file = "{file}", hash = "sha256:{sha256}"}}]\n\n'
    content_hash = hashlib.sha256(json.dumps(relevant, sort_keys=True).encode()).hexdigest()
    metadata = f'lock-version = "2.1"\npython-versions = ">=3.13"\ncontent-hash = "{content_hash}"\n'
    return f"{text}[metadata]\n{metadata}"


def make(version, contrib, folder):
    """Makes the project, and a flake around it."""
    project = folder / "project"
    project.mkdir(parents=True)
    copy_functions(folder / "nix")
    (folder / "flake.nix").write_text("{ outputs = _: import ./nix/mk-flake.nix { root = ./project; }; } # permafreeze\n")
    shutil.copy(HERE / "app.py", project)
    (project / "pyproject.toml").write_text(PYPROJECT)
    (project / "poetry.lock").write_text(lock(version, contrib, folder))
    # A repository of its own: in a folder that the one around it ignores, Nix would see nothing.
    subprocess.run(["git", "-C", folder, "init", "-q"], check=True)
    subprocess.run(["git", "-C", folder, "add", "-A"], check=True)
    return project


def holds(permafreeze, version, contrib, folder):
    """Builds and runs; returns what is wrong, or nothing."""
    project = make(version, contrib, folder)
    subprocess.run([permafreeze, "-q", "--project", project, "lock"], check=True)
    # Of a git repository, Nix sees what is added.
    subprocess.run(["git", "-C", folder, "add", "-A"], check=True)
    subprocess.run([permafreeze, "-q", "--project", project, "build", "--out-dir", folder / "dist"], check=True)
    plan = json.loads((project / "permafreeze.lock").read_text())
    for name in (f"pyinstaller-{version}-", f"pyinstaller_hooks_contrib-{contrib}-"):
        if not any(file.startswith(name) for file in plan["files"]):
            return f"the plan does not have the locked `{name}`"
    executable = folder / "dist" / "app-linux-amd64"
    if version.encode() not in (folder / "dist" / ".app-linux-amd64/share/permafreeze/report.json").read_bytes():
        return "the report does not name the locked PyInstaller"
    run = subprocess.run([executable, version], env={}, capture_output=True, text=True)
    if run.returncode or run.stdout.strip() != "works":
        return f"exit code {run.returncode}: {run.stdout}{run.stderr}"
    return None


def main(permafreeze, work, *pairs):
    shutil.rmtree(work, ignore_errors=True)
    failed = 0
    for pair in pairs:
        version, contrib = pair.split("/")
        problem = holds(Path(permafreeze).resolve(), version, contrib, Path(work).resolve() / version)
        print(f"PyInstaller/hooks-contrib {pair}: {problem or 'ok'}")
        failed += problem is not None
    print(f"{len(pairs) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
