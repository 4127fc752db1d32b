"""What the worker is told: the environment, over a file of settings (`.env`), over defaults."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dotenv import dotenv_values


class SettingsError(ValueError):
    """A setting is missing, has a wrong value, or the file of settings cannot be read."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The worker's settings; the environment's names are in `from_mapping`."""

    temporal_address: str = "localhost:7233"
    temporal_namespace: str = "default"
    task_queue: str = "agent-runner"
    model: str = "anthropic:claude-sonnet-4-5"
    anthropic_api_key: str | None = None
    openai_api_key: str | None = None
    redis_url: str = "redis://localhost:6379/0"
    http_port: int = 8080
    rpc_port: int = 9090
    rpc_key: str | None = None
    daytona_api_key: str | None = None
    sentry_dsn: str | None = None
    otlp_endpoint: str | None = None


def port(values: Mapping[str, str], name: str, default: int) -> int:
    """Reads a TCP port."""
    text = values.get(name, str(default))
    if not text.isascii() or not text.isdigit() or not 0 <= int(text) <= 65535:
        raise SettingsError(f"{name} is `{text}`, expected a port (0 to 65535)")
    return int(text)


def from_mapping(values: Mapping[str, str]) -> Settings:
    """Makes the settings from names and texts.

    Raises:
        SettingsError: a value is wrong.
    """
    default = Settings()
    return Settings(
        temporal_address=values.get("TEMPORAL_ADDRESS", default.temporal_address),
        temporal_namespace=values.get("TEMPORAL_NAMESPACE", default.temporal_namespace),
        task_queue=values.get("AGENT_TASK_QUEUE", default.task_queue),
        model=values.get("AGENT_MODEL", default.model),
        anthropic_api_key=values.get("ANTHROPIC_API_KEY"),
        openai_api_key=values.get("OPENAI_API_KEY"),
        redis_url=values.get("REDIS_URL", default.redis_url),
        http_port=port(values, "AGENT_HTTP_PORT", default.http_port),
        rpc_port=port(values, "AGENT_RPC_PORT", default.rpc_port),
        rpc_key=values.get("AGENT_RPC_KEY"),
        daytona_api_key=values.get("DAYTONA_API_KEY"),
        sentry_dsn=values.get("SENTRY_DSN"),
        otlp_endpoint=values.get("OTEL_EXPORTER_OTLP_ENDPOINT"),
    )


def load_settings(env_file: str | None = None) -> Settings:
    """Reads the environment and the file of settings: `.env` where there is one, or the file that is named.

    Raises:
        SettingsError: the named file is not there, or a value is wrong.
    """
    path = Path(env_file or ".env")
    if env_file is not None and not path.is_file():
        raise SettingsError(f"{path}: no such file of settings")
    in_file = {name: value for name, value in dotenv_values(path).items() if value is not None}
    return from_mapping(in_file | dict(os.environ))
