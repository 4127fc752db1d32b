"""PyInstaller.isolated, which would run a function of a hook with the packages imported: it runs here, where imports give
modules of which only constants are known (`modules`), unless the user or a table of static answers answers for it.
"""
import contextlib
import io
import os
import sys
import textwrap

from .rpc import refuse

# By a hook's file name, then by function or attribute: what the user's `hook-answers` say.
GIVEN = {}
# By a file's and a function's name: the function that answers for it. Without a file: in every file.
STATIC = {}
# The functions of PyInstaller.isolated that run.
_running = []
# The files of the hooks whose calls are answered.
_hooks = []


def current_hook():
    """The file name of the hook that is running."""
    frame = sys._getframe(1)
    while frame:
        name = os.path.basename(frame.f_code.co_filename)
        if name.startswith("hook-"):
            return name
        frame = frame.f_back
    return _hooks[-1] if _hooks else "?"


@contextlib.contextmanager
def answering_for(path):
    """While what a hook has said is looked at, the hook is still the one that speaks."""
    _hooks.append(os.path.basename(path))
    try:
        yield
    finally:
        _hooks.pop()


def current_function():
    """The function that a user can answer for: the isolated one that runs, else that of the hook's file."""
    if _running:
        return _running[0]
    frame = sys._getframe(1)
    while frame and not os.path.basename(frame.f_code.co_filename).startswith("hook-"):
        frame = frame.f_back
    return frame.f_code.co_name if frame else "?"


def given(hook, function):
    """What the user's `hook-answers` say."""
    return GIVEN.get(hook, {}).get(function)


def given_or_refuse(description):
    """The user's answer for a value that is no constant. The function that wants it is what a user can answer for best."""
    hook = current_hook()
    answer = given(hook, description)
    if answer is None:
        function = _running[0] if _running else description
        refuse(hook, function, f"it uses `{description}`" if _running else "it is no constant of the package")
    return answer


def call(function, *arguments, **options):
    hook, name = os.path.basename(function.__code__.co_filename), function.__name__
    answer = given(hook, name)
    if answer is None:
        answer = given(current_hook(), name)
    if answer is not None:
        return answer
    function = STATIC.get((hook, name)) or STATIC.get((None, name)) or function
    _running.append(name)
    try:
        return function(*arguments, **options)
    finally:
        _running.pop()


def decorate(function):
    def wrapped(*arguments, **options):
        return call(function, *arguments, **options)

    wrapped.__wrapped__ = function
    wrapped.__name__ = function.__name__
    return wrapped


def exec_statement(statement):
    """What a statement prints that PyInstaller would run in another interpreter."""
    answer = given(current_hook(), "exec_statement")
    if answer is not None:
        return "\n".join(answer)
    output = io.StringIO()
    _running.append("exec_statement")
    try:
        with contextlib.redirect_stdout(output):
            exec(textwrap.dedent(statement), {"__name__": "__main__"})
    finally:
        _running.pop()
    return output.getvalue().strip()


def eval_statement(statement):
    answer = given(current_hook(), "eval_statement")
    if answer is not None:
        return answer
    text = exec_statement(statement)
    # As PyInstaller has it: what is empty can be iterated over.
    return eval(text) if text else ""


class Python:
    def __init__(self, *_, **__):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False

    def call(self, function, *arguments, **options):
        return call(function, *arguments, **options)
