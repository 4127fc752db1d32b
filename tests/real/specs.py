"""PyInstaller specs of others, imported by `permafreeze init --from` as a newcomer would."""

import re
import shutil
import subprocess
import tomllib

import freeze
import public
from freeze import Failed, Result

TARGETS = ("linux-amd64", "windows-amd64", "darwin-arm64")
# `warning: PATH:LINE: WHAT (TARGETS): WHY`, or without a line; a note has no `warning: `.
WARNING = re.compile(r"^warning: (?P<path>[^:]+):(?:(?P<line>\d+):)? (?P<what>.+?): ")


def pyproject(folder, name):
    """A project that has none gets the least that there can be."""
    file = folder / "pyproject.toml"
    if not file.exists():
        file.write_text(f'[project]\nname = "{name}"\nversion = "0"\n', encoding="utf-8")


def imported(project, folder, tools):
    """The table that is made of the spec, and what is said."""
    targets = [word for target in TARGETS for word in ("--target", target)]
    command = [tools.permafreeze, "--project", folder, "init", "--from", folder / project["spec"], "--print", "--force"]
    arguments = [folder if word == "." else word for word in project.get("arguments", [])]
    done = subprocess.run([*command, *targets, *arguments], cwd=folder, capture_output=True, text=True, timeout=freeze.PATIENCE)
    if done.returncode:
        raise Failed("init", next(line for line in done.stderr.splitlines() if line.startswith("error: ")))
    return done.stdout, done.stderr


def executables(table):
    """How many executables a table describes."""
    return len(tomllib.loads(table)["tool"]["permafreeze"].get("executable", [])) or 1


def options(table):
    """The names of the options that a table has, those of its parts too."""
    found = set()

    def collect(entries):
        for name, value in entries.items():
            parts = value if isinstance(value, list) and name == "executable" else [value]
            for part in parts:
                if isinstance(part, dict) and name in ("executable", "windows"):
                    collect(part)
                else:
                    found.add(name)

    collect(tomllib.loads(table)["tool"]["permafreeze"])
    return sorted(found - {"name", "targets"})


def unsaid(said):
    """What no option says, each once: its name or value, and the lines of the spec."""
    lines = {}
    for warning in filter(None, map(WARNING.match, said.splitlines())):
        what = re.sub(r" \([^()]*(linux|windows|darwin)-[^()]*\)$", "", warning["what"])
        lines.setdefault(what, []).append(warning["line"])
    where = lambda found: f" ({', '.join(found)})" if (found := [line for line in found if line]) else ""
    return [what + where(found) for what, found in lines.items()]


def of_project(name, project, work, tools, mirror):
    """Fetches a project and imports its spec."""
    result = Result(name, commit=project["commit"], verdict="read")
    folder = work / name / "project"
    shutil.rmtree(folder.parent, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        public.fetch(project, folder, mirror)
        pyproject(folder, name)
        table, said = imported(project, folder, tools)
        if (found := executables(table)) != project["executables"]:
            raise Failed("table", f"{found} executables, expected {project['executables']}\n{table}")
        if missing := [line for line in project["has"] if line not in table.splitlines()]:
            raise Failed("table", f"expected {missing[0]!r}\n{table}")
        result.options, result.unsaid = options(table), unsaid(said)
    except Failed as failure:
        result.failed(failure.step, failure.message, folder)
        if failure.step == "clone":
            result.verdict = freeze.NOT_TRIED
    except subprocess.TimeoutExpired as late:
        result.failed("time", f"no end after {late.timeout:.0f} s", folder)
    return result
