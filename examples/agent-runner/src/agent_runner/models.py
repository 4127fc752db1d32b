"""What passes between workflow, activities and clients."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Message:
    """One message of a conversation."""

    role: str
    text: str


@dataclass(frozen=True)
class AgentRequest:
    """A question for the agent."""

    conversation: str
    question: str
    # A JPEG in base64.
    picture: str | None = None


@dataclass(frozen=True)
class AgentTask:
    """A question with what was said before it."""

    question: str
    history: list[Message] = field(default_factory=list)
    picture: str | None = None


@dataclass(frozen=True)
class AgentAnswer:
    """The agent's answer and how many tools it called for it."""

    text: str
    tool_calls: int = 0


@dataclass(frozen=True)
class Exchange:
    """A question and its answer, to be remembered."""

    conversation: str
    messages: list[Message]
