"""The chat models that an agent can use, by name: `PROVIDER:MODEL`."""

from langchain_core.language_models import BaseChatModel

from agent_runner.settings import Settings, SettingsError

TIMEOUT_SECONDS = 120
RETRIES = 2


def need_key(name: str, key: str | None) -> str:
    """Returns the provider's key.

    Raises:
        SettingsError: it is not set.
    """
    if not key:
        raise SettingsError(f"{name} is not set, and AGENT_MODEL needs it")
    return key


def make_chat_model(name: str, settings: Settings) -> BaseChatModel:
    """Makes the model `anthropic:MODEL` or `openai:MODEL`.

    Raises:
        SettingsError: no such provider, or its key is not set.
    """
    provider, _, model = name.partition(":")
    match provider:
        case "anthropic":
            from langchain_anthropic import ChatAnthropic

            key = need_key("ANTHROPIC_API_KEY", settings.anthropic_api_key)
            return ChatAnthropic(model=model, api_key=key, timeout=TIMEOUT_SECONDS, max_retries=RETRIES)
        case "openai":
            from langchain_openai import ChatOpenAI

            key = need_key("OPENAI_API_KEY", settings.openai_api_key)
            return ChatOpenAI(model=model, api_key=key, timeout=TIMEOUT_SECONDS, max_retries=RETRIES)
    raise SettingsError(f"AGENT_MODEL is `{name}`, expected `anthropic:MODEL` or `openai:MODEL`")
