"""`agent-runner selftest`: does this installation work? Without network, in an empty environment.

Every check imports what it needs itself, so that a library that cannot be imported fails one check and not all.
How to add one: write a function that returns a detail or nothing, raises `Failed` or `Skipped`, and list it in CHECKS.
"""

import faulthandler
import os
import time
from collections.abc import Callable, Sequence

from agent_runner.selftest import agent, data, history, http, network, processes, security
from agent_runner.selftest.outcome import Skipped

CHECKS: dict[str, Callable[[], str | None]] = {
    "version": data.check_version,
    "data": data.check_data,
    "certificates": security.check_certificates,
    "jwt": security.check_jwt,
    "identity": security.check_identity,
    "spawn": processes.check_spawn,
    "grpc": network.check_grpc,
    "http": http.check_http,
    "graph": agent.check_graph,
    "models": agent.check_models,
    "deepagents": agent.check_deep_agent,
    "daytona": network.check_daytona,
    "traces": network.check_traces,
    "history": history.check_history,
    "redis": network.check_redis,
}

# A check that hangs ends the program with a traceback of every thread.
DEADLINE_SECONDS = 180

# Nothing is reported to anybody, and loopback goes through no proxy.
QUIET = {
    "LANGSMITH_TRACING": "false",
    "LANGCHAIN_TRACING_V2": "false",
    "NO_PROXY": "*",
    "no_proxy": "*",
    "no_grpc_proxy": "*",
}


def list_checks() -> int:
    """Prints the names of the checks; returns the exit code."""
    print(*CHECKS, sep="\n")
    return 0


def describe(error: BaseException) -> str:
    """Puts an error and its causes on one line."""
    line = f"{type(error).__name__}: {' '.join(str(error).split())}"
    return line if error.__cause__ is None else f"{line} <- {describe(error.__cause__)}"


def run_check(name: str) -> str:
    """Runs one check and prints its line; returns `ok`, `skip` or `FAIL`."""
    start = time.perf_counter()
    # By number: sys.stderr may have been replaced by something that is no file.
    faulthandler.dump_traceback_later(DEADLINE_SECONDS, exit=True, file=2)
    try:
        detail = CHECKS[name]()
    except Skipped as reason:
        print(f"skip {name}: {reason}", flush=True)
        return "skip"
    except KeyboardInterrupt:
        raise
    # A frozen library may fail with anything, SystemExit too.
    except BaseException as error:
        print(f"FAIL {name}: {describe(error)}", flush=True)
        return "FAIL"
    finally:
        faulthandler.cancel_dump_traceback_later()
    milliseconds = (time.perf_counter() - start) * 1000
    print(f"ok  {name} ({milliseconds:.0f} ms)" + (f" {detail}" if detail else ""), flush=True)
    return "ok"


def run_checks(names: Sequence[str]) -> int:
    """Runs the named checks, or all, and prints a summary; returns the exit code."""
    unknown = sorted(set(names) - set(CHECKS))
    if unknown:
        print(f"FAIL selftest: unknown checks {', '.join(unknown)}; known: {', '.join(CHECKS)}")
        return 1
    os.environ.update(QUIET)
    outcomes = [run_check(name) for name in names or CHECKS]
    failed = outcomes.count("FAIL")
    print(f"selftest: {outcomes.count('ok')} ok, {failed} failed, {outcomes.count('skip')} skipped")
    return 1 if failed else 0
