"""Builds the project for Windows by plain PyInstaller under wine, and records what is in it: record.py RUNTIME WORK OUT.json

RUNTIME: the archive of the runtime that our executable has. WORK: an empty folder. Needs WINE and WINEPREFIX
(tests/support/step.sh, use_wine) and an index that pip is configured with; some ten minutes, nearly all of them waiting.
What is installed is the project's lock and the list TOOLS, and nothing else.
"""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parents[2]
PROJECT = CHECKOUT / "tests/projects/windows"
TOOLS = ["altgraph==0.17.5", "packaging==26.4", "pefile==2024.8.26", "pywin32-ctypes==0.2.3", "setuptools==84.2.1"]
METADATA = "Metadata-Version: 2.1\nName: desk\nVersion: 1.0.0\n"
LAUNCHER = "import sys\nfrom desk.cli import main\nsys.exit(main())\n"
# What PyInstaller itself needs is installed, but not locked.
EXCLUDED = ["_distutils_hack", "packaging", "setuptools"]
PATIENCE = 3600

sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent / "plain_pyinstaller"))


def wheels(work):
    """Downloads the locked packages for Windows, and the tools; returns their files."""
    with open(PROJECT / "poetry.lock", "rb") as file:
        locked = tomllib.load(file)["package"]
    with open(CHECKOUT / "nix/toolchain.json", "rb") as file:
        pinned = json.load(file)["wheels"]
    ours = [f"{pinned[name]['package']}=={pinned[name]['version']}" for name in ("pyinstaller-windows-amd64", "hooks-contrib")]
    wanted = [f"{package['name']}=={package['version']}" for package in locked] + ours + TOOLS
    command = ["pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", "--platform", "win_amd64"]
    subprocess.run([*command, "--python-version", "3.13", "--dest", work / "wheels", *wanted], check=True)
    return sorted((work / "wheels").glob("*.whl"))


def install(work, runtime):
    """The runtime with everything in its site-packages; returns its folder."""
    with tarfile.open(runtime) as archive:
        archive.extractall(work, filter="data")
    site = work / "python/Lib/site-packages"
    site.mkdir(parents=True)
    for wheel in wheels(work):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(site)
    shutil.copytree(PROJECT / "src/desk", site / "desk")
    (site / "desk-1.0.0.dist-info").mkdir()
    (site / "desk-1.0.0.dist-info/METADATA").write_text(METADATA, encoding="utf-8")
    return work / "python"


def freeze(work, python):
    """Runs PyInstaller under wine; returns the executable."""
    (work / "launch.py").write_text(LAUNCHER, encoding="utf-8")
    options = ["--onefile", "--name", "desk", "--collect-submodules", "desk", "--collect-data", "desk"]
    options += ["--copy-metadata", "desk", "--distpath", "dist", "--noconfirm", "--log-level", "WARN"]
    options += [word for module in EXCLUDED for word in ("--exclude-module", module)]
    command = [os.environ["WINE"], python / "python.exe", "-I", "-m", "PyInstaller", *options, "launch.py"]
    environment = os.environ | {"PYTHONHASHSEED": "0"}
    # Its streams are pipes: at files wine's own are no handles.
    done = subprocess.run(command, cwd=work, env=environment, stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=PATIENCE, check=False)
    if done.returncode:
        sys.exit(f"record: PyInstaller ended with {done.returncode}:\n{done.stderr.decode('utf-8', 'replace')[-4000:]}")
    return work / "dist/desk.exe"


def main():
    runtime, work, out = (Path(argument).resolve() for argument in sys.argv[1:])
    work.mkdir(parents=True, exist_ok=True)
    executable = freeze(work, install(work, runtime))
    from compare import contents

    found = {what: sorted(names) for what, names in contents(str(executable)).items()}
    out.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    print(f"wrote {out}: {', '.join(f'{len(names)} {what}' for what, names in found.items())}")


if __name__ == "__main__":
    main()
