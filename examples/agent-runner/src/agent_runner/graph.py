"""The agent: a LangGraph graph in which a model and its tools take turns."""

from collections.abc import Sequence
from importlib.resources import files

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, SystemMessage
from langchain_core.tools import BaseTool
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.prebuilt import ToolNode, tools_condition

from agent_runner.models import AgentAnswer, AgentTask, Message

# Rounds of model and tools before the agent is stopped.
RECURSION_LIMIT = 40


def system_prompt() -> str:
    """Returns the system prompt, a data file of this package."""
    return files("agent_runner").joinpath("prompts", "system.md").read_text(encoding="utf-8")


def build_graph(model: BaseChatModel, tools: Sequence[BaseTool]) -> CompiledStateGraph:
    """Builds the agent of a model and tools."""
    caller = model.bind_tools(tools)
    prompt = SystemMessage(system_prompt())

    async def call_model(state: MessagesState) -> dict[str, list[AnyMessage]]:
        return {"messages": [await caller.ainvoke([prompt, *state["messages"]])]}

    graph = StateGraph(MessagesState)
    graph.add_node("model", call_model)
    graph.add_node("tools", ToolNode(tools))
    graph.add_edge(START, "model")
    graph.add_conditional_edges("model", tools_condition)
    graph.add_edge("tools", "model")
    return graph.compile()


def build_deep_agent(model: BaseChatModel, tools: Sequence[BaseTool]) -> CompiledStateGraph:
    """Builds an agent that plans and keeps notes (for `AGENT_MODEL=deep:...`)."""
    from deepagents import create_deep_agent

    return create_deep_agent(model=model, tools=list(tools), system_prompt=system_prompt())


def to_langchain(message: Message) -> AnyMessage:
    """Converts a remembered message."""
    return HumanMessage(message.text) if message.role == "user" else AIMessage(message.text)


def question(task: AgentTask) -> HumanMessage:
    """Makes the message of a question and its picture."""
    if task.picture is None:
        return HumanMessage(task.question)
    picture = {"type": "image", "base64": task.picture, "mime_type": "image/jpeg"}
    return HumanMessage([{"type": "text", "text": task.question}, picture])


async def ask(graph: CompiledStateGraph, task: AgentTask) -> AgentAnswer:
    """Runs the agent on a question."""
    messages = [*map(to_langchain, task.history), question(task)]
    state = await graph.ainvoke({"messages": messages}, {"recursion_limit": RECURSION_LIMIT})
    new = state["messages"][len(messages) :]
    calls = sum(len(message.tool_calls) for message in new if isinstance(message, AIMessage))
    return AgentAnswer(text=new[-1].text, tool_calls=calls)
