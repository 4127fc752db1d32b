"""Checks of what lies beside the code: metadata and data files."""

from agent_runner.selftest.outcome import Failed, expect


def check_version() -> str:
    """The installed metadata is this version's."""
    from agent_runner import __version__
    from agent_runner.cli import installed_version

    expect("the version in the metadata", installed_version(), __version__)
    return __version__


def check_data() -> str:
    """Data files of the application and of its path dependency are there."""
    import agent_tools

    from agent_runner.graph import system_prompt

    prompt = system_prompt()
    if "convert_units" not in prompt:
        raise Failed(f"the system prompt does not name convert_units: `{prompt[:80]}`")
    expect("3 km in m", agent_tools.convert(3, "km", "m"), 3000)
    try:
        agent_tools.convert(1, "km", "kg")
    except agent_tools.UnitError:
        return f"{len(prompt)} characters of prompt, {len(agent_tools.unit_names())} units"
    raise Failed("1 km was converted to kg")
