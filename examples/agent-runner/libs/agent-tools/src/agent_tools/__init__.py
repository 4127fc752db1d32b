"""Tools that the agents of agent-runner may call."""
