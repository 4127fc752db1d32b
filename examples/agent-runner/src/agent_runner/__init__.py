"""A Temporal worker that runs LangGraph agents.

Imports nothing: `agent-runner --version` must not wait for the libraries.
"""

__version__ = "1.4.0"
