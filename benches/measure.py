"""Runs a command and measures it: wall time, and the memory of each step.

A step is a child of the command with all that it started (a builder of `nix build`), or the command itself. Its memory
is the sum over its living processes of each one's own peak (VmHWM): pages that processes share count twice, so it is a
bound from above.
"""

import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

INTERVAL_SECONDS = 0.03


@dataclass
class Measured:
    """What one run cost."""

    seconds: float
    # Bytes of the largest step, and of the whole at its largest moment.
    step_peak: int
    whole_peak: int
    stdout: str


class Failed(Exception):
    """A command ended with an error."""


def children(pid):
    """Returns the children of a process, of all its threads; none when it has ended."""
    try:
        threads = os.listdir(f"/proc/{pid}/task")
        lists = [Path(f"/proc/{pid}/task/{thread}/children").read_text() for thread in threads]
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [int(child) for line in lists for child in line.split()]


def own_peak(pid):
    """Returns a process's own peak memory in bytes; 0 when it has ended."""
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    _, _, value = text.partition("VmHWM:")
    return int(value.split(maxsplit=1)[0]) * 1024 if value else 0


def tree_peak(pid):
    """Returns the sum of the peaks of a process and its descendants, in bytes."""
    return own_peak(pid) + sum(map(tree_peak, children(pid)))


def sample(root):
    """Returns the memory of each step: `root` itself, and each of its children with all below it; in bytes."""
    return [own_peak(root), *map(tree_peak, children(root))]


def run(command, *, environment=None, cwd=None, by_step=False):
    """Runs a command to its end. Its stderr is shown when it fails."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [str(part) for part in command],
        env=environment,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    step_peak = whole_peak = 0
    with Reader(process.stdout) as out, Reader(process.stderr) as err:
        while not ended(process):
            steps = sample(process.pid)
            whole = sum(steps)
            whole_peak = max(whole_peak, whole)
            step_peak = max(step_peak, max(steps) if by_step else whole)
        seconds = time.perf_counter() - start
    if process.returncode != 0:
        shown = " ".join(str(part) for part in command)
        raise Failed(f"`{shown}` exited with {process.returncode}\n{(err.text or out.text)[-4000:]}")
    return Measured(seconds, step_peak, whole_peak, out.text)


def ended(process):
    """Waits for a moment; says whether the process has ended by then."""
    try:
        process.wait(INTERVAL_SECONDS)
    except subprocess.TimeoutExpired:
        return False
    return True


class Reader:
    """Reads a pipe to its end in a thread, so that a talkative command does not wait for us."""

    def __init__(self, pipe):
        self.pipe = pipe
        self.text = ""
        self.thread = threading.Thread(target=self.read)

    def read(self):
        self.text = self.pipe.read()

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.thread.join()


def say(text):
    """Tells the user what is going on; stdout is for the result."""
    print(f"bench: {text}", file=sys.stderr, flush=True)
