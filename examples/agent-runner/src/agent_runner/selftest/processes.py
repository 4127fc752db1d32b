"""Check of child processes."""

import multiprocessing
import os
from multiprocessing.connection import Connection

from agent_runner.selftest.outcome import Failed, expect

SECONDS = 60


def child(connection: Connection) -> None:
    """Computes something in the child, with a library of the application."""
    import agent_tools

    connection.send((os.getpid(), agent_tools.convert(2, "mile", "m")))


def check_spawn() -> str:
    """A spawned child (a new interpreter, not a fork) imports our modules and answers."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=child, args=(there,))
    process.start()
    there.close()
    try:
        if not here.poll(SECONDS):
            raise Failed(f"the child did not answer in {SECONDS} s")
        pid, metres = here.recv()
    except EOFError as error:
        process.join()
        raise Failed(f"the child ended with exit code {process.exitcode} and no answer") from error
    finally:
        process.join(1)
        process.kill()
    expect("2 miles in m", metres, 3218.688)
    if pid == os.getpid():
        raise Failed("the child is this process")
    expect("the child's exit code", process.exitcode, 0)
    return f"child {pid}"
