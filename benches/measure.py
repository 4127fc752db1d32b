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

INTERVAL_SECONDS = 0.02


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


def status(pid):
    """Returns the parent and the peak memory in bytes of a process, or None when it has ended."""
    try:
        lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line)
    except (FileNotFoundError, ProcessLookupError):
        return None
    # A process that has ended and is not waited for has no memory.
    return int(lines["PPid"]), int(lines.get("VmHWM", "0 kB").split()[0]) * 1024


def sample(root):
    """Returns the memory of each step below `root`, and of `root` itself, in bytes."""
    processes = {int(name): status(name) for name in os.listdir("/proc") if name.isdigit()}
    alive = {pid: entry for pid, entry in processes.items() if entry is not None}
    steps = {}
    for pid, (_, memory) in alive.items():
        step = step_of(pid, root, alive)
        if step is not None:
            steps[step] = steps.get(step, 0) + memory
    return steps


def step_of(pid, root, alive):
    """Returns the child of `root` that `pid` descends from, `root` for itself, None for a stranger."""
    while pid in alive:
        parent = alive[pid][0]
        if pid == root or parent == root:
            return pid
        pid = parent
    return None


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
            whole = sum(steps.values())
            whole_peak = max(whole_peak, whole)
            step_peak = max(step_peak, max(steps.values(), default=0) if by_step else whole)
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
