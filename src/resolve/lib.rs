//! pyproject.toml + poetry.lock + targets -> plan; pure.
