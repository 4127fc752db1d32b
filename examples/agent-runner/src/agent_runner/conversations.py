"""Conversations in Redis: one list of messages each, newest last."""

from dataclasses import asdict

import orjson
from redis.asyncio import Redis

from agent_runner.models import Message

# A conversation that nobody continues is forgotten after a week.
LIFETIME_SECONDS = 7 * 24 * 3600
# The model gets no more than this many messages.
RECALLED = 50


class Conversations:
    """The conversations of one Redis."""

    def __init__(self, redis: Redis, prefix: str = "agent-runner:conversation:") -> None:
        self._redis = redis
        self._prefix = prefix

    async def recall(self, conversation: str) -> list[Message]:
        """Returns the newest messages, oldest first."""
        rows = await self._redis.lrange(self._prefix + conversation, -RECALLED, -1)
        return [Message(**orjson.loads(row)) for row in rows]

    async def remember(self, conversation: str, messages: list[Message]) -> None:
        """Appends messages."""
        key = self._prefix + conversation
        async with self._redis.pipeline(transaction=True) as pipeline:
            pipeline.rpush(key, *(orjson.dumps(asdict(message)) for message in messages))
            pipeline.expire(key, LIFETIME_SECONDS)
            await pipeline.execute()

    async def forget(self, conversation: str) -> None:
        """Deletes a conversation."""
        await self._redis.delete(self._prefix + conversation)
