"""One project: copied to a folder of its own, locked, built, tried, measured."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from dataclasses import asdict, dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parents[1]
TARGET = "linux-amd64"
FLAKE = "{ outputs = _: import ./permafreeze-nix/mk-flake.nix { root = ./.; }; }\n"
SKIPPED = 77
NOT_TRIED = "not tried"
PATIENCE = 1800
# Where executables are unpacked that are unpacked once: frozen.py hands it on.
CACHE = "PERMAFREEZE_CACHE_DIR"
# Parts of the names of objects that every project has.
SHARED = ("runtime", "pyinstaller")

sys.path.insert(0, str(CHECKOUT / "tests/support"))
from derivation import closure, of_attribute  # noqa: E402
from functions import copy_functions, set_unpack  # noqa: E402


# What differs from run to run in a message.
PASSING = re.compile(r"(?<=/_MEI)\w+")


class Failed(Exception):
    """A project did not come so far: the step, and what was said."""

    def __init__(self, step, message):
        super().__init__(f"{step}: {message}")
        self.step, self.message = step, message


@dataclass
class Tools:
    """What projects are built with."""

    permafreeze: Path
    nix: Path
    clean: bool
    # Whether executables are unpacked once.
    once: bool = False


@dataclass
class Result:
    """What became of a project."""

    name: str
    verdict: str = "works"
    cause: str = ""
    options: list = field(default_factory=list)
    size: int = 0
    modules: int = 0
    seconds: float = 0.0
    commit: str = ""
    note: str = ""
    plain: str = ""
    # Of an imported spec: what no option says.
    unsaid: list = field(default_factory=list)

    def failed(self, step, message, folder):
        """It did not come so far: says so, without the places of this machine."""
        self.verdict, self.cause = f"fails: {step}", PASSING.sub("…", message.replace(f"{folder}/", ""))

    def row(self):
        return asdict(self)


def run(step, command, **more):
    """Runs a command; returns its stdout, raises with its stderr."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, **more)
    if done.returncode:
        raise Failed(step, (done.stderr.strip() or done.stdout.strip() or f"exit code {done.returncode}"))
    return done.stdout


def prepare(folder, tools):
    """Makes a flake, if it is none, and a git repository of a folder: in one that the repository around it ignores, Nix sees
    nothing."""
    flake = folder / "flake.nix"
    if not flake.exists():
        copy_functions(folder / "permafreeze-nix", tools.nix)
        flake.write_text(FLAKE)
    run("git", ["git", "-C", folder, "init", "-q"])
    run("git", ["git", "-C", folder, "add", "-A", "-f"])


def home(folder):
    """The project's own folder in its repository: the one with the lock."""
    return next(folder.rglob("poetry.lock")).parent


def spec_of(project):
    """The PyInstaller spec that a project has, or nothing."""
    return next(project.glob("*.spec"), None)


def import_spec(project, folder, tools):
    """Takes the options of a project's spec, with nothing written by hand; no flake.nix is needed."""
    run("git", ["git", "-C", folder, "init", "-q"])
    permafreeze("init", project, tools, "init", "--from", spec_of(project))


def permafreeze(step, folder, tools, *arguments):
    """Runs the command in the project's folder, as a user without settings would."""
    environment = {key: value for key, value in os.environ.items() if key not in ("RUST_BACKTRACE", "PYTHONPATH")}
    command = [tools.permafreeze, "-q", "--project", folder, *arguments]
    return run(step, command, cwd=folder, env=environment | {"NO_COLOR": "1"})


def lock(folder, tools):
    """Locks, and fetches what is locked; a plan that was committed must be what is made."""
    plan = folder / "permafreeze.lock"
    permafreeze("lock", folder, tools, "lock", *(["--check"] if plan.exists() else []))
    run("git", ["git", "-C", folder, "add", "-A", "-f", ":/"])
    permafreeze("fetch", folder, tools, "fetch")


