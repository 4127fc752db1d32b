"""One changed line of the application changes its object, its executables, and what is made of these: no derivation more.

usage: changed_line.py CHECKOUT PROJECT

All outputs of the project's flake (executables for every target, comparisons, jobs) are evaluated as they are, in a copy, and in a
copy with one line more. Prints how long an evaluation took (processor seconds) and how much it allocated.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from derivation import closure  # noqa: E402

EVERY = """let
  made = import {checkout}/nix/mk-flake.nix {{ root = {project}; }};
  leaves = it: if it.type or null == "derivation" then [ it ] else builtins.concatMap leaves (builtins.attrValues it);
in leaves {{ inherit (made) packages checks hydraJobs; }}"""


def evaluate(checkout, project):
    """The derivations of all outputs, and what Nix says of the evaluation."""
    command = ["nix-instantiate", "--expr", EVERY.format(checkout=checkout, project=project)]
    run = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "NIX_SHOW_STATS": "1"})
    assert run.returncode == 0, run.stderr
    statistics = json.loads(run.stderr[run.stderr.index("\n{") if not run.stderr.startswith("{") else 0 :])
    return sorted(set(run.stdout.split())), statistics


def names(derivations):
    """How many derivations there are of each name."""
    return Counter(derivation.name for derivation in derivations)


def expected(project):
    """What a change of the application may change: its objects, and for each of two host systems what has them inside."""
    plan = json.loads((project / "permafreeze.lock").read_text())
    pins = json.loads((project / "permafreeze.expected.json").read_text())["pins"]
    artifacts = [f"{name}-{target}" for name in plan["executables"] for target in plan["targets"]]
    hosts = 2
    changed = Counter({artifact: hosts for artifact in artifacts})
    changed[f"object-{plan['project']}"] = hosts
    changed.update({f"repro-{artifact}": hosts for artifact in pins})
    # Hydra builds on one system.
    changed.update({f"{artifact}-products": 1 for artifact in artifacts} | {"release": 1})
    return changed


def changed_copy(project, folder):
    """A copy of a project with a line more in its entry module."""
    shutil.copytree(project, folder, ignore=shutil.ignore_patterns("__pycache__"))
    plan = json.loads((project / "permafreeze.lock").read_text())
    [executable] = plan["executables"].values()
    [content] = [it for it in plan["sources"]["."]["contents"] if it["from"].startswith("src/")]
    module = re.sub(r"\.", "/", executable["entry"]["module"])
    file = folder / Path(content["from"]).parent / f"{module}.py"
    file.write_text(file.read_text() + "\nCHANGED = 1\n")


def main():
    checkout, project = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    with tempfile.TemporaryDirectory(prefix="changed-line-") as work:
        same, changed = Path(work) / "same", Path(work) / "changed"
        shutil.copytree(project, same, ignore=shutil.ignore_patterns("__pycache__"))
        changed_copy(project, changed)
        before, statistics = evaluate(checkout, project)
        assert evaluate(checkout, same)[0] == before, "the project's folder changes derivations"
        after, _ = evaluate(checkout, changed)
    known = {it.path: it for it in closure(*before)}
    later = {it.path: it for it in closure(*after)}
    gone, made = names(known[it] for it in known.keys() - later), names(later[it] for it in later.keys() - known)
    assert gone == made, f"other derivations than before: {gone - made} {made - gone}"
    wanted = expected(project)
    assert made == wanted, f"more: {made - wanted}, less: {wanted - made}"
    memory = statistics["gc"]["totalBytes"] / 1e6
    print(f"{sum(made.values())} of {len(known)} derivations change; {statistics['cpuTime']:.2f} s, {memory:.0f} MB allocated")


if __name__ == "__main__":
    main()
