"""Real projects, frozen and tried: those of tests/projects/real, with --public those that public.toml lists, or with --specs
the PyInstaller specs that specs.toml lists, imported.

Prints a line for each and `N passed, N failed`; exits with 1 if one does not do what projects.toml (or public.toml, or
specs.toml) expects of it. Needs the toolchain and an index that pip is configured with; Python 3.11 or newer.
"""

import argparse
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

sys.dont_write_bytecode = True

import freeze
import page
import plain
import public
import specs

PROJECTS = freeze.CHECKOUT / "tests/projects/real"
# The Python of projects that projects.toml gives no other.
DEFAULT = "3.13"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", metavar="NAME", nargs="*", help="projects [default: all]")
    parser.add_argument("--quick", action="store_true", help="only the handful of projects.toml")
    parser.add_argument("--python", default=DEFAULT, metavar="3.N", help=f"only projects of this Python [default: {DEFAULT}]")
    parser.add_argument("--public", action="store_true", help="the projects of others that public.toml lists")
    parser.add_argument("--specs", action="store_true", help="the PyInstaller specs of others that specs.toml lists")
    parser.add_argument("--mirror", type=Path, help="a folder with bare repositories OWNER+NAME [default: clones them]")
    parser.add_argument("--once", action="store_true", help="executables that are unpacked at their first start alone")
    parser.add_argument("--clean", action="store_true", help="compile everything anew, so that times can be compared")
    parser.add_argument("--plain", action="store_true", help="compare with plain PyInstaller's executables too")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="write the rows of what was run into docs/compatibility.md (specs: docs/spec.md)")
    parser.add_argument("--permafreeze", type=Path, default=freeze.CHECKOUT / "target/release/permafreeze")
    parser.add_argument("--nix", type=Path, default=freeze.CHECKOUT / "nix", help="the folder nix/ that projects get")
    parser.add_argument("--work", type=Path, default=freeze.CHECKOUT / "target/tests/real")
    return parser.parse_args()


def listed(file):
    with open(Path(__file__).with_name(file), "rb") as opened:
        return tomllib.load(opened)


def choose(known, names):
    """The projects to run; a name that is none of them is an error."""
    if strangers := sorted(set(names) - set(known)):
        sys.exit(f"run.py: no project {', '.join(strangers)}: expected some of {', '.join(known)}")
    return [name for name in known if not names or name in names]


def unexpected(result, fails):
    """What is not as expected, or nothing."""
    if result.verdict == freeze.NOT_TRIED or (fails and fails in result.cause):
        return ""
    return result.cause or (f"it works: no longer does it fail with {fails!r}" if fails else "")


def say(result, problem):
    """Prints a line for a project, and to SKIPPED what could not be tried."""
    size = f", {result.size / 1e6:.1f} MB, {result.modules} modules" if result.size else ""
    size += f", {result.seconds:.1f} s" if result.seconds else ""
    size += f", {result.plain}" if result.plain else ""
    print(f"{result.name}: {result.verdict}{size}", flush=True)
    if problem:
        print(problem.replace("\n", "\n    "), flush=True)
    elif result.cause:
        print(f"    {page.cause(result)}", flush=True)
    if result.verdict == freeze.NOT_TRIED and "SKIPPED" in os.environ:
        with open(os.environ["SKIPPED"], "a", encoding="utf-8") as skipped:
            skipped.write(f"{result.name}: {page.cause(result)}\n")


def ours(name, work, tools, beside_plain):
    """Freezes and tries a project of tests/projects/real."""
    result = freeze.of_folder(PROJECTS / name, work, tools)
    if beside_plain and not result.verdict.startswith("fails"):
        plain.compare(result, work / name)
    return result


def main():
    options = arguments()
    if options.plain and "PERMAFREEZE_RUNTIME" not in os.environ:
        sys.exit("run.py: --plain needs PERMAFREEZE_RUNTIME, the runtime's folder")
    tools = freeze.Tools(options.permafreeze.resolve(), options.nix.resolve(), options.clean, options.once)
    kind = "specs" if options.specs else "public" if options.public else "ours"
    work = options.work.resolve() / kind
    if kind != "ours":
        projects = listed(f"{kind}.toml")
        known, fails = sorted(projects), {name: project.get("fails") for name, project in projects.items()}
        of_project = specs.of_project if options.specs else public.of_project
        one = lambda name: of_project(name, projects[name], work, tools, options.mirror)
        rows = known
    else:
        expected = listed("projects.toml")
        tracked = subprocess.run(["git", "ls-files", "*/check.py"], cwd=PROJECTS, check=True, capture_output=True, text=True)
        rows, pythons = sorted(path.partition("/")[0] for path in tracked.stdout.split()), expected["python"]
        known, fails = [name for name in rows if pythons.get(name, DEFAULT) == options.python], expected["fails"]
        options.names += expected["quick"] if options.quick else []
        one = lambda name: ours(name, work, tools, options.plain)
    results, failed = [], 0
    for name in choose(known, options.names):
        results.append(result := one(name))
        problem = unexpected(result, fails.get(name))
        failed += bool(problem)
        say(result, problem)
        (work / name / "result.json").write_text(json.dumps(result.row(), indent=1) + "\n", encoding="utf-8")
        if options.write:
            page.write(options.write, kind, results, rows)
    print(f"{len(results) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
