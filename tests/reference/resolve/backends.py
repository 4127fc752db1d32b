"""What build backends package, and the version files that they write, against the plan.

A wheel of each made-up project is built by its backend; the plan of the same project must have the same files, and version
files with the same names in them. A name that only an annotation or a type checker needs does not count.
"""

import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import support

VERSIONS = ["1.2.3", "1!2.0rc1", "0.4.post1.dev2"]
# What says the version to a backend that would ask git for it.
TOLD = ["SETUPTOOLS_SCM_PRETEND_VERSION", "PDM_BUILD_SCM_VERSION"]
FLAT, SRC = "my_app", "src/my_app"
HATCH, SETUPTOOLS, PDM = "hatchling.build", "setuptools.build_meta", "pdm.backend"
VCS = "[tool.hatch.version]\nsource = 'vcs'\n"

# backend, folder of the package, tables
CASES = [
    (HATCH, FLAT, VCS + "[tool.hatch.build.hooks.vcs]\nversion-file = 'my_app/_version.py'\n"),
    (HATCH, SRC, VCS + "[tool.hatch.build.hooks.vcs]\nversion-file = 'src/my_app/sub/_version.py'\n"),
    (HATCH, SRC, VCS + "[tool.hatch.build.targets.wheel.hooks.vcs]\nversion-file = 'src/my_app/version.txt'\n"),
    (HATCH, FLAT, VCS + "[tool.hatch.build.hooks.vcs]\nversion-file = 'docs/version.txt'\n"),
    (
        HATCH,
        FLAT,
        VCS + "[tool.hatch.build.hooks.vcs]\nversion-file = 'my_app/_v.py'\n"
        "template = '''A = {version!r}\nB = \"{version}\"\nC = {version_tuple}\nD = [1, None]\n'''\n",
    ),
    (HATCH, FLAT, VCS + "[tool.hatch.version.raw-options]\nwrite_to = 'my_app/_version.py'\n"),
    (HATCH, FLAT, VCS + "[tool.hatch.build.hooks.version]\npath = 'my_app/_version.py'\n"),
    (HATCH, FLAT, VCS + "[tool.hatch.build.hooks.version]\npath = 'my_app/v.py'\ntemplate = 'V = \"v{version}\"'\n"),
    (SETUPTOOLS, FLAT, "[tool.setuptools_scm]\nversion_file = 'my_app/_version.py'\n"),
    (SETUPTOOLS, SRC, "[tool.setuptools_scm]\nwrite_to = 'src/my_app/_version.py'\n"),
    (
        SETUPTOOLS,
        SRC,
        "[tool.setuptools_scm]\nversion_file = 'src/my_app/_version.py'\nversion_file_template = 'V = {version!r}'\n",
    ),
    (PDM, SRC, "[tool.pdm.version]\nsource = 'scm'\nwrite_to = 'my_app/VERSION'\n"),
    (PDM, FLAT, "[tool.pdm.version]\nsource = 'scm'\nwrite_to = 'my_app/v.py'\nwrite_template = \"V = '{}'\"\n"),
    (
        HATCH,
        FLAT,
        "[tool.hatch.version]\nsource = 'versioningit'\n[tool.versioningit.write]\nfile = 'my_app/_version.py'\n",
    ),
]


def write(folder: Path, backend: str, package: str, tables: str, version: str) -> None:
    """Writes the project."""
    files = {
        f"{package}/__init__.py": "",
        f"{package}/cli.py": "def main(): ...\n",
        f"{package}/sub/__init__.py": "",
        "docs/index.md": "",
        "uv.lock": "version = 1\nrequires-python = '>=3.11'\n[[package]]\nname = 'my-app'\nversion = '1.0'\n"
        "source = { editable = '.' }\n",
        "pyproject.toml": f"[project]\nname = 'my-app'\nrequires-python = '>=3.11'\ndynamic = ['version']\n"
        f"[project.scripts]\nmy-app = 'my_app.cli:main'\n[build-system]\nrequires = []\nbuild-backend = '{backend}'\n"
        f"[tool.permafreeze]\nversion = '{version}'\n" + tables,
    }
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")


def tag(folder: Path, version: str) -> None:
    """Makes a repository of the project, in which a tag says the version: versioningit is told it in no other way."""
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    for arguments in (["init"], ["add", "."], [*identity, "commit", "-m", "all"], ["tag", f"v{version}"]):
        subprocess.run(["git", *arguments], cwd=folder, capture_output=True, check=True)


def theirs(folder: Path, backend: str) -> dict[str, str]:
    """The files of the wheel that the backend builds: text by path."""
    code = f"import {backend} as backend; backend.build_wheel('../wheels')"
    wheels = folder.parent / "wheels"
    wheels.mkdir()
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{backend} failed:\n{(folder / 'pyproject.toml').read_text()}\n{done.stdout}{done.stderr}")
    (wheel,) = wheels.iterdir()
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if ".dist-info/" not in name]
        return {name: archive.read(name).decode() for name in names}


def ours(folder: Path) -> dict[str, str]:
    """The files that the plan has: text by path."""
    (plan,) = support.ask([{"do": "plan", "project": str(folder), "settings": ""}])
    if "error" in plan:
        sys.exit(plan["error"])
    source, found = plan["sources"]["."], {}
    for content in source["contents"]:
        start = folder / content["from"]
        for file in [start] if start.is_file() else sorted(start.rglob("*")):
            if file.is_file():
                found[(Path(content["to"]) / file.relative_to(start)).as_posix()] = file.read_text(encoding="utf-8")
    return found | source.get("generated", {})


def meaning(path: str, text: str) -> object:
    """The values of a module; of another file, its text."""
    if not path.endswith(".py"):
        return text
    values: dict[str, object] = {}
    exec(text, values)
    left_out = {"__builtins__", "__annotations__", "__conditional_annotations__", "annotations", "TYPE_CHECKING"}
    return {name: value for name, value in values.items() if name not in left_out and not callable(value)}


def main() -> None:
    outcomes = support.Outcomes("backends")
    for backend, package, tables in CASES:
        for version in VERSIONS:
            os.environ.update(dict.fromkeys(TOLD, version))
            with tempfile.TemporaryDirectory() as temporary:
                folder = Path(temporary, "project")
                write(folder, backend, package, tables, version)
                # Ours first: what a backend writes into the folder must not be there.
                found = ours(folder)
                tag(folder, version)
                expected = theirs(folder, backend)
            found, expected = ({path: meaning(path, text) for path, text in files.items()} for files in (found, expected))
            outcomes.check(f"{backend} {version}: {tables}", expected, found)
    outcomes.finish()


if __name__ == "__main__":
    main()
