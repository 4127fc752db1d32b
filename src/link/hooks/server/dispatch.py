"""PyInstaller.isolated, which would run a hook's function with the packages imported: answered instead, by the user or
by a table of static answers.
"""
import os
import sys

from .rpc import refuse

# By a hook's file name, then by function or attribute: what the user's `hook-answers` say.
GIVEN = {}
# By a file's and a function's name: the function that answers for it.
STATIC = {}


def current_hook():
    """The file name of the hook that is running."""
    frame = sys._getframe(1)
    while frame:
        name = os.path.basename(frame.f_code.co_filename)
        if name.startswith("hook-"):
            return name
        frame = frame.f_back
    return "?"


def given(hook, function):
    """What the user's `hook-answers` say."""
    return GIVEN.get(hook, {}).get(function)


def call(function, *arguments, **options):
    hook, name = os.path.basename(function.__code__.co_filename), function.__name__
    answer = given(hook, name)
    if answer is None:
        answer = given(current_hook(), name)
    if answer is not None:
        return answer
    static = STATIC.get((hook, name))
    if static is None:
        # A helper of PyInstaller runs it for a hook: the hook is what the user can answer for.
        refuse(hook if hook.startswith("hook-") else current_hook(), name, f"isolated code of {hook}")
    return static(*arguments, **options)


def decorate(function):
    def wrapped(*arguments, **options):
        return call(function, *arguments, **options)

    wrapped.__wrapped__ = function
    wrapped.__name__ = function.__name__
    return wrapped


class Python:
    def __init__(self, *_, **__):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False

    def call(self, function, *arguments, **options):
        return call(function, *arguments, **options)
