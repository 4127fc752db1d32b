"""The HTTP side of a worker: ask a question with a form, and health."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import uvicorn
from fastapi import FastAPI, File, Form, HTTPException

from agent_runner import __version__
from agent_runner.models import AgentAnswer, AgentRequest
from agent_runner.pictures import PictureError, shrink

Ask = Callable[[AgentRequest], Awaitable[AgentAnswer]]


def make_app(ask: Ask) -> FastAPI:
    """Makes the application; `ask` runs the workflow."""
    app = FastAPI(title="agent-runner", version=__version__)

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        """Says that the worker is up."""
        return {"status": "ok", "version": __version__}

    @app.post("/questions")
    async def questions(
        conversation: Annotated[str, Form()],
        question: Annotated[str, Form()],
        picture: Annotated[bytes | None, File()] = None,
    ) -> AgentAnswer:
        """Answers a question, with a picture or without."""
        try:
            small = None if picture is None else shrink(picture)
        except PictureError as error:
            raise HTTPException(422, str(error)) from error
        return await ask(AgentRequest(conversation, question, small))

    return app


class WebServer(uvicorn.Server):
    """Serves the application inside a running loop, until `should_exit`."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves the signals to the worker, which stops in its own order."""
        yield
