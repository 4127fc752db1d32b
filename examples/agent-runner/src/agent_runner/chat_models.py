"""The chat models that an agent can use, by name: `PROVIDER:MODEL`."""

from langchain_core.language_models import BaseChatModel

from agent_runner.settings import SettingsError


def make_chat_model(name: str) -> BaseChatModel:
    """Makes the model `anthropic:NAME` or `openai:NAME`; its key is in the provider's usual variable.

    Raises:
        SettingsError: no such provider.
    """
    provider, _, model = name.partition(":")
    match provider:
        case "anthropic":
            from langchain_anthropic import ChatAnthropic

            return ChatAnthropic(model=model, timeout=120, max_retries=2)
        case "openai":
            from langchain_openai import ChatOpenAI

            return ChatOpenAI(model=model, timeout=120, max_retries=2)
    raise SettingsError(f"AGENT_MODEL is `{name}`, expected `anthropic:MODEL` or `openai:MODEL`")
