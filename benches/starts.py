"""How long executables take to start: by turns, wall and CPU, medians."""

import os
import shutil
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import measure


@dataclass
class Start:
    """What one start cost, or the medians of several."""

    wall: float
    cpu: float
    # The largest resident memory of one of its processes, in bytes.
    memory: int


@dataclass
class Program:
    """A command, and what is done before each of its starts."""

    command: list
    # A folder that is the cache of a bundle; emptied before each start if `first`.
    cache: Path | None = None
    first: bool = False

    def start(self):
        """Runs it once, in an empty environment."""
        if self.first:
            shutil.rmtree(self.cache, ignore_errors=True)
        environment = {} if self.cache is None else {"PERMAFREEZE_CACHE_DIR": str(self.cache)}
        began = time.perf_counter()
        with tempfile.TemporaryFile() as output:
            process = subprocess.Popen(
                [str(part) for part in self.command],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.perf_counter() - began
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode != 0:
                output.seek(0)
                text = output.read().decode(errors="replace")[-2000:]
                raise measure.Failed(f"`{self.command}` exited with {process.returncode}\n{text}")
        return Start(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def by_turns(programs, count):
    """The medians of `count` starts of each program, by its name, and the largest memory; the first round counts not."""
    runs = {name: [] for name in programs}
    for turn in range(count + 1):
        for name, program in programs.items():
            start = program.start()
            if turn > 0:
                runs[name].append(start)
    return {
        name: Start(
            statistics.median(start.wall for start in starts),
            statistics.median(start.cpu for start in starts),
            max(start.memory for start in starts),
        )
        for name, starts in runs.items()
    }


def of_bundle(bundle, work, arguments):
    """The first and the later starts of a bundle, as programs."""
    caches = work / "caches"
    return {
        "first": Program([bundle, *arguments], caches / "first", first=True),
        "later": Program([bundle, *arguments], caches / "later"),
    }
