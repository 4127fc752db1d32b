"""The worker: Temporal, with gRPC and HTTP beside it, until it is told to stop."""

import asyncio
import signal
import uuid
from collections.abc import Sequence

import structlog
import uvicorn
from langchain_core.tools import BaseTool
from langgraph.graph.state import CompiledStateGraph
from redis.asyncio import Redis
from temporalio.client import Client
from temporalio.worker import Worker

from agent_runner import __version__
from agent_runner.activities import Activities
from agent_runner.chat_models import make_chat_model
from agent_runner.conversations import Conversations
from agent_runner.graph import build_deep_agent, build_graph
from agent_runner.models import AgentAnswer, AgentRequest
from agent_runner.rpc.server import Runner, start_server
from agent_runner.settings import Settings, SettingsError
from agent_runner.telemetry import configure_errors, configure_logs, make_interceptors
from agent_runner.tools import make_tools
from agent_runner.web import Ask, WebServer, make_app
from agent_runner.workflows import AgentWorkflow

log = structlog.get_logger()

# An agent that plans and keeps notes, `deep:anthropic:claude-...`.
DEEP = "deep:"
STOP_SECONDS = 30


def make_graph(settings: Settings, tools: Sequence[BaseTool]) -> CompiledStateGraph:
    """Makes the agent that the setting AGENT_MODEL names."""
    build = build_deep_agent if settings.model.startswith(DEEP) else build_graph
    return build(make_chat_model(settings.model.removeprefix(DEEP), settings), tools)


def make_ask(client: Client, task_queue: str) -> Ask:
    """Makes the function that runs the workflow and waits for its answer."""

    async def ask(request: AgentRequest) -> AgentAnswer:
        name = f"{request.conversation}-{uuid.uuid4()}"
        return await client.execute_workflow(AgentWorkflow.run, request, id=name, task_queue=task_queue)

    return ask


async def until_stopped() -> None:
    """Waits for SIGINT or SIGTERM."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    await stopped.wait()


async def serve(settings: Settings) -> int:
    """Runs the worker; returns the exit code."""
    configure_logs()
    configure_errors(settings)
    tools = make_tools(settings)
    try:
        graph = make_graph(settings, tools)
        client = await Client.connect(
            settings.temporal_address,
            namespace=settings.temporal_namespace,
            interceptors=make_interceptors(settings),
        )
    except (SettingsError, RuntimeError, ValueError) as error:
        log.error("cannot start", reason=str(error), temporal=settings.temporal_address, model=settings.model)
        return 1
    redis = Redis.from_url(settings.redis_url)
    activities = Activities(Conversations(redis), graph)
    worker = Worker(
        client,
        task_queue=settings.task_queue,
        workflows=[AgentWorkflow],
        activities=[activities.recall, activities.ask_agent, activities.remember],
    )
    runner = Runner(settings.task_queue, [tool.name for tool in tools])
    server, port = await start_server(f"[::]:{settings.rpc_port}", runner, settings.rpc_key)
    app = make_app(make_ask(client, settings.task_queue))
    web = WebServer(uvicorn.Config(app, host="0.0.0.0", port=settings.http_port, log_config=None))
    log.info("started", version=__version__, task_queue=settings.task_queue, rpc_port=port)
    try:
        async with worker:
            serving = asyncio.create_task(web.serve())
            await until_stopped()
            web.should_exit = True
            await serving
    finally:
        await server.stop(STOP_SECONDS)
        await redis.aclose()
    log.info("stopped")
    return 0
