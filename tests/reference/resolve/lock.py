"""Locks a test project with Poetry: lock.py POETRY PROJECT

The lock file must hold no index: what is locked comes from the index that pip is configured with, as in every project
without a source of its own. Poetry's own default asks another interface of that index, which mirrors may not have; so a
copy of the project is locked with pip's index as its source, and the source is taken out again.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HASH = (
    "import json, sys; from pathlib import Path; from poetry.packages.locker import Locker; "
    "import tomllib; data = tomllib.loads(Path('pyproject.toml').read_text()); "
    "given = data if 'set_pyproject_data' in dir(Locker) else data.get('tool', {}).get('poetry', {}); "
    "print(Locker(Path('poetry.lock'), given)._content_hash)"
)


def index_url() -> str:
    configured = subprocess.run(
        [sys.executable, "-m", "pip", "config", "get", "global.index-url"], capture_output=True, text=True
    ).stdout.strip()
    default = "from pip._internal.cli.cmdoptions import index_url; print(index_url().default)"
    return (
        os.environ.get("PIP_INDEX_URL")
        or configured
        or subprocess.run([sys.executable, "-c", default], capture_output=True, text=True, check=True).stdout.strip()
    )


def main(poetry: Path, project: Path) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(temporary, "project")
        shutil.copytree(project, copy)
        pyproject = copy / "pyproject.toml"
        own = pyproject.read_text()
        source = f'\n[[tool.poetry.source]]\nname = "configured"\nurl = {json.dumps(index_url())}\npriority = "primary"\n'
        pyproject.write_text(own + source)
        (copy / "poetry.lock").unlink(missing_ok=True)
        environment = {**os.environ, "POETRY_VIRTUALENVS_CREATE": "false"}
        subprocess.run([poetry, "lock", "--no-interaction"], cwd=copy, check=True, env=environment)
        text = (copy / "poetry.lock").read_text()
        text = re.sub(r'\n\[package\.source\]\ntype = "legacy"\nurl = "[^"]*"\nreference = "configured"\n', "", text)
        pyproject.write_text(own)
        python = poetry.parent / "python"
        content_hash = subprocess.run([python, "-c", HASH], cwd=copy, check=True, capture_output=True, text=True).stdout
        text = re.sub(r'(?m)^content-hash = ".*"$', f'content-hash = "{content_hash.strip()}"', text)
        (project / "poetry.lock").write_text(text)
    subprocess.run([poetry, "check", "--lock"], cwd=project)


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute(), Path(sys.argv[2]))
