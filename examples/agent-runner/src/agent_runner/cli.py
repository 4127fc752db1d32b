"""The command `agent-runner`.

The libraries are imported by the subcommand that needs them: `--version` and `--help` answer at once.
"""

import argparse
import multiprocessing
import sys
from collections.abc import Sequence


def installed_version() -> str:
    """Returns the version that the installed distribution's metadata says."""
    from importlib.metadata import version

    return version("agent-runner")


class VersionAction(argparse.Action):
    """`--version`, which reads the metadata only when it is asked."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        """Prints the version and ends the program."""
        print(f"{parser.prog} {installed_version()}")
        parser.exit()


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="agent-runner", description="A Temporal worker that runs LangGraph agents.")
    parser.add_argument("--version", action=VersionAction, nargs=0, help="print the version and exit")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    worker = commands.add_parser("worker", help="run the worker until it is told to stop")
    worker.add_argument("--env-file", help="file of settings; the environment wins over it (default: .env)")
    selftest = commands.add_parser("selftest", help="check that this installation works; needs no network")
    selftest.add_argument("checks", nargs="*", metavar="CHECK", help="names of checks (default: all)")
    selftest.add_argument("--list", action="store_true", help="list the checks and exit")
    return parser.parse_args(arguments)


def run_worker(options: argparse.Namespace) -> int:
    """Runs the worker; returns the exit code."""
    import asyncio

    from agent_runner.settings import SettingsError, load_settings
    from agent_runner.worker import serve

    try:
        settings = load_settings(options.env_file)
    except SettingsError as error:
        print(f"agent-runner: {error}", file=sys.stderr)
        return 1
    return asyncio.run(serve(settings))


def run_selftest(options: argparse.Namespace) -> int:
    """Runs the checks; returns the exit code."""
    from agent_runner.selftest import list_checks, run_checks

    return list_checks() if options.list else run_checks(options.checks)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns the exit code."""
    # In a frozen executable a spawned child is this program again: here it becomes the child and does not return.
    multiprocessing.freeze_support()
    options = parse(arguments)
    return {"worker": run_worker, "selftest": run_selftest}[options.command](options)