def artifacts(folder):
    """The names of the plan's executables for the target."""
    plan = json.loads((folder / "permafreeze.lock").read_text(encoding="utf-8"))
    return sorted(name for name in plan["digests"] if name.endswith(f"-{TARGET}"))


def forget(folder):
    """Removes what the project alone is made of from the store; says whether what follows is a clean build."""
    kept = False
    for artifact in artifacts(folder):
        needed = closure(of_attribute(f"path:{folder}", artifact))
        ours = [made for made in needed if made.name.startswith("object-") or made.name.endswith((".whl", TARGET))]
        # Executables first; what another build is made of stays.
        for made in sorted(ours, key=lambda made: made.name != artifact):
            if not any(word in made.name for word in SHARED):
                command = ["nix-store", "--delete", made.output]
                subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                kept |= os.path.exists(made.output)
    return not kept


def executables(folder):
    """The files that were built."""
    return sorted(path for path in (folder / "dist").iterdir() if path.name.endswith(f"-{TARGET}") and path.is_file())


def build(folder, tools, result):
    """Builds the executables and measures them; returns their paths."""
    clean = tools.clean and (folder / "flake.nix").exists() and forget(folder)
    began = time.monotonic()
    permafreeze("build", folder, tools, "build", "--locked", TARGET)
    result.seconds = round(time.monotonic() - began, 1) if clean else 0
    paths, modules = executables(folder), set()
    for path in paths:
        report = json.loads((folder / f"dist/.{path.name}/share/permafreeze/report.json").read_text(encoding="utf-8"))
        modules |= {module["name"] for module in report["modules"]}
    result.size = sum(path.stat().st_size for path in paths)
    result.modules = len(modules)
    return paths


def options(pyproject):
    """The options that a project sets, the choice of targets left out."""
    with open(pyproject, "rb") as file:
        return sorted(set(tomllib.load(file).get("tool", {}).get("permafreeze", {})) - {"targets"})


def try_check(check, programs, folder):
    """Runs a project's check in an empty folder; returns why this machine cannot make it, or nothing."""
    folder.mkdir()
    more = {"PYTHONPATH": str(HERE), "PYTHONDONTWRITEBYTECODE": "1", CACHE: str(folder.parent / "cache")}
    environment = os.environ | more
    command = [sys.executable, check, *programs]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=PATIENCE)
    if done.returncode == SKIPPED:
        return done.stdout.strip()
    if done.returncode:
        raise Failed("check", (done.stdout + done.stderr).strip())
    return ""


def no_host(folder):
    """A committed lock must not say where files come from: pip's configuration does."""
    if "://" in (folder / "poetry.lock").read_text(encoding="utf-8"):
        raise Failed("lock", "poetry.lock names a host")


def of_folder(source, work, tools):
    """Copies, builds and tries a project of tests/projects/real."""
    result = Result(source.name)
    repository = work / source.name / "project"
    shutil.rmtree(repository.parent, ignore_errors=True)
    shutil.copytree(source, repository, ignore=shutil.ignore_patterns("check.py", "__pycache__"))
    folder = home(repository)
    try:
        if spec_of(folder):
            import_spec(folder, repository, tools)
        if tools.once:
            # Another plan than the one that is committed.
            set_unpack(folder, "cache")
            (folder / "permafreeze.lock").unlink(missing_ok=True)
        if not spec_of(folder):
            prepare(folder, tools)
            result.options = options(folder / "pyproject.toml")
        lock(folder, tools)
        no_host(folder)
        result.cause = try_check(source / "check.py", build(folder, tools, result), repository.parent / "empty")
        result.verdict = NOT_TRIED if result.cause else "works"
    except Failed as failure:
        result.failed(failure.step, failure.message, folder)
    except subprocess.TimeoutExpired as late:
        result.failed("time", f"no end after {late.timeout:.0f} s", folder)
    return result
