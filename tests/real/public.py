"""Projects of others, as they are: fetched at a commit, built as a new user would, and run."""

import io
import shutil
import subprocess
import tarfile

import freeze
from freeze import Failed, Result


def bare_repository(mirror, name):
    """The bare repository of `OWNER/NAME` in a folder of such, as OWNER+NAME."""
    folder = mirror / name.replace("/", "+")
    places = [folder / "repo/.git", folder / "repo", folder]
    return next((place for place in places if (place / "HEAD").exists()), None)


def fetch(project, folder, mirror):
    """Lays the project's tree into a folder."""
    address, commit = project["git"], project["commit"]
    repository = mirror and bare_repository(mirror, address)
    if not repository:
        repository = folder.with_name("repository")
        freeze.run("fetch", ["git", "init", "-q", "--bare", repository])
        source = f"https://github.com/{address}"
        freeze.run("fetch", ["git", "-C", repository, "fetch", "-q", "--depth", "1", source, commit])
    tree = subprocess.run(["git", "-C", repository, "archive", commit], capture_output=True)
    if tree.returncode:
        raise Failed("fetch", tree.stderr.decode().strip())
    with tarfile.open(fileobj=io.BytesIO(tree.stdout)) as archive:
        archive.extractall(folder, filter="data")


def answers(project, executables, folder):
    """Runs the project's commands; fails unless they exit with 0 and say what is expected."""
    folder.mkdir()
    home = folder / "home"
    home.mkdir()
    for command, word in project["commands"]:
        name, *arguments = command.split()
        program = next((path for path in executables if path.name == f"{name}-{freeze.TARGET}"), None)
        if program is None:
            raise Failed("run", f"no executable `{name}`, but {', '.join(path.name for path in executables)}")
        environment = {"HOME": str(home), "PATH": "/usr/bin:/bin"}
        done = subprocess.run(
            [program, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL
        )
        said = done.stdout + done.stderr
        if done.returncode or word not in said:
            raise Failed("run", f"`{command}`: exit code {done.returncode}, expected 0 and {word!r}\n{said.strip()}")


def of_project(name, project, work, tools, mirror):
    """Fetches, builds and runs a project; with the option that it needs, if that is known."""
    result = Result(name, commit=project["commit"])
    folder = work / name / "project"
    shutil.rmtree(folder.parent, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        fetch(project, folder, mirror)
        if "options" in project:
            with open(folder / "pyproject.toml", "a", encoding="utf-8") as file:
                file.write(f"\n{project['options']}\n")
            result.options = freeze.options(folder / "pyproject.toml")
        freeze.prepare(folder, tools)
        freeze.lock(folder, tools)
        answers(project, freeze.build(folder, tools, result), folder.parent / "empty")
    except Failed as failure:
        result.verdict, result.cause = f"fails: {failure.step}", failure.message
    except subprocess.TimeoutExpired as late:
        result.verdict, result.cause = "fails: time", f"no end after {late.timeout:.0f} s"
    return result
