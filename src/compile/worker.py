# Compiles Python source for permafreeze-compile: requests on stdin, replies on stdout, both length-prefixed.
# Runs the compiler only; nothing of what is compiled is executed or imported.
import _thread
import _warnings
import gc
import marshal
import sys

# Warnings of the compiler are the package's business. The C filters are used as long as nobody imports `warnings`.
_warnings.filters[:] = [("ignore", None, Warning, None, 0)]
gc.disable()
requests, replies = sys.stdin.buffer, sys.stdout.buffer


def compiled(name, source):
    code = compile(source, name, "exec", dont_inherit=True, optimize=0)
    return marshal.dumps(code)


def variables(name, source):
    """The dict that a module assigns at its top, as JSON."""
    import ast
    import json

    for statement in ast.parse(source, name).body:
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Dict):
            return json.dumps(ast.literal_eval(statement.value)).encode()
    raise ValueError("no top-level assignment of a dict")


def told(error):
    """What is wrong, on one line, as the object has it: `SyntaxError: invalid syntax (a.py, line 1, column 2)`."""
    text = " ".join(f"{type(error).__name__}: {error}".split())
    line = f", line {getattr(error, 'lineno', None)})"
    if getattr(error, "offset", None) and text.endswith(line):
        return f"{text[:-1]}, column {error.offset})"
    return text


def serve():
    kinds = {b"c": compiled, b"v": variables}
    while head := requests.read(9):
        name = requests.read(int.from_bytes(head[1:5], "little")).decode()
        source = requests.read(int.from_bytes(head[5:9], "little"))
        try:
            status, reply = b"+", kinds[head[:1]](name, source)
        except Exception as error:
            status, reply = b"-", told(error).encode("utf-8", "backslashreplace")
        replies.write(status + len(reply).to_bytes(4, "little") + reply)
        replies.flush()


def main():
    # How deep source may nest must not depend on the limit of the main thread's stack.
    _thread.stack_size(256 << 20)
    done = _thread.allocate_lock()
    done.acquire()

    def run():
        try:
            serve()
        finally:
            done.release()

    _thread.start_new_thread(run, ())
    done.acquire()


replies.write(sys.version_info[0].to_bytes(1) + sys.version_info[1].to_bytes(1))
replies.flush()
main()
