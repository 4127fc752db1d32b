"""What the checks of the projects share.

A check is `check.py EXECUTABLE…`, in a folder that is empty and its own. It exits with 0 where the executable works, with
77 where this machine lacks what the check needs, and else with a message of what is wrong. Executables get an empty
environment, and what a check adds to it.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections import namedtuple

SKIPPED = 77
PATIENCE = 120
Output = namedtuple("Output", ["stdout", "stderr"])


def skip(reason):
    """Ends the check: this machine cannot make it."""
    print(reason)
    sys.exit(SKIPPED)


@contextlib.contextmanager
def started(executable, *arguments, environment=None, **more):
    """Starts an executable; at the end nothing of it is left: it is two processes, of which one unpacks the other."""
    command = [executable, *map(str, arguments)]
    # What runs in the background of a shell inherits that SIGINT is ignored.
    default = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)
    kept = {name: value for name, value in os.environ.items() if name == "PERMAFREEZE_CACHE_DIR"}
    process = subprocess.Popen(command, env=kept | (environment or {}), start_new_session=True, preexec_fn=default, **more)
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def run(executable, *arguments, code=0, environment=None, given=""):
    """Runs an executable to its end; returns its stdout and stderr. Fails if it does not exit with `code`."""
    pipes = {name: subprocess.PIPE for name in ("stdin", "stdout", "stderr")}
    with started(executable, *arguments, environment=environment, text=isinstance(given, str), **pipes) as process:
        try:
            stdout, stderr = process.communicate(given, timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            sys.exit(f"{' '.join(map(str, arguments))}: no end after {PATIENCE} s")
    if process.returncode != code:
        sys.exit(f"exit code {process.returncode}, expected {code}\n{stdout}\n{stderr}")
    return Output(stdout, stderr)


def same(found, expected):
    """Fails unless two values are the same; of texts, white space at the ends does not count."""
    if isinstance(found, str):
        found, expected = found.strip(), expected.strip()
    if found != expected:
        sys.exit(f"expected:\n{expected}\nfound:\n{found}")


def holds(text, *parts):
    """Fails unless a text has every part."""
    for part in parts:
        if part not in text:
            sys.exit(f"expected {part!r} in:\n{text}")


def true(condition, message):
    """Fails unless the condition is true."""
    if not condition:
        sys.exit(message)


def free_port():
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(question, what):
    """Asks until the answer is true, and returns it; fails after a while."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if answer := question():
            return answer
        time.sleep(0.1)
    sys.exit(f"waited {PATIENCE} s for {what}")


def listening(port):
    """Whether somebody listens on a port of the loopback interface."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
