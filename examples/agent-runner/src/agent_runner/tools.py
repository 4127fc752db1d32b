"""The tools that agents may call."""

import agent_tools
from langchain_core.tools import BaseTool, tool

from agent_runner.settings import Settings


@tool
def convert_units(value: float, source: str, target: str) -> float:
    """Convert a value from one unit to another, for example 3 from `km` to `m`."""
    return agent_tools.convert(value, source, target)


def make_run_python(api_key: str) -> BaseTool:
    """Makes the tool that runs code in a Daytona sandbox, which is thrown away after it."""
    from daytona import AsyncDaytona, DaytonaConfig

    @tool
    async def run_python(code: str) -> str:
        """Run Python code in a sandbox and return what it printed."""
        async with AsyncDaytona(DaytonaConfig(api_key=api_key)) as daytona:
            sandbox = await daytona.create()
            try:
                response = await sandbox.process.code_run(code)
                return response.result
            finally:
                await sandbox.delete()

    return run_python


def make_tools(settings: Settings) -> list[BaseTool]:
    """Makes the tools that the settings allow."""
    if settings.daytona_api_key is None:
        return [convert_units]
    return [convert_units, make_run_python(settings.daytona_api_key)]
