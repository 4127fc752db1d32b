"""Imports every module of a list, each top-level package in a process of its own, and writes what happened.

usage (as a script, or as the swapped entry of an executable): import_all NAMES.json RESULT.json

The result maps each name to ["ok", ""] or [exception type, message]; a process that dies or hangs marks the module it
was importing. Paths in messages are replaced, so that a frozen run and a venv run can be compared.
"""

import json
import os
import re
import signal
import sys

LIMIT = 120  # seconds for one module


def plain(text):
    """Takes out what differs between two runs of the same thing: paths and addresses."""
    text = re.sub(r"(/[\w.+-]+)+/(?=[\w.+-]+)", "…/", text)
    text = re.sub(r"(/[\w.+-]+)+", "…", text)
    return re.sub(r"0x[0-9a-f]+", "0x…", text)[:200]


def import_one(name):
    import importlib

    try:
        importlib.import_module(name)
    except BaseException as error:  # noqa: BLE001 SystemExit is an outcome too
        return [type(error).__name__, plain(str(error))]
    return ["ok", ""]


def child(names, pipe):
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    sys.argv = ["import_all"]

    def timed_out(*_):
        raise TimeoutError("import takes too long")

    signal.signal(signal.SIGALRM, timed_out)
    for name in names:
        os.write(pipe, (json.dumps(["start", name]) + "\n").encode())
        signal.alarm(LIMIT)
        outcome = import_one(name)
        signal.alarm(0)
        os.write(pipe, (json.dumps(["end", name, outcome]) + "\n").encode())
    os._exit(0)


def import_group(names):
    """Imports `names` one after another; goes on in a new process after one that killed the first."""
    outcomes, left = {}, list(names)
    while left:
        read, write = os.pipe()
        if os.fork() == 0:
            os.close(read)
            child(left, write)
        os.close(write)
        current = None
        with os.fdopen(read) as lines:
            for line in lines:
                kind, name, *rest = json.loads(line)
                if kind == "start":
                    current = name
                else:
                    outcomes[name] = rest[0]
        os.wait()
        if current is not None and current not in outcomes:
            outcomes[current] = ["died", ""]
        elif current is None:
            outcomes[left[0]] = ["died", "before the first import"]
        left = [name for name in left if name not in outcomes]
    return outcomes


def main(names_file, result_file):
    groups = {}
    for name in json.load(open(names_file)):
        groups.setdefault(name.partition(".")[0], []).append(name)
    outcomes = {}
    for _, names in sorted(groups.items()):
        outcomes.update(import_group(sorted(names)))
    with open(result_file, "w") as file:
        json.dump(outcomes, file, indent=0, sort_keys=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
