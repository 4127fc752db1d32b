"""The activities: what touches Redis and the model."""

import asyncio

from langgraph.graph.state import CompiledStateGraph
from temporalio import activity

from agent_runner.conversations import Conversations
from agent_runner.graph import ask
from agent_runner.models import AgentAnswer, AgentTask, Exchange, Message

HEARTBEAT_SECONDS = 20


async def heartbeats() -> None:
    """Tells Temporal that the activity lives, until it is cancelled."""
    while True:
        activity.heartbeat()
        await asyncio.sleep(HEARTBEAT_SECONDS)


class Activities:
    """The activities of one worker."""

    def __init__(self, conversations: Conversations, graph: CompiledStateGraph) -> None:
        self._conversations = conversations
        self._graph = graph

    @activity.defn(name="recall")
    async def recall(self, conversation: str) -> list[Message]:
        """Returns what was said in the conversation."""
        return await self._conversations.recall(conversation)

    @activity.defn(name="ask_agent")
    async def ask_agent(self, task: AgentTask) -> AgentAnswer:
        """Asks the agent."""
        alive = asyncio.create_task(heartbeats())
        try:
            return await ask(self._graph, task)
        finally:
            alive.cancel()

    @activity.defn(name="remember")
    async def remember(self, exchange: Exchange) -> None:
        """Appends to the conversation."""
        await self._conversations.remember(exchange.conversation, exchange.messages)
