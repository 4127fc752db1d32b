"""A chat model that answers what it was told to, for the checks of agents."""

from collections.abc import Sequence
from typing import Any

from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, ToolCall
from langchain_core.tools import BaseTool

ANSWER = "5 km are 5000 m."


class FakeChatModel(GenericFakeChatModel):
    """First calls a tool, then answers with the tool's result."""

    def bind_tools(self, tools: Sequence[BaseTool], **kwargs: Any) -> "FakeChatModel":
        """Takes any tools."""
        return self


def fake_model() -> FakeChatModel:
    """Makes the model."""
    arguments = {"value": 5, "source": "km", "target": "m"}
    call = ToolCall(name="convert_units", args=arguments, id="call-1", type="tool_call")
    return FakeChatModel(messages=iter([AIMessage("", tool_calls=[call]), AIMessage(ANSWER)]))
