"""uv.lock and pylock.toml against poetry.lock, and against uv itself.

A twin of a project is locked by uv at the versions of its poetry.lock, from the index that pip is configured with. The
plans of poetry.lock, uv.lock and the pylock.toml that uv exports must be the same but for what only the lock says (its
name, the sizes of files), with the same digests; the install list must be that of `uv export` on every target.
"""

import copy
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import support
from lock import index_url
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REAL = support.REPOSITORY / "tests/projects/real"
# project -> groups and extras of each case
CASES = {
    support.REPOSITORY / "examples/agent-runner": [(["main"], []), (["main", "dev"], [])],
    support.REPOSITORY / "tests/projects/lock-project-table": [
        (["main"], []),
        (["main"], ["tracing"]),
        (["main", "test"], ["all"]),
        (["typing"], []),
        (["main", "ops"], []),
    ],
    **{REAL / name: [(["main"], [])] for name in ("celery-worker", "fastapi-service", "namespace", "qt-window")},
    **{
        REAL / name: [(["main"], [])]
        for name in ("science", "src-data", "todo-screen", "two-commands", "typer-plugins")
    },
}
LOCKS = ("poetry.lock", "uv.lock", "pylock.toml")


def constraints(lock: dict) -> list[str]:
    """The versions of poetry.lock; a marker tells those of one package apart."""
    names = [package["name"] for package in lock["package"]]
    found = []
    for package in lock["package"]:
        if package.get("source", {}).get("type") == "directory":
            continue
        marker = package.get("markers", "")
        texts = [f"({text})" for text in (set(marker.values()) if isinstance(marker, dict) else {marker}) if text]
        several = names.count(package["name"]) > 1 and texts
        found.append(f"{package['name']}=={package['version']}" + (f" ; {' or '.join(texts)}" if several else ""))
    return found


def settings_of_uv(project: Path) -> tuple[str, list[str]]:
    """What Poetry's tables say, for uv, and lines for the table of groups that the project has."""
    own = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    poetry = own.get("tool", {}).get("poetry", {})
    lock = tomllib.loads((project / "poetry.lock").read_text(encoding="utf-8"))
    lines = ["[tool.uv]", f"constraint-dependencies = {json.dumps(constraints(lock))}", "[tool.uv.sources]"]
    for name, table in poetry.get("dependencies", {}).items():
        if isinstance(table, dict) and "path" in table:
            editable = ", editable = true" if table.get("develop") else ""
            lines.append(f"{name} = {{ path = {json.dumps(table['path'])}{editable} }}")
    groups = []
    for group, table in poetry.get("group", {}).items():
        requirements = []
        for name, version in table["dependencies"].items():
            version = "" if version == "*" else version if version[0] in "<>=!~" else f"=={version}"
            requirements.append(name + version)
        groups.append(f"{group} = {json.dumps(requirements)}")
    # One table of groups: where the project has one, the lines go below its head.
    if groups and "dependency-groups" not in own:
        lines += ["[dependency-groups]", *groups]
        groups = []
    return "\n".join(lines) + "\n", groups


def twin(project: Path, folder: Path) -> None:
    """Makes a folder with all three lock files."""
    shutil.copytree(project, folder)
    pyproject = folder / "pyproject.toml"
    added, groups = settings_of_uv(project)
    text = pyproject.read_text(encoding="utf-8")
    text = text.replace("[dependency-groups]\n", "\n".join(["[dependency-groups]", *groups, ""]), 1)
    pyproject.write_text(f"{text}\n{added}", encoding="utf-8")
    for name in ("permafreeze.lock", "permafreeze.expected.json"):
        (folder / name).unlink(missing_ok=True)
    uv(folder, "lock", "--quiet")
    uv(
        folder,
        "export",
        "--quiet",
        "--frozen",
        "--format",
        "pylock.toml",
        "--no-default-groups",
        "--output-file",
        "pylock.toml",
    )


