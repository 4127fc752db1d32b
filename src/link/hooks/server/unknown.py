"""A value that only running package code would tell: it may be passed around; whoever uses it is refused."""
from . import dispatch


class Unknown:
    """`description` is what a user may answer for, as `package.attribute`."""

    def __init__(self, description):
        object.__setattr__(self, "description", description)

    def __call__(self, *_, **__):
        return dispatch.given_or_refuse(f"{self.description}()")


def _refuse(self, *_):
    return dispatch.given_or_refuse(self.description)


for operation in ("add", "bool", "bytes", "contains", "enter", "eq", "exit", "fspath", "ge", "getattr", "getitem", "gt",
                  "hash", "index", "int", "iter", "le", "len", "lt", "mod", "ne", "next", "or", "radd", "repr", "rmod",
                  "ror", "setattr", "setitem", "str"):
    setattr(Unknown, f"__{operation}__", _refuse)


def known(value):
    """The value; refuses it if a part of it is unknown."""
    if isinstance(value, Unknown):
        _refuse(value)
    parts = [*value.keys(), *value.values()] if isinstance(value, dict) else value
    if isinstance(value, (dict, list, tuple, set, frozenset)):
        for part in parts:
            known(part)
    return value
