"""The gRPC server of a worker."""

from collections.abc import Awaitable, Callable, Sequence

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from agent_runner import __version__
from agent_runner.rpc import runner_pb2, runner_pb2_grpc
from agent_runner.tokens import TokenError, verify

SERVICE = runner_pb2.DESCRIPTOR.services_by_name["Runner"].full_name

Continuation = Callable[[grpc.HandlerCallDetails], Awaitable[grpc.RpcMethodHandler]]


class Runner(runner_pb2_grpc.RunnerServicer):
    """Answers what operators ask."""

    def __init__(self, task_queue: str, tools: Sequence[str]) -> None:
        self._answer = runner_pb2.DescribeResponse(version=__version__, task_queue=task_queue, tools=tools)

    async def Describe(  # noqa: N802 - the name is the proto's
        self, request: runner_pb2.DescribeRequest, context: grpc.aio.ServicerContext
    ) -> runner_pb2.DescribeResponse:
        """Describes the worker."""
        return self._answer


class RequireToken(grpc.aio.ServerInterceptor):
    """Refuses calls of our service without a valid token; health and reflection stay open."""

    def __init__(self, key: str) -> None:
        self._key = key

    async def intercept_service(
        self, continuation: Continuation, handler_call_details: grpc.HandlerCallDetails
    ) -> grpc.RpcMethodHandler:
        """Lets the call through, or answers UNAUTHENTICATED."""
        if handler_call_details.method.startswith(f"/{SERVICE}/"):
            metadata = dict(handler_call_details.invocation_metadata)
            try:
                verify(self._key, metadata.get("authorization", "").removeprefix("Bearer "))
            except TokenError as error:
                return refuse(str(error))
        return await continuation(handler_call_details)


def refuse(reason: str) -> grpc.RpcMethodHandler:
    """Makes a handler that refuses every call."""

    async def handler(request: object, context: grpc.aio.ServicerContext) -> None:
        await context.abort(grpc.StatusCode.UNAUTHENTICATED, reason)

    return grpc.unary_unary_rpc_method_handler(handler)


async def start_server(address: str, runner: Runner, key: str | None) -> tuple[grpc.aio.Server, int]:
    """Starts the server; returns it and its port (port 0: a free one)."""
    server = grpc.aio.server(interceptors=[] if key is None else [RequireToken(key)])
    runner_pb2_grpc.add_RunnerServicer_to_server(runner, server)
    servicer = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    reflection.enable_server_reflection((SERVICE, health.SERVICE_NAME, reflection.SERVICE_NAME), server)
    await servicer.set(SERVICE, health_pb2.HealthCheckResponse.SERVING)
    port = server.add_insecure_port(address)
    await server.start()
    return server, port
