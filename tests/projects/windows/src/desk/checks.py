"""What each package has to do: each check raises or says what it found."""

import asyncio
import importlib.metadata
import importlib.resources
import io
import multiprocessing
import os
import sqlite3
import ssl
import sys
from concurrent import futures


def data() -> str:
    """A file of the application itself, and its metadata."""
    text = importlib.resources.files("desk").joinpath("data/greeting.txt").read_text("utf-8").strip()
    assert text == "Grüße vom Schreibtisch", text
    return f"{importlib.metadata.version('desk')}, {len(text)} characters"


def pydantic() -> str:
    """Rust, built for one Python."""
    from pydantic import BaseModel, ValidationError

    class Order(BaseModel):
        count: int

    try:
        Order(count="many")
    except ValidationError as error:
        return f"{error.error_count()} error, {Order(count='3')}"
    raise AssertionError("`many` is no number")


def cryptography() -> str:
    """Rust with the stable ABI: it loads python3.dll."""
    from cryptography.fernet import Fernet

    fernet = Fernet(Fernet.generate_key())
    return fernet.decrypt(fernet.encrypt(b"secret")).decode()


def numpy() -> str:
    """C and Fortran, with libraries in a folder of their own (`numpy.libs`)."""
    import numpy

    return str(numpy.linalg.solve(numpy.array([[2.0, 0.0], [0.0, 4.0]]), numpy.array([1.0, 1.0])).tolist())


def grpcio() -> str:
    """C++: a server on loopback answers."""
    import grpc

    handler = grpc.unary_unary_rpc_method_handler(lambda request, _: request[::-1])
    server = grpc.server(futures.ThreadPoolExecutor(1))
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("desk", {"Turn": handler})])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            return channel.unary_unary("/desk/Turn")(b"abc", timeout=60).decode()
    finally:
        server.stop(None)


def lxml() -> str:
    """C with its libraries linked in."""
    from lxml import etree

    return etree.XSLT(etree.XML(
        '<x:stylesheet version="1.0" xmlns:x="http://www.w3.org/1999/XSL/Transform">'
        '<x:template match="/"><b><x:value-of select="a/@n"/></b></x:template></x:stylesheet>'
    ))(etree.XML('<a n="1"/>')).getroot().text


def pillow() -> str:
    """A picture there and back."""
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (8, 4), "teal").save(out, "PNG")
    return str(Image.open(io.BytesIO(out.getvalue())).size)


def psutil() -> str:
    """The memory of the machine: of processes wine tells too little."""
    import psutil

    assert psutil.virtual_memory().total > 0
    return str(psutil.pid_exists(os.getpid()))


def pywin32() -> str:
    """Modules that a `.pth` file puts on the path, and libraries that are found by their folder."""
    if sys.platform != "win32":
        return "not for this system"
    import pythoncom
    import pywintypes
    import win32api
    import win32con

    assert pywintypes.IID(str(pythoncom.IID_IUnknown)) == pythoncom.IID_IUnknown
    return f"{win32con.MB_OK} {bool(win32api.GetComputerName())}"


def standard_library() -> str:
    """SQLite, OpenSSL, ctypes, and the event loop with its own kinds of pipes."""
    import ctypes

    with sqlite3.connect(":memory:") as connection:
        assert connection.execute("select 6 * 7").fetchone() == (42,)
    assert ctypes.sizeof(ctypes.c_void_p) == 8

    async def echo() -> str:
        async with asyncio.timeout(60):
            server = await asyncio.start_server(lambda r, w: w.close(), "127.0.0.1", 0)
            async with server:
                reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
                writer.close()
                return repr(await reader.read())

    return f"{ssl.OPENSSL_VERSION.split()[0]} {asyncio.run(echo())}"


def double(number: int) -> int:
    """What the pool does."""
    return 2 * number


def pool() -> str:
    """Processes: each is this program, started anew."""
    with multiprocessing.get_context("spawn").Pool(2) as workers:
        return str(workers.map(double, range(4)))


ALL = {
    check.__name__: check
    for check in (
        data, pydantic, cryptography, numpy, grpcio, lxml, pillow, psutil, pywin32, standard_library, pool,
    )
}
