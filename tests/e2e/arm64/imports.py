"""Every module of the arm64 executable is imported in it, under emulation; the outcome must equal the amd64 executable's.

usage: imports.py EXECUTABLE REPORT AMD64_OUTCOMES ROOT WORK

The amd64 executable's outcomes are what tests/reference/smoke found (`frozen.json`) and has compared with the venv's.
Needs PERMAFREEZE_HOST_PYTHON, a Python of the executable's version. Prints each difference and `N passed, N failed`
over all modules.
"""

import json
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SMOKE = os.path.abspath(os.path.join(HERE, "..", "..", "reference", "smoke"))
EMULATE = os.path.abspath(os.path.join(HERE, "..", "..", "support", "emulate.sh"))
sys.path.insert(0, SMOKE)
from run import module_names  # noqa: E402

# Seconds for one module: what a busy machine needs under emulation.
LIMIT = "900"

# Modules that one of the executables has alone, by design: their names say the architecture.
ALONE = {"_sysconfigdata__linux_x86_64-linux-gnu", "_sysconfigdata__linux_aarch64-linux-gnu"}


def swapped(executable, work):
    """A copy of the executable that runs import_all instead of its entry."""
    out = os.path.join(work, os.path.basename(executable))
    python = os.environ["PERMAFREEZE_HOST_PYTHON"]
    script = os.path.join(SMOKE, "import_all.py")
    subprocess.run([python, "-I", os.path.join(SMOKE, "swap_entry.py"), executable, script, out], check=True, env={})
    os.chmod(out, 0o755)
    return out


def start(command, names, work, label):
    """Starts the import of `names`; returns the process and where its result will be."""
    request, result = (os.path.join(work, f"{label}-{kind}.json") for kind in ("names", "outcomes"))
    with open(request, "w", encoding="utf-8") as file:
        json.dump(names, file)
    process = subprocess.Popen([*command, request, result, LIMIT], env={"TMPDIR": work}, cwd="/", stdin=subprocess.DEVNULL)
    return process, result


def finish(started):
    outcomes = {}
    for process, result in started:
        if process.wait():
            sys.exit(f"an executable ended with {process.returncode}\n0 passed, 1 failed")
        outcomes.update(json.load(open(result, encoding="utf-8")))
    return outcomes


def halves(names):
    """Two lists that take about the same time: packages stay whole."""
    groups = {}
    for name in names:
        groups.setdefault(name.partition(".")[0], []).append(name)
    lists = [[], []]
    for group in sorted(groups.values(), key=len, reverse=True):
        min(lists, key=len).extend(group)
    return lists


def compare(arm64, amd64):
    """Lines about modules whose outcome is not the same."""
    for name in sorted(arm64.keys() | amd64.keys()):
        if name in ALONE:
            if name in arm64 and arm64[name][0] != "ok":
                yield f"{name}: on arm64 {arm64[name]}"
        elif arm64.get(name) != amd64.get(name):
            yield f"{name}: on arm64 {arm64.get(name)}, on amd64 {amd64.get(name)}"


def main(executable, report, amd64_outcomes, root, work):
    work = os.path.abspath(work)
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work)
    program = swapped(os.path.abspath(executable), work)
    command = [EMULATE, "--root", os.path.abspath(root), "--bind", work, "--set", f"TMPDIR={work}", program]
    lists = halves(module_names(report))
    outcomes = finish([start(command, names, work, f"half-{i}") for i, names in enumerate(lists)])
    amd64 = json.load(open(amd64_outcomes, encoding="utf-8"))
    lines = list(compare(outcomes, amd64))
    print("".join(f"{line}\n" for line in lines), end="")
    fail_alike = sum(outcome[0] != "ok" for outcome in outcomes.values())
    print(f"{len(outcomes)} modules; {fail_alike} do not import, on amd64 with the same outcome" if not lines else "")
    print(f"{len(outcomes) - len(lines)} passed, {len(lines)} failed")
    shutil.rmtree(work)
    sys.exit(1 if lines else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
