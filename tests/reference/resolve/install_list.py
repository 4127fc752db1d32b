"""The installed packages against Poetry's own installer, for every target, and several groups and extras."""

import json

import support
from cleo.io.null_io import NullIO
from packaging.tags import Tag
from packaging.utils import canonicalize_name
from poetry.config.config import Config
from poetry.factory import Factory
from poetry.installation.executor import Executor
from poetry.installation.installer import Installer
from poetry.repositories import RepositoryPool
from poetry.repositories.installed_repository import InstalledRepository
from poetry.utils.env import NullEnv

# project -> groups and extras of each case
CASES = {
    "lock-poetry-table-1.1": [(["main"], []), (["main"], ["fast"]), (["main", "worker"], ["cache"]), (["dev"], [])],
    "lock-poetry-table-2.0": [(["main"], []), (["main"], ["fast"]), (["main", "worker"], ["cache"]), (["dev"], [])],
    "lock-poetry-table-2.1": [(["main"], []), (["main"], ["fast"]), (["main", "worker"], ["cache"]), (["dev"], [])],
    "lock-project-table": [(["main"], []), (["main"], ["tracing"]), (["main", "test"], ["all"]), (["main", "ops"], [])],
    "agent-runner": [(["main"], []), (["main", "dev"], [])],
}


class TargetEnvironment(NullEnv):
    """An environment on a target, as Poetry asks for one."""

    def __init__(self, target: str) -> None:
        super().__init__()
        self._target = target

    @property
    def marker_env(self):
        version_info = (*map(int, support.PYTHON.split(".")), "final", 0)
        return {**support.environment(self._target), "version_info": version_info, "interpreter_name": "cp"}

    @property
    def supported_tags(self):
        return [Tag(*tag.split("-")) for tag in support.tags(self._target, support.oldest(self._target)[0])]


class Recorder(Executor):
    """Takes the operations down and executes none."""

    def execute(self, operations) -> int:
        self.recorded = [operation for operation in operations if not operation.skipped]
        return 0


def poetrys_list(project, target: str, groups: list[str], extras: list[str]) -> list[str]:
    poetry = Factory().create_poetry(project, io=NullIO())
    environment, config, pool = TargetEnvironment(target), Config.create(), RepositoryPool()
    executor = Recorder(environment, pool, config, NullIO())
    installer = Installer(
        NullIO(), environment, poetry.package, poetry.locker, pool, config, installed=InstalledRepository(), executor=executor
    )
    installer.only_groups([canonicalize_name(group) for group in groups])
    installer.extras(extras)
    installer.skip_directory(False)
    if installer.run() != 0:
        raise RuntimeError(f"Poetry cannot install {project}")
    return sorted(f"{operation.package.name} {operation.package.version}" for operation in executor.recorded)


def our_list(answer: list | dict) -> list[str] | str:
    if isinstance(answer, dict):
        return answer["error"]
    return sorted(f"{canonicalize_name(name)} {version}" for name, version in answer)


def main() -> None:
    outcomes = support.Outcomes("install_list")
    for project in support.PROJECTS:
        cases = [(target, *case) for target in support.TARGETS for case in CASES[project.name]]
        questions = []
        for target, groups, extras in cases:
            settings = f"targets = {json.dumps([target])}\ngroups = {json.dumps(groups)}\nextras = {json.dumps(extras)}\n"
            questions.append({"do": "select", "project": str(project), "settings": settings, "target": target})
        for (target, groups, extras), answer in zip(cases, support.ask(questions), strict=True):
            expected = poetrys_list(project, target, groups, extras)
            outcomes.check(f"{project.name} for {target}, {groups}, {extras}", expected, our_list(answer))
    outcomes.finish()


if __name__ == "__main__":
    main()
