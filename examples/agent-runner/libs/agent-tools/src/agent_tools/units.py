"""Converts between units of measure; the factors lie in `units.json`."""

import json
from functools import cache
from importlib.resources import files


class UnitError(ValueError):
    """The unit is unknown, or the two units measure different things."""


@cache
def _table() -> dict[str, dict[str, float]]:
    """Reads quantity -> unit -> how many of the quantity's base unit it is."""
    return json.loads(files("agent_tools").joinpath("units.json").read_text(encoding="utf-8"))


def unit_names() -> list[str]:
    """Returns every known unit, sorted."""
    return sorted(unit for units in _table().values() for unit in units)


def convert(value: float, source: str, target: str) -> float:
    """Converts a value from one unit to another.

    Raises:
        UnitError: no quantity has both units.
    """
    for units in _table().values():
        if source in units and target in units:
            return value * units[source] / units[target]
    raise UnitError(f"cannot convert `{source}` to `{target}`; known units: {', '.join(unit_names())}")
