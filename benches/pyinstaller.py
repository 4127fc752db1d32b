"""The other side: plain PyInstaller from a venv of the runtime, with the locked wheels, on the same project."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import measure

REFERENCE = Path(__file__).resolve().parents[1] / "tests" / "reference"


class PyInstaller:
    """A venv with the project installed, and PyInstaller's folders."""

    def __init__(self, project, name, runtime, work):
        self.project = project
        self.name = name
        self.runtime = runtime
        self.venv = work / "venv"
        self.out = work / "pyinstaller"

    def prepare(self):
        """Makes the venv: not part of what is measured, as the fetched wheels are not."""
        command = [REFERENCE / "venv" / "make.sh", "--dev", "--runtime", self.runtime, self.project, self.venv]
        subprocess.run([str(part) for part in command], check=True, stdout=sys.stderr)

    def clean(self):
        """Freezes from nothing: no work folder, no cache."""
        shutil.rmtree(self.out, ignore_errors=True)
        command = [REFERENCE / "plain_pyinstaller" / "build.sh", self.venv, self.project, self.out]
        return measure.run(command), self.executable()

    def again(self):
        """Freezes with what the last run left: its spec, work folder and cache."""
        command = [self.venv / "bin" / "python", "-I", "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
        folders = ["--distpath", self.out / "dist", "--workpath", self.out / "build", self.out / f"{self.name}.spec"]
        environment = os.environ | {"PYINSTALLER_CONFIG_DIR": str(self.out / "config")}
        return measure.run([*command, *folders], environment=environment, cwd=self.out), self.executable()

    def executable(self):
        """The frozen file."""
        return self.out / "dist" / self.name

    def installed(self, module_file):
        """Where a file of the project (`agent_runner/cli.py`) is installed."""
        [found] = self.venv.glob(f"lib/python3.*/site-packages/{module_file}")
        return found
