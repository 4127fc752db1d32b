"""The hook server: see main."""
