"""Checks of agents and chat models; no model is called over the network."""

import asyncio

from agent_runner.selftest.outcome import Failed, expect

QUESTION = "How many metres are 5 km?"


def check_graph() -> str:
    """The LangGraph agent calls our tool and answers."""
    from langchain_core.messages import HumanMessage, ToolMessage

    from agent_runner.graph import ask, build_graph
    from agent_runner.models import AgentTask, Message
    from agent_runner.selftest.fake_model import ANSWER, fake_model
    from agent_runner.settings import Settings
    from agent_runner.tools import make_tools

    tools = make_tools(Settings())
    task = AgentTask(QUESTION, [Message("user", "Hello"), Message("assistant", "Hello.")])
    answer = asyncio.run(ask(build_graph(fake_model(), tools), task))
    expect("the answer", (answer.text, answer.tool_calls), (ANSWER, 1))
    state = asyncio.run(build_graph(fake_model(), tools).ainvoke({"messages": [HumanMessage(QUESTION)]}))
    results = [message.content for message in state["messages"] if isinstance(message, ToolMessage)]
    expect("the list of the tool's results", results, ["5000.0"])
    return answer.text


def check_models() -> str:
    """Chat models of both providers can be made, with keys that are worth nothing."""
    import tiktoken

    from agent_runner.chat_models import make_chat_model
    from agent_runner.settings import Settings, SettingsError
    from agent_runner.tools import convert_units

    settings = Settings(anthropic_api_key="none", openai_api_key="none")
    names = ["anthropic:claude-sonnet-4-5", "openai:gpt-5"]
    for name in names:
        bound = make_chat_model(name, settings).bind_tools([convert_units])
        if "convert_units" not in str(bound.kwargs["tools"]):
            raise Failed(f"`{name}` did not take the tool: `{bound.kwargs['tools']}`")
    try:
        make_chat_model("nobody:model", settings)
    except SettingsError:
        pass
    else:
        raise Failed("a model of an unknown provider was made")
    # tiktoken finds its encodings by listing the modules of a namespace package.
    if "o200k_base" not in tiktoken.list_encoding_names():
        raise Failed(f"tiktoken knows only these encodings: {tiktoken.list_encoding_names()}")
    return ", ".join(names)


def check_deep_agent() -> str:
    """A deep agent is built, calls our tool and answers."""
    from agent_runner.graph import ask, build_deep_agent
    from agent_runner.models import AgentTask
    from agent_runner.selftest.fake_model import ANSWER, fake_model
    from agent_runner.settings import Settings
    from agent_runner.tools import make_tools

    graph = build_deep_agent(fake_model(), make_tools(Settings()))
    answer = asyncio.run(ask(graph, AgentTask(QUESTION)))
    expect("the answer", (answer.text, answer.tool_calls), (ANSWER, 1))
    tools = graph.nodes["tools"].bound.tools_by_name
    if "write_file" not in tools:
        raise Failed(f"the agent cannot keep notes; its tools: {sorted(tools)}")
    return f"{len(tools)} tools"
