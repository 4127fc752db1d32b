"""A wheel that several targets install is fetched and compiled once: one entry of the plan, one object for all.

usage: shared_objects.py FLAKE PROJECT NAME
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from derivation import closure, of_attribute  # noqa: E402


def main():
    flake, project, name = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    plan = json.loads((project / "permafreeze.lock").read_text())
    files = {
        target: {package["file"] for package in it["packages"] if "file" in package}
        for target, it in plan["targets"].items()
    }
    objects = {
        target: {drv.name: drv.path for drv in closure(of_attribute(flake, f"{name}-{target}"))} for target in files
    }
    [first, *others] = files
    for other in others:
        shared = files[first] & files[other]
        pure = {file for file in files[first] if file.endswith("-any.whl")}
        assert shared and pure, f"{first} and {other} share nothing: the test is void"
        assert pure & files[other] == pure, f"{other} lacks {sorted(pure - files[other])}"
        labels = ["object-" + file.replace("!", "_") for file in sorted(shared)] + ["object-loader", "object-stdlib"]
        twice = [label for label in labels if objects[first][label] != objects[other][label]]
        assert not twice, f"compiled once for {first} and once for {other}: {twice}"
        own = [file for file in files[other] - shared if "object-" + file in objects[first]]
        assert not own, f"{first} compiles wheels of {other}: {own}"
        print(f"{first}, {other}: {len(labels)} objects shared, {len(files[other]) - len(shared)} wheels of {other} alone")


if __name__ == "__main__":
    main()
