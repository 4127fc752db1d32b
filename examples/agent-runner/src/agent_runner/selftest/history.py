"""Check of Temporal: a recorded workflow is replayed, in the workflow sandbox, by the SDK's Rust core.

`history.json` is one run of AgentWorkflow against a server, as `temporal workflow show --output json` wrote it.
"""

import asyncio
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import Any

from agent_runner.selftest.outcome import Failed

WORKFLOW_ID = "conversation-1"


def check_history() -> str:
    """The recorded history replays; a history that does not fit and code that the sandbox forbids are refused."""
    return asyncio.run(_check_history())


def read_history() -> dict[str, Any]:
    """Reads the recorded history."""
    return json.loads(files("agent_runner").joinpath("selftest", "history.json").read_text(encoding="utf-8"))


def rename_activity(history: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    """Returns the history of a workflow that would have called another activity."""
    return json.loads(json.dumps(history).replace(f'"name": "{old}"', f'"name": "{new}"'))


@contextmanager
def no_logs() -> Iterator[None]:
    """Silences the SDK, which reports at length the failures that this check wants."""
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


async def replay(workflow: type, history: dict[str, Any]) -> Exception | None:
    """Replays a history with a workflow, sandbox on; returns why it failed."""
    from temporalio.client import WorkflowHistory
    from temporalio.runtime import Runtime, TelemetryConfig
    from temporalio.worker import Replayer
    from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

    quiet = Runtime(telemetry=TelemetryConfig(logging=None))
    replayer = Replayer(workflows=[workflow], workflow_runner=SandboxedWorkflowRunner(), runtime=quiet)
    recorded = WorkflowHistory.from_json(WORKFLOW_ID, history)
    with no_logs():
        result = await replayer.replay_workflow(recorded, raise_on_replay_failure=False)
    return result.replay_failure


async def _check_history() -> str:
    from temporalio.workflow import NondeterminismError

    from agent_runner.selftest.forbidden import ForbiddenWorkflow
    from agent_runner.workflows import AgentWorkflow

    history = read_history()
    failure = await replay(AgentWorkflow, history)
    if failure is not None:
        raise Failed(f"the recorded history does not replay: {failure}") from failure
    failure = await replay(AgentWorkflow, rename_activity(history, "remember", "forget"))
    if not isinstance(failure, NondeterminismError):
        raise Failed(f"a history that does not fit the workflow replays: `{failure!r}`")
    failure = await replay(ForbiddenWorkflow, history)
    # Not the error's class: in a frozen program the SDK names only its text (source lines are looked up with `open` too).
    if "Cannot access __builtins__.open" not in str(failure):
        raise Failed(f"the sandbox let a workflow open a file: `{failure!r}`")
    return f"{len(history['events'])} events"
