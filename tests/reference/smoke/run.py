"""Every module in the executable is imported inside the executable; the outcome must equal the venv's.

usage: run.py EXECUTABLE REPORT VENV_PYTHON WORK_DIR [--skip NAME…]

Prints each difference and `N passed, N failed` over all modules.
"""

import argparse
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))

# Importing these runs a program or never ends; none is imported by the application.
RUNS_A_PROGRAM = (".__main__",)


# Modules that may fail in another way than in the venv, or, if they are LEFT_OUT, that work there alone, and why.
HOOK = "PyInstaller's hook of PIL leaves tkinter out, unless the application imports it"
FAILS_OTHERWISE = {"PIL._imagingtk": HOOK}
LEFT_OUT = {"PIL.ImageTk": HOOK, "PIL._tkinter_finder": HOOK}

# Where the loader finds modules that are files, besides the top folder.
DYNLOAD = "python3.13/lib-dynload/"


def module_names(report):
    """Every module of the archive, those that are files (extensions, collected sources) included."""
    report = json.load(open(report))
    entries = [entry for entry in report["modules"] + report["files"] if not entry["owner"].startswith("pyinstaller")]
    names = {entry["name"] for entry in entries if "place" in entry}
    for entry in entries:
        path = entry["name"].removeprefix(DYNLOAD)
        if "place" not in entry and (entry["kind"] == "extension" or path.endswith(".py")):
            folder, _, file = path.rpartition("/")
            stem = file.partition(".")[0]
            parts = [part for part in folder.split("/") if part] + ([] if stem == "__init__" else [stem])
            names.add(".".join(parts))
    return sorted(name for name in names if not name.endswith(RUNS_A_PROGRAM) and name.isascii())


def run(command, environment):
    subprocess.run(command, check=True, env=environment, cwd="/", stdin=subprocess.DEVNULL)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("executable")
    parser.add_argument("report")
    parser.add_argument("python")
    parser.add_argument("work")
    parser.add_argument("--skip", nargs="*", default=[], help="modules whose import must not be tried")
    arguments = parser.parse_args()
    work = os.path.abspath(arguments.work)
    os.makedirs(work, exist_ok=True)
    names, frozen, plain = (os.path.join(work, name) for name in ("names.json", "frozen.json", "venv.json"))
    with open(names, "w") as file:
        json.dump([name for name in module_names(arguments.report) if name not in arguments.skip], file)
    script = os.path.join(HERE, "import_all.py")
    swapped = os.path.join(work, "import-all")
    # The venv's Python makes the entry's byte code: it is the executable's version.
    python = os.path.abspath(arguments.python)
    run([python, "-I", os.path.join(HERE, "swap_entry.py"), os.path.abspath(arguments.executable), script, swapped], {})
    os.chmod(swapped, 0o755)
    environment = {"TMPDIR": work}
    processes = [
        subprocess.Popen([swapped, names, frozen], env=environment, cwd="/", stdin=subprocess.DEVNULL),
        subprocess.Popen(
            [python, "-s", script, names, plain], env=environment, cwd="/", stdin=subprocess.DEVNULL
        ),
    ]
    if any([process.wait() for process in processes]):
        sys.exit("0 passed, 1 failed")
    compare(json.load(open(frozen)), json.load(open(plain)))


def compare(frozen, plain):
    failed = 0
    for name in sorted(frozen.keys() | plain.keys()):
        if frozen.get(name) != plain.get(name):
            fails_in_both = all(side.get(name, ["ok"])[0] != "ok" for side in (frozen, plain))
            if name in FAILS_OTHERWISE and fails_in_both:
                print(f"{name} fails otherwise than in the venv: {FAILS_OTHERWISE[name]}")
                continue
            if name in LEFT_OUT and "tkinter" in frozen.get(name, [""])[-1]:
                print(f"{name} is left out: {LEFT_OUT[name]}")
                continue
            failed += 1
            print(f"{name}: in the executable {frozen.get(name)}, in the venv {plain.get(name)}")
    fail_alike = sum(outcome[0] != "ok" for outcome in frozen.values())
    print(f"{len(frozen)} modules; {fail_alike} fail in both in the same way" if not failed else "")
    print(f"{len(frozen) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
