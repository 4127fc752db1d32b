"""Logs, errors and traces. Nothing is sent anywhere unless the settings name the place."""

import logging

import sentry_sdk
import structlog
from temporalio.client import Interceptor

from agent_runner import __version__
from agent_runner.settings import Settings


def configure_logs() -> None:
    """Writes logs as JSON lines to stdout."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.dict_tracebacks,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )


def configure_errors(settings: Settings) -> None:
    """Sends errors to Sentry, if it is configured."""
    if settings.sentry_dsn is not None:
        sentry_sdk.init(dsn=settings.sentry_dsn, release=f"agent-runner@{__version__}", send_default_pii=False)


def make_interceptors(settings: Settings) -> list[Interceptor]:
    """Traces workflows and activities to the OTLP endpoint, if there is one."""
    if settings.otlp_endpoint is None:
        return []
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from temporalio.contrib.opentelemetry import TracingInterceptor

    resource = Resource.create({"service.name": "agent-runner", "service.version": __version__})
    provider = TracerProvider(resource=resource)
    endpoint = settings.otlp_endpoint.rstrip("/") + "/v1/traces"
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    trace.set_tracer_provider(provider)
    return [TracingInterceptor()]
