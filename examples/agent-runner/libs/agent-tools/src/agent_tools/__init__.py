"""Tools that the agents of agent-runner may call: plain functions, no framework."""

from agent_tools.units import UnitError, convert, unit_names

__all__ = ["UnitError", "convert", "unit_names"]