def uv(folder: Path, *arguments: str) -> str:
    """Runs uv with the Python that is frozen."""
    environment = {**os.environ, "UV_DEFAULT_INDEX": index_url(), "UV_PYTHON_DOWNLOADS": "never"}
    environment["UV_PYTHON"] = f"{os.environ['PERMAFREEZE_RUNTIME']}/bin/python3"
    command = [shutil.which("uv", path=str(Path(sys.executable).parent)) or "uv", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"uv {' '.join(arguments)} in {folder.name}: {done.stderr}")
    return done.stdout


def settings(groups: list[str], extras: list[str], targets=tuple(support.TARGETS), lock: str = "uv.lock") -> str:
    lines = {"targets": list(targets), "groups": groups, "extras": extras, "lock": lock}
    return "".join(f"{key} = {json.dumps(value)}\n" for key, value in lines.items())


def without_what_the_lock_says(plan: dict) -> dict:
    plan = copy.deepcopy(plan)
    plan.pop("lock", None)
    for file in plan.get("files", {}).values():
        file.pop("size", None)
    if "error" in plan:
        plan["error"] = re.sub(r"`(uv\.lock|pylock\.toml)`", "`poetry.lock`", plan["error"])
    return plan


def uvs_list(folder: Path, target: str, groups: list[str], extras: list[str]) -> list[str]:
    arguments = ["export", "--quiet", "--frozen", "--no-hashes", "--no-annotate", "--no-header", "--no-emit-local"]
    arguments += ["--no-default-groups", *(f"--extra={extra}" for extra in extras)]
    arguments += [f"--group={group}" for group in groups if group != "main"]
    if "main" not in groups:
        arguments = [argument.replace("--group=", "--only-group=") for argument in arguments]
    environment = support.environment(target)
    found = []
    for line in uv(folder, *arguments).splitlines():
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate(environment):
            found.append(f"{canonicalize_name(requirement.name)} {next(iter(requirement.specifier)).version}")
    return sorted(found)


def our_list(answer: list | dict, local: set[str]) -> list[str] | str:
    if isinstance(answer, dict):
        return answer["error"]
    return sorted(f"{canonicalize_name(name)} {version}" for name, version in answer if name not in local)


def check_plans(outcomes: support.Outcomes, project: Path, folder: Path) -> None:
    original = {"do": "plan", "project": str(project), "settings": settings(["main"], [], lock="poetry.lock")}
    others = [
        {"do": "plan", "project": str(folder), "settings": settings(["main"], [], lock=lock)} for lock in LOCKS[1:]
    ]
    expected, *found = map(without_what_the_lock_says, support.ask([original, *others]))
    for lock, plan in zip(LOCKS[1:], found, strict=True):
        # An exported file has no development group, from which the freezer is pinned.
        wanted = copy.deepcopy(expected)
        if lock == "pylock.toml" and any(target.get("freezer") for target in wanted.get("targets", {}).values()):
            for both in (wanted, plan):
                both["digests"] = {}
                both["files"] = {
                    name: file for name, file in both["files"].items() if not name.startswith("pyinstaller")
                }
                for target in both["targets"].values():
                    target["freezer"] = {}
        for key in sorted(wanted.keys() | plan.keys()):
            outcomes.check(f"{key} of {project.name} by {lock}", wanted.get(key), plan.get(key))


def check_lists(outcomes: support.Outcomes, project: Path, folder: Path) -> None:
    packages = tomllib.loads((folder / "uv.lock").read_text(encoding="utf-8"))["package"]
    local = {package["name"] for package in packages if package["source"].keys() & {"editable", "directory"}}
    cases = [(target, *case) for target in support.TARGETS for case in CASES[project]]
    questions = [
        {"do": "select", "project": str(folder), "settings": settings(groups, extras), "target": target}
        for target, groups, extras in cases
    ]
    for (target, groups, extras), answer in zip(cases, support.ask(questions), strict=True):
        expected = uvs_list(folder, target, groups, extras)
        outcomes.check(f"{project.name} for {target}, {groups}, {extras}", expected, our_list(answer, local))


def main() -> None:
    outcomes = support.Outcomes("uv_twins")
    for project in CASES:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary, project.name)
            twin(project, folder)
            check_plans(outcomes, project, folder)
            check_lists(outcomes, project, folder)
    outcomes.finish()


if __name__ == "__main__":
    main()
