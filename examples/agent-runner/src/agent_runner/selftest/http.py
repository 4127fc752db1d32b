"""Check of the HTTP side: httpx asks our application, served by uvicorn on loopback."""

import asyncio
import base64
import io
import socket
import sys

from agent_runner.selftest.outcome import expect


def check_http() -> str:
    """A form with a picture is answered; a file that is no picture is refused."""
    with asyncio.Runner(loop_factory=_new_event_loop) as runner:
        return runner.run(_check_http())


def _new_event_loop() -> asyncio.AbstractEventLoop:
    """Makes the loop that uvicorn takes: uvloop's, which is not for Windows."""
    if sys.platform == "win32":
        return asyncio.new_event_loop()
    import uvloop

    return uvloop.new_event_loop()


async def _check_http() -> str:
    import uvicorn

    from agent_runner.models import AgentAnswer, AgentRequest
    from agent_runner.web import WebServer, make_app

    async def ask(request: AgentRequest) -> AgentAnswer:
        return AgentAnswer(text=f"{request.question} {picture_size(request.picture)}")

    config = uvicorn.Config(make_app(ask), http="httptools", log_config=None, lifespan="off")
    server = WebServer(config)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            return await _ask_form(f"http://127.0.0.1:{listener.getsockname()[1]}", serving)
        finally:
            server.should_exit = True
            await serving


async def _ask_form(url: str, serving: asyncio.Task[None]) -> str:
    import httpx

    from agent_runner import __version__

    form = {"conversation": "1", "question": "What is this?"}
    # The listener is bound but not yet listening: the transport tries again until it is.
    transport = httpx.AsyncHTTPTransport(retries=8)
    async with httpx.AsyncClient(base_url=url, transport=transport, trust_env=False, timeout=30) as client:
        health = await client.get("/healthz")
        expect("the health", health.json(), {"status": "ok", "version": __version__})
        good = await client.post("/questions", data=form, files={"picture": ("a.png", make_png(), "image/png")})
        expect("the answer", good.json(), {"text": "What is this? (1024, 512)", "tool_calls": 0})
        bad = await client.post("/questions", data=form, files={"picture": ("a.png", b"no picture", "image/png")})
        expect("the status of a bad picture", bad.status_code, 422)
    expect("the server's end", serving.done(), False)
    return good.json()["text"]


def make_png() -> bytes:
    """Makes a picture that is larger than a model may see."""
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (2048, 1024), "teal").save(out, "PNG")
    return out.getvalue()


def picture_size(picture: str | None) -> tuple[int, int] | None:
    """Returns the size of the picture that the workflow would get."""
    from PIL import Image

    return None if picture is None else Image.open(io.BytesIO(base64.b64decode(picture))).size
