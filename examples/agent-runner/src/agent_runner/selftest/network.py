"""Checks of the libraries that talk to others; only loopback is used, and Redis where REDIS_URL names one."""

import asyncio
import os
import uuid

from agent_runner.selftest.outcome import Failed, Skipped, expect

BODY = b'--cut\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nhello\r\n--cut--\r\n'


def check_grpc() -> str:
    """The worker's gRPC server answers, refuses a call without a token, and describes itself."""
    return asyncio.run(_check_grpc())


async def _check_grpc() -> str:
    import grpc

    from agent_runner import __version__
    from agent_runner.rpc import runner_pb2, runner_pb2_grpc
    from agent_runner.rpc.server import Runner, start_server
    from agent_runner.tokens import issue

    key = "k" * 32
    server, port = await start_server("127.0.0.1:0", Runner("queue", ["convert_units"]), key)
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            stub = runner_pb2_grpc.RunnerStub(channel)
            metadata = (("authorization", f"Bearer {issue(key, 'selftest')}"),)
            answer = await stub.Describe(
                runner_pb2.DescribeRequest(), metadata=metadata, wait_for_ready=True, timeout=30
            )
            expect("the answer", (answer.version, list(answer.tools)), (__version__, ["convert_units"]))
            try:
                await stub.Describe(runner_pb2.DescribeRequest(), timeout=30)
            except grpc.aio.AioRpcError as error:
                expect("the status without a token", error.code(), grpc.StatusCode.UNAUTHENTICATED)
            else:
                raise Failed("a call without a token was answered")
            return await _check_reflection(channel)
    finally:
        await server.stop(None)


async def _check_reflection(channel: "grpc.aio.Channel") -> str:  # noqa: F821 - grpc is imported by the check
    from google.protobuf.descriptor_pb2 import FileDescriptorProto
    from grpc_health.v1 import health_pb2, health_pb2_grpc
    from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

    from agent_runner.rpc.server import SERVICE

    request = reflection_pb2.ServerReflectionRequest
    requests = [request(list_services=""), request(file_containing_symbol=SERVICE)]
    stub = reflection_pb2_grpc.ServerReflectionStub(channel)
    listing, described = [answer async for answer in stub.ServerReflectionInfo(iter(requests), timeout=30)]
    services = [service.name for service in listing.list_services_response.service]
    if SERVICE not in services:
        raise Failed(f"reflection lists {services}, expected `{SERVICE}` in it")
    file = FileDescriptorProto.FromString(described.file_descriptor_response.file_descriptor_proto[0])
    expect("the methods by reflection", [method.name for method in file.service[0].method], ["Describe"])
    health = await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(service=SERVICE), timeout=30)
    expect("the health", health.status, health_pb2.HealthCheckResponse.SERVING)
    return f"{len(services)} services by reflection"


def check_daytona() -> str:
    """Daytona's client is made, and `multipart` is the module that it means, not the package of python-multipart."""
    import multipart
    import python_multipart
    from daytona import AsyncDaytona, DaytonaConfig
    from daytona._async import filesystem
    from multipart import MultipartSegment, PushMultipartParser

    with PushMultipartParser("cut") as parser:
        parts = list(parser.parse(BODY))
    segment = parts[0]
    if not isinstance(segment, MultipartSegment):
        raise Failed(f"the first part is `{segment}`, expected a MultipartSegment")
    expect("the form's field", (segment.name, segment.filename, bytes(parts[1])), ("file", "a.txt", b"hello"))
    if filesystem.MultipartSegment is not MultipartSegment:
        raise Failed("daytona has another MultipartSegment")
    if python_multipart.MultipartParser is getattr(multipart, "MultipartParser", None):
        raise Failed("multipart is python-multipart's")
    AsyncDaytona(DaytonaConfig(api_key="none", api_url="http://127.0.0.1:9"))
    return f"multipart {multipart.__version__} beside python-multipart {python_multipart.__version__}"


def check_traces() -> str:
    """OpenTelemetry finds its parts by entry points and records a span."""
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
    from temporalio.contrib.opentelemetry import TracingInterceptor

    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("agent-runner")
    with tracer.start_as_current_span("outer"), tracer.start_as_current_span("inner"):
        pass
    provider.shutdown()
    inner, outer = exporter.get_finished_spans()
    expect("the inner span's parent", inner.parent.span_id if inner.parent else None, outer.context.span_id)
    TracingInterceptor(tracer)
    return f"{inner.name} in {outer.name}"


def check_redis() -> str:
    """A conversation goes to Redis and comes back."""
    url = os.environ.get("REDIS_URL")
    if not url:
        raise Skipped("REDIS_URL is not set")
    return asyncio.run(_check_redis(url))


async def _check_redis(url: str) -> str:
    from redis.asyncio import Redis

    from agent_runner.conversations import Conversations
    from agent_runner.models import Message

    said = [Message("user", "Grüß Gott"), Message("assistant", "Hello.")]
    name = f"selftest-{uuid.uuid4()}"
    async with Redis.from_url(url, socket_connect_timeout=10, socket_timeout=10) as redis:
        conversations = Conversations(redis)
        await conversations.remember(name, said)
        try:
            expect("the conversation", await conversations.recall(name), said)
        finally:
            await conversations.forget(name)
        expect("the forgotten conversation", await conversations.recall(name), [])
        version = (await redis.info("server"))["redis_version"]
    return f"Redis {version}"
