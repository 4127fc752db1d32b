"""Compares permafreeze with plain PyInstaller on one project, in one run, and prints the ratios.

usage: bench.py [--project FOLDER] [--work FOLDER] [--json] [--check] [--starts N]

What is measured on both sides: a clean build (wheels fetched, nothing compiled), one line of the application changed,
nothing changed, the executable's size, start-up, and the peak memory of building. The same of a bundle (`unpack =
"cache"`), whose first start is compared with PyInstaller's and whose later ones with the venv's. And what a clean build of
every target of the plan costs, to one target: PyInstaller cannot build for another.
"""

import argparse
import json
import os
import subprocess
import sys
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path

import measure
import starts
from measure import say
from permafreeze import Store
from pyinstaller import PyInstaller

ROOT = Path(__file__).resolve().parents[1]
TARGET = "linux-amd64"
GIBIBYTE = 1 << 30


@dataclass
class Row:
    """One line of the table."""

    what: str
    unit: str
    permafreeze: float
    pyinstaller: float
    # The ratio that must not be exceeded, or the value (of the unit) if `absolute`.
    limit: float | None = None
    absolute: bool = False

    @property
    def ratio(self):
        """Ours by theirs."""
        return self.permafreeze / self.pyinstaller

    @property
    def met(self):
        """Whether the goal is reached; None without one."""
        if self.limit is None:
            return None
        return (self.permafreeze if self.absolute else self.ratio) <= self.limit


def change_a_line(file):
    """Adds a line of code to a module: both sides must see other byte code than before."""
    with file.open("a", encoding="utf-8") as module:
        module.write("BENCHED = True\n")


def start_up(executable, plain, arguments, count):
    """Median wall time in seconds of our onefile's and PyInstaller's start."""
    programs = {"ours": starts.Program([executable, *arguments]), "plain": starts.Program([plain, *arguments])}
    return [start.wall for start in starts.by_turns(programs, count).values()]


def bundle(cached, theirs, plain, count):
    """A bundle: built like the other executable, its size, its starts."""
    cached.prepare()
    clean, executable = cached.build()
    say(f"a bundle: took {clean.seconds:.1f} s; its starts")
    change_a_line(cached.flake / "examples" / cached.name / "src" / cached.name.replace("-", "_") / "cli.py")
    line, _ = cached.build()
    work = cached.flake.parent
    python = theirs.venv / "bin" / "python"
    version = starts.by_turns(
        starts.of_bundle(executable, work, ["--version"])
        | {
            "plain": starts.Program([plain, "--version"]),
            "venv": starts.Program([python, "-I", theirs.venv / "bin" / cached.name, "--version"]),
        },
        count,
    )
    large = starts.by_turns(
        {
            "later": starts.Program([executable, "selftest", "graph", "models"], work / "caches" / "later"),
            "venv": starts.Program([python, "-I", theirs.venv / "bin" / cached.name, "selftest", "graph", "models"]),
        },
        count,
    )
    size, plain_size = executable.stat().st_size, plain.stat().st_size
    rows = [Row("bundle: size", "MB", size / 1e6, plain_size / 1e6, limit=0.60)]
    for kind in ("wall", "cpu"):
        first, later, other, venv = (getattr(version[name], kind) for name in ("first", "later", "plain", "venv"))
        rows += [
            Row(f"bundle: first start, --version, {kind}", "s", first, other, limit=0.4),
            Row(f"bundle: later starts, --version, {kind} (to the venv)", "s", later, venv, limit=1.15),
            Row(
                f"bundle: later starts, selftest of graph and models, {kind} (to the venv)",
                "s",
                getattr(large["later"], kind),
                getattr(large["venv"], kind),
                limit=1.05,
            ),
        ]
    memory = version["first"].memory
    rows.append(Row("bundle: memory of a first start", "MB", memory / 1e6, 150, limit=150, absolute=True))
    return clean.seconds, line.seconds, rows


def every_target(ours, everything):
    """A clean build of every target to one of the first; both in stores that hold the fetched files only."""
    seconds = []
    for store in (ours, everything):
        store.prepare()
        say(f"clean: {', '.join(store.attributes)}")
        seconds.append(store.build()[0].seconds)
    one, all_targets = seconds
    names = " + ".join(attribute.removeprefix(f"{ours.name}-") for attribute in everything.attributes)
    return Row(f"clean build of {names} (to {TARGET} alone)", "s", all_targets, one, limit=2.0)


