"""What the applications of the repository share."""
