"""One JSON message a line, both ways: the linker calls, we answer; while we work we may ask, and be called again."""
import json
import os
import sys
import traceback

HANDLERS = {}
_input = None
_output = None


class Refused(BaseException):
    """A hook wants to run package code. No `except Exception` of a hook may swallow it."""


REFUSED = []


def refuse(hook, function, what):
    REFUSED.append({"hook": hook, "function": function, "what": " ".join(what.split())[:300]})
    raise Refused(f"{hook}: {function}: {what}")


def handler(function):
    """A function that the linker calls; the names and arguments are those of `Call` in ../protocol.rs."""
    HANDLERS[function.__name__] = function
    return function


def open_pipes():
    """Takes stdin and stdout for the messages; what hooks print goes to stderr."""
    global _input, _output
    _input = os.fdopen(os.dup(0), "r", encoding="utf-8", errors="surrogateescape", newline="\n")
    _output = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="surrogateescape", newline="\n")
    os.dup2(2, 1)
    sys.stdin = open(os.devnull)


def ask(name, **arguments):
    """Asks the linker; the names and arguments are those of `Question` in ../protocol.rs."""
    _send({"kind": "ask", "question": {"name": name, **arguments}})
    while True:
        message = _receive()
        if message["kind"] == "answer":
            return message["value"]
        _serve(message)


def serve():
    while True:
        message = _receive()
        if message is None:
            return
        _serve(message)


def _serve(message):
    outer = REFUSED[:]
    REFUSED.clear()
    try:
        value = HANDLERS[message["name"]](**message.get("arguments", {}))
        # Here, because looking at a value may refuse it.
        value = json.loads(json.dumps(value, default=_plain))
        reply = {"kind": "result", "value": value}
    except Refused:
        reply = {"kind": "result", "value": None}
    except BaseException as error:
        reply = {"kind": "error", "message": _describe(error)}
    if REFUSED:
        reply = {"kind": "refused", **REFUSED[0]}
    REFUSED[:] = outer
    _send(reply)


def _describe(error):
    """The exception and the place in the hook that it comes from; our own frames are nobody's business."""
    here = os.path.dirname(__file__)
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith(here)]
    text = f"{type(error).__name__}: {error}"
    if not frames:
        return text
    return f"{text} (line {frames[-1].lineno} of {os.path.basename(frames[-1].filename)}: `{frames[-1].line}`)"


def _send(message):
    _output.write(json.dumps(message, default=_plain) + "\n")
    _output.flush()


def _receive():
    line = _input.readline()
    if not line:
        sys.exit(0)
    return json.loads(line)


def _plain(value):
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return str(value)