def compare(ours, cached, theirs, module, count):
    """Runs everything; returns the rows."""
    say("preparing: the store with the fetched files, the venv with the locked wheels")
    ours.prepare()
    theirs.prepare()
    say("clean: permafreeze")
    our_clean, executable = ours.build()
    say(f"clean: permafreeze took {our_clean.seconds:.1f} s; now PyInstaller")
    their_clean, plain = theirs.clean()
    size, plain_size = executable.stat().st_size, plain.stat().st_size
    say(f"clean: PyInstaller took {their_clean.seconds:.1f} s; start-up")
    version = start_up(executable, plain, ["--version"], count)
    selftest = start_up(executable, plain, ["selftest", "graph", "models"], max(1, count // 3))
    say("one line changed")
    change_a_line(ours.flake / module.relative_to(ours.root))
    our_line, _ = ours.build()
    change_a_line(theirs.installed(module.relative_to(source_root(module))))
    their_line, _ = theirs.again()
    say("nothing changed")
    our_same, _ = ours.build()
    their_same, _ = theirs.again()
    bundle_clean, bundle_line, bundle_rows = bundle(cached, theirs, plain, count)
    peak = max(run.step_peak for run in (our_clean, our_line, our_same))
    plain_peak = max(run.step_peak for run in (their_clean, their_line, their_same))
    return [
        Row("clean build", "s", our_clean.seconds, their_clean.seconds, limit=1 / 5),
        Row("one line changed", "s", our_line.seconds, their_line.seconds, limit=1 / 30),
        Row("nothing changed", "s", our_same.seconds, their_same.seconds),
        Row("size", "MB", size / 1e6, plain_size / 1e6, limit=1.0),
        Row("start-up: --version", "s", *version),
        Row("start-up: selftest of graph and models", "s", *selftest),
        Row("peak memory of a step", "GiB", peak / GIBIBYTE, plain_peak / GIBIBYTE, limit=1.0, absolute=True),
        Row("bundle: clean build", "s", bundle_clean, their_clean.seconds, limit=1 / 5),
        Row("bundle: one line changed", "s", bundle_line, their_line.seconds, limit=1 / 30),
        *bundle_rows,
    ]


def source_root(module):
    """The folder that is on sys.path when the module is imported."""
    folder = module.parent
    while (folder / "__init__.py").exists():
        folder = folder.parent
    return folder


def entry_module(project, pyproject):
    """The file of the module that the project's script names, and the script's name."""
    [(name, reference)] = pyproject["project"]["scripts"].items()
    path = reference.partition(":")[0].replace(".", "/") + ".py"
    found = [folder / path for folder in (project, project / "src") if (folder / path).exists()]
    if not found:
        sys.exit(f"bench: {project}: no `{path}`, which [project.scripts] names")
    return found[0], name


def runtime(work):
    """The target's runtime: PERMAFREEZE_RUNTIME, else unpacked from the store."""
    given = os.environ.get("PERMAFREEZE_RUNTIME")
    if given:
        return Path(given).resolve()
    command = [ROOT / "target" / "release" / "permafreeze", "toolchain", "list", "--json"]
    listing = json.loads(subprocess.run(command, check=True, capture_output=True, cwd=ROOT).stdout)
    archive = next(pin["path"] for pin in listing if pin["name"] == f"runtime-3.13-{TARGET}")
    folder = work / "runtime"
    subprocess.run(["rm", "-rf", folder], check=True)
    folder.mkdir(parents=True)
    subprocess.run(["tar", "-xf", archive, "-C", folder, "--strip-components=1"], check=True)
    return folder


def table(rows):
    """The rows as text."""
    lines = [("", "permafreeze", "PyInstaller", "ratio", "goal")]
    for row in rows:
        goal = "" if row.limit is None else f"{'<=' if row.met else 'MISSED:'} {limit_text(row)}"
        values = [f"{value:.2f} {row.unit}" for value in (row.permafreeze, row.pyinstaller)]
        lines.append((row.what, *values, f"{row.ratio:.3f}", goal))
    widths = [max(len(line[column]) for line in lines) for column in range(5)]
    align = [str.ljust, str.rjust, str.rjust, str.rjust, str.rjust]
    return "\n".join(
        "  ".join(side(cell, width) for side, cell, width in zip(align, line, widths, strict=True)).rstrip()
        for line in lines
    )


def limit_text(row):
    """The goal as a person writes it."""
    if row.absolute:
        return f"{row.limit:g} {row.unit}"
    return f"{row.limit:g}" if row.limit >= 1 else f"1/{1 / row.limit:.0f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--project", type=Path, default=ROOT / "examples" / "agent-runner")
    parser.add_argument("--work", type=Path, default=ROOT / "target" / "bench", help="default: target/bench")
    parser.add_argument("--starts", type=int, default=9, help="runs of each executable (default: 9)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--check", action="store_true", help="exit 1 if a goal is missed")
    options = parser.parse_args()
    project, work = options.project.resolve(), options.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    pyproject = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    module, name = entry_module(project, pyproject)
    ours = Store(ROOT, name, [f"{name}-{TARGET}"], work)
    cached = Store(ROOT, name, [f"{name}-{TARGET}"], work / "bundle", unpack="cache")
    targets = pyproject["tool"]["permafreeze"]["targets"]
    everything = Store(ROOT, name, [f"{name}-{target}" for target in targets], work)
    theirs = PyInstaller(project, name, runtime(work), work)
    try:
        rows = compare(ours, cached, theirs, module, options.starts)
        if len(targets) > 1:
            rows.insert(1, every_target(ours, everything))
    except measure.Failed as error:
        sys.exit(f"bench: {error}")
    if options.json:
        print(json.dumps([asdict(row) | {"ratio": row.ratio, "met": row.met} for row in rows], indent=2))
    else:
        print(table(rows))
    if options.check and any(row.met is False for row in rows):
        sys.exit(1)


if __name__ == "__main__":
    main()
