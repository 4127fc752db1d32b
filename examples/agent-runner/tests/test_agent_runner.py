"""Tests of the worker's own code, and that every kind of check can fail."""

import tomllib
from pathlib import Path

import agent_tools
import pytest
import tiktoken
from daytona._async import filesystem
from opentelemetry.sdk.trace import TracerProvider

import agent_runner
from agent_runner import cli, graph, tokens, web
from agent_runner.chat_models import make_chat_model
from agent_runner.pictures import PictureError, shrink
from agent_runner.rpc import server
from agent_runner.selftest import CHECKS, history, processes, run_checks, security
from agent_runner.settings import Settings, SettingsError, from_mapping, load_settings

PYPROJECT = Path(__file__).parent.parent / "pyproject.toml"


def test_version_is_the_projects() -> None:
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
    assert agent_runner.__version__ == project["version"]


def test_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        cli.main(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out == f"agent-runner {agent_runner.__version__}\n"


def test_environment_wins_over_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "settings"
    file.write_text("AGENT_TASK_QUEUE=file\nAGENT_RPC_PORT=1\n")
    monkeypatch.setenv("AGENT_TASK_QUEUE", "environment")
    settings = load_settings(str(file))
    assert (settings.task_queue, settings.rpc_port) == ("environment", 1)


def test_missing_file_of_settings_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no such file"):
        load_settings(str(tmp_path / "none"))


@pytest.mark.parametrize("text", ["", "-1", "65536", "http", "²"])
def test_wrong_port_is_an_error(text: str) -> None:
    with pytest.raises(SettingsError, match="AGENT_HTTP_PORT"):
        from_mapping({"AGENT_HTTP_PORT": text})


def test_no_settings_are_the_defaults() -> None:
    assert from_mapping({}) == Settings()


@pytest.mark.parametrize(("model", "name"), [("anthropic:m", "ANTHROPIC_API_KEY"), ("openai:m", "OPENAI_API_KEY")])
def test_missing_key_is_an_error(model: str, name: str) -> None:
    with pytest.raises(SettingsError, match=f"{name} is not set"):
        make_chat_model(model, Settings())


def test_no_picture_is_refused() -> None:
    with pytest.raises(PictureError):
        shrink(b"no picture")


def test_old_token_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "LIFETIME_SECONDS", -1)
    with pytest.raises(tokens.TokenError, match="expired"):
        tokens.verify("k" * 32, tokens.issue("k" * 32, "operator"))


def dying_child(connection: object) -> None:
    """A child that ends without an answer."""
    raise SystemExit(3)


# Check -> what is broken (the object, its attribute, what stands there instead), and the reason that is printed.
BREAKS = {
    "version": (cli, "installed_version", lambda: "0.0.0", "is `0.0.0`"),
    "data": (agent_tools, "convert", lambda value, source, target: 0.0, "3 km in m is `0.0`"),
    "certificates": (security, "FEWEST_AUTHORITIES", 10_000, "expected more than 10000"),
    "jwt": (tokens, "verify", lambda key, token: "operator", "was accepted"),
    "identity": (security, "flip_signature", lambda token: token, "a changed signature was accepted"),
    "spawn": (processes, "child", dying_child, "the child ended with exit code 3"),
    "grpc": (server.RequireToken, "intercept_service", lambda self, go_on, details: go_on(details), "was answered"),
    "http": (web, "shrink", lambda data: "", "JSONDecodeError"),
    "graph": (agent_tools, "convert", lambda value, source, target: 0.0, "the list of the tool's results is `['0.0']`"),
    "models": (tiktoken, "list_encoding_names", lambda: [], "tiktoken knows only"),
    "deepagents": (graph, "build_deep_agent", graph.build_graph, "cannot keep notes"),
    "daytona": (filesystem, "MultipartSegment", object, "another MultipartSegment"),
    "traces": (TracerProvider, "add_span_processor", lambda self, processor: None, "not enough values"),
    "history": (history, "rename_activity", lambda recorded, old, new: recorded, "does not fit"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_check_fails_when_broken(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    owner, attribute, broken, reason = BREAKS[name]
    monkeypatch.setattr(owner, attribute, broken)
    assert run_checks([name]) == 1
    line = capsys.readouterr().out
    assert line.startswith(f"FAIL {name}: ")
    assert reason in line


def test_check_fails_without_its_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    assert run_checks(["redis"]) == 1


def test_unknown_check_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_checks(["nothing"]) == 1
    assert ", ".join(CHECKS) in capsys.readouterr().out
