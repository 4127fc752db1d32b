"""The chosen wheel against pip's CandidateEvaluator, for every locked package and for made-up lists of files."""

import random
import tomllib

import support
from pip._internal.index.package_finder import CandidateEvaluator
from pip._internal.models.candidate import InstallationCandidate
from pip._internal.models.link import Link
from pip._internal.models.target_python import TargetPython
from pip._internal.models.wheel import Wheel
from pip._vendor.packaging.tags import Tag

# Of the oldest systems: those at which a wheel of PLATFORMS comes in, or goes out.
TRIED = (0, 17, 28, 34, 12, 14)
PYTHONS = ["cp313", "cp312", "cp39", "py3", "py2.py3", "py313", "cp314"]
ABIS = ["cp314", "cp313", "cp313t", "abi3", "none", "cp312"]
PLATFORMS = [
    "any", "linux_x86_64", "manylinux1_x86_64", "manylinux2010_x86_64", "manylinux2014_x86_64", "manylinux_2_17_x86_64",
    "manylinux_2_28_x86_64", "manylinux_2_34_x86_64", "manylinux2014_aarch64", "manylinux_2_28_aarch64", "win_amd64", "win32",
    "musllinux_1_2_x86_64", "macosx_10_9_x86_64", "macosx_10_13_universal2", "macosx_11_0_arm64", "macosx_14_0_arm64",
    "manylinux_2_17_x86_64.manylinux2014_x86_64", "manylinux_2_5_x86_64.manylinux1_x86_64",
]  # fmt: skip


def made_up(dice: random.Random) -> list[str]:
    files = {"a-1.tar.gz"}
    for _ in range(dice.randint(1, 12)):
        build = dice.choice(["", "", "", "-1", "-2", "-10", "-1abc"])
        tags = "-".join(dice.choice(parts) for parts in (PYTHONS, ABIS, PLATFORMS))
        files.add(f"a-1{build}-{tags}.whl")
    return sorted(files)


def locked() -> list[list[str]]:
    lists = []
    for project in support.PROJECTS:
        lock = tomllib.loads((project / "poetry.lock").read_text())
        lists += [[file["file"] for file in package.get("files", [])] for package in lock["package"]]
    return lists


class Pip:
    """pip's choice for a target."""

    def __init__(self, release: str, target: str, oldest: int) -> None:
        python = TargetPython(py_version_info=tuple(map(int, release.split("."))))
        # As pip on that machine has them; its `--platform` option puts the old names of manylinux in another order.
        self.tags = [Tag(*tag.split("-")) for tag in support.tags(target, oldest, release)]
        python._valid_tags, python._valid_tags_set = self.tags, set(self.tags)
        self.evaluator = CandidateEvaluator.create("a", python)

    def choose(self, files: list[str]) -> str | None:
        wheels = [file for file in files if file.endswith(".whl") and Wheel(file).supported(self.tags)]
        candidates = [InstallationCandidate("a", "1", Link(f"https://index.example/{file}")) for file in wheels]
        best = self.evaluator.compute_best_candidate(candidates).best_candidate
        return best.link.filename if best else None


def main() -> None:
    dice = random.Random(427)
    lists = locked() + [made_up(dice) for _ in range(1500)]
    outcomes = support.Outcomes("wheel_choice")
    own = [(target, oldest) for target in support.TARGETS for oldest in support.oldest(target) if oldest in TRIED]
    cases = [(support.DEFAULT, target, oldest) for target, oldest in own]
    cases += [(python, "linux-amd64", 28) for python in support.PYTHONS if python != support.DEFAULT]
    for python, target, oldest in cases:
        pip = Pip(python, target, oldest)
        question = {"do": "choose", "python": python, "target": target, "oldest": oldest}
        for files, found in zip(lists, support.ask([{**question, "files": files} for files in lists]), strict=True):
            outcomes.check(f"{files} for {target} from {oldest}, Python {python}", pip.choose(files), found)
    outcomes.finish()


if __name__ == "__main__":
    main()
