"""How a check ends when it does not simply return."""


class Failed(Exception):
    """What was checked is not so."""


class Skipped(Exception):
    """The check needs something that is not here."""


def expect(what: str, actual: object, expected: object) -> None:
    """Compares; `assert` would be gone under `python -O`.

    Raises:
        Failed: the two differ.
    """
    if actual != expected:
        raise Failed(f"{what} is `{actual}`, expected `{expected}`")
