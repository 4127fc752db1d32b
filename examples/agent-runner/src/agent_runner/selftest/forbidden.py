"""A workflow that does what the workflow sandbox must refuse; only the check of the history runs it."""

from temporalio import workflow

from agent_runner.models import AgentAnswer, AgentRequest


@workflow.defn(name="AgentWorkflow")
class ForbiddenWorkflow:
    """Opens a file, which is different at every replay."""

    @workflow.run
    async def run(self, request: AgentRequest) -> AgentAnswer:
        """Returns what a file says."""
        with open("/dev/null", encoding="utf-8") as file:
            return AgentAnswer(text=file.read())
