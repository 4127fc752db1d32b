"""Runs inside an executable in place of its script: imports modules and says what happened.

Each line on stdin is a group of names, imported one after another in a process of its own; a name that begins with `!`
is only loaded, not run. Each answer is a line on stdout: `start NAME`, then `end NAME<tab>REASON` (no reason: it worked);
`dead REASON` if the process ended by itself; `next` after the group. Uses only modules that every executable has.
"""

import os
import sys


def reason(error):
    kind = type(error)
    name = kind.__qualname__
    if kind.__module__ not in ("builtins", "__main__"):
        name = f"{kind.__module__}.{name}"
    try:
        lines = str(error).strip().splitlines()
    except Exception:
        lines = []
    return f"{name}: {lines[0]}" if lines else name


def load(name):
    """Finds a module and reads its code, as an import would, without running it."""
    parent = name.rpartition(".")[0]
    path = None
    if parent:
        __import__(parent)
        path = sys.modules[parent].__path__
    spec = sys.modules["_frozen_importlib"]._find_spec(name, path)
    if spec is None:
        raise ModuleNotFoundError(f"No module named {name!r}")
    if spec.loader is not None and hasattr(spec.loader, "get_code"):
        spec.loader.get_code(name)


def outcome(name):
    try:
        if name.startswith("!"):
            load(name[1:])
        else:
            __import__(name)
    except BaseException as error:  # SystemExit is an outcome too
        return reason(error)
    return ""


def write(output, line):
    data = line.encode("utf-8", "backslashreplace") + b"\n"
    while data:
        data = data[os.write(output, data) :]


def silence():
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)


def import_all(names, output):
    sys.argv = ["probe"]
    for name in names:
        write(output, f"start {name}")
        text = outcome(name).replace("\t", " ").replace("\r", " ")
        write(output, f"end {name}\t{text}")


def ending(status):
    if os.WIFSIGNALED(status):
        return f"died of signal {os.WTERMSIG(status)}"
    return f"ended the process with status {os.WEXITSTATUS(status)}"


def lines_of(pipe):
    rest = b""
    while data := os.read(pipe, 65536):
        *lines, rest = (rest + data).split(b"\n")
        yield from lines


def in_a_fork(names, output):
    """Imports `names` in a fork; returns those that are left when it has ended before the last."""
    pipe, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(pipe)
        silence()
        import_all(names, write_end)
        write(write_end, "done")
        os._exit(0)
    os.close(write_end)
    started, done = 0, False
    for line in lines_of(pipe):
        if line == b"done":
            done = True
            break
        started += line.startswith(b"start ")
        os.write(output, line + b"\n")
    os.close(pipe)
    status = os.waitpid(child, 0)[1]
    if done:
        return []
    write(output, f"dead {ending(status)}")
    return names[max(started, 1) :]


def main():
    output = os.dup(1)
    forks = hasattr(os, "fork")
    with open(os.dup(0), encoding="utf-8") as groups:
        if not forks:
            silence()
        for group in groups:
            names = group.rstrip("\n").split("\t")
            while forks and names:
                names = in_a_fork(names, output)
            import_all(names, output)
            write(output, "next")


main()
