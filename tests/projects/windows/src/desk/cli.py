"""The commands: `check` tries every package, the others show how the program is started and ends."""

import json
import multiprocessing
import sys

from desk import checks


def main() -> int:
    """Runs the command that is given."""
    multiprocessing.freeze_support()
    command, *arguments = sys.argv[1:] or ["check"]
    match command:
        case "check":
            return check(arguments)
        case "arguments":
            print(json.dumps({"argv": arguments, "frozen": sys.frozen, "executable": sys.executable}))
            return 0
        case "exit":
            return int(arguments[0])
        case "raise":
            raise RuntimeError("as asked")
    print(f"unknown command: {command}", file=sys.stderr)
    return 2


def check(names: list[str]) -> int:
    """Runs the named checks, or all; says of each what it found."""
    failed = 0
    for name, function in checks.ALL.items():
        if names and name not in names:
            continue
        try:
            print(f"ok   {name}: {function()}")
        except Exception as error:
            failed += 1
            print(f"FAIL {name}: {type(error).__name__}: {error}")
    return 1 if failed else 0
