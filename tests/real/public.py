"""Projects of others, as they are: fetched at a commit, built as a new user would, and run."""

import io
import shlex
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
    """Lays the project's tree into a folder, without the folders that are not wanted of it."""
    address, commit = project["git"], project["commit"]
    repository = mirror and bare_repository(mirror, address)
    if not repository:
        repository = folder.with_name("repository")
        freeze.run("clone", ["git", "init", "-q", "--bare", repository])
        source = f"https://github.com/{address}"
        freeze.run("clone", ["git", "-C", repository, "fetch", "-q", "--depth", "1", source, commit])
    paths = [".", *(f":(exclude){path}" for path in project.get("without", []))]
    tree = subprocess.run(["git", "-C", repository, "archive", commit, "--", *paths], capture_output=True)
    if tree.returncode:
        raise Failed("clone", tree.stderr.decode().strip())
    with tarfile.open(fileobj=io.BytesIO(tree.stdout)) as archive:
        archive.extractall(folder, filter="data")


def answers(project, executables, folder):
    """Runs the project's commands; fails unless they exit with 0 and say what is expected."""
    folder.mkdir()
    home = folder / "home"
    home.mkdir()
    if len(executables) != 1:
        raise Failed("run", f"expected one executable, found {', '.join(path.name for path in executables)}")
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin"}
    for command, word, *read in project["commands"]:
        done = subprocess.run(
            [executables[0], *shlex.split(command)],
            cwd=folder,
            env=environment,
            input="".join(read),
            capture_output=True,
            text=True,
            timeout=120,
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
        result.failed(failure.step, failure.message, folder)
        if failure.step == "clone":
            result.verdict = freeze.NOT_TRIED
        elif project.get("fails", failure.message) in failure.message:
            result.note = project.get("note", "")
    except subprocess.TimeoutExpired as late:
        result.failed("time", f"no end after {late.timeout:.0f} s", folder)
    return result
