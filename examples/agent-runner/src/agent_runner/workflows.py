"""The workflow: recall what was said, ask the agent, remember the answer.

Temporal runs this module in its sandbox: it imports nothing but the SDK and plain data.
"""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

from agent_runner.models import AgentAnswer, AgentRequest, AgentTask, Exchange, Message

RETRY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_attempts=5)


@workflow.defn(name="AgentWorkflow")
class AgentWorkflow:
    """Answers one question of a conversation."""

    def __init__(self) -> None:
        self._stage = "waiting"

    @workflow.run
    async def run(self, request: AgentRequest) -> AgentAnswer:
        """Returns the agent's answer; the conversation remembers it."""
        self._stage = "recalling"
        history: list[Message] = await workflow.execute_activity(
            "recall",
            request.conversation,
            result_type=list[Message],
            start_to_close_timeout=timedelta(seconds=10),
            retry_policy=RETRY,
        )
        self._stage = "thinking"
        answer: AgentAnswer = await workflow.execute_activity(
            "ask_agent",
            AgentTask(question=request.question, history=history, picture=request.picture),
            result_type=AgentAnswer,
            start_to_close_timeout=timedelta(minutes=10),
            heartbeat_timeout=timedelta(minutes=1),
            retry_policy=RETRY,
        )
        self._stage = "remembering"
        messages = [Message("user", request.question), Message("assistant", answer.text)]
        await workflow.execute_activity(
            "remember",
            Exchange(request.conversation, messages),
            start_to_close_timeout=timedelta(seconds=10),
            retry_policy=RETRY,
        )
        self._stage = "done"
        return answer

    @workflow.query
    def stage(self) -> str:
        """Returns what the workflow is doing."""
        return self._stage
