"""A Temporal worker that runs LangGraph agents."""
