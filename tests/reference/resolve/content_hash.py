"""The content hash against Poetry's Locker."""

import tomllib
from pathlib import Path

import support
from poetry.packages.locker import Locker

MADE_UP = [
    "",
    "[tool.poetry]\nname = 'a'\n",
    "[tool.poetry.dependencies]\npython = '^3.13'\n'näme' = { version = '*', markers = \"os_name == 'ü😀'\" }\n",
    "[tool.poetry.dependencies]\na = [{version = '1', python = '<3'}, {version = '2', optional = true}]\nb = 1.5\nc = 3\n",
    "[tool.poetry.dev-dependencies]\npytest = '*'\n[tool.poetry.extras]\nx = ['a', 'b']\n",
    "[[tool.poetry.source]]\nname = 'x'\nurl = 'https://index.example/'\npriority = 'primary'\n[tool.poetry.group.g.dependencies]\nq = '1'\n",
    "[project]\nname = 'a'\nversion = '1'\n",
    "[project]\nrequires-python = '>=3.13'\n",
    "[project]\nname = 'a'\ndependencies = []\n[tool.poetry]\npackages = []\n",
    "[project]\ndependencies = ['b>=1', \"c ; os_name == 'nt'\"]\n[project.optional-dependencies]\nx = ['d']\n[tool.poetry.dependencies]\nb = { source = 'x' }\n",
    "[dependency-groups]\n",
    "[dependency-groups]\ndev = ['a', {include-group = 'b'}]\nb = []\n",
    "[tool.poetry.dependencies]\npython = '*'\n[dependency-groups]\nb = ['x\\ty\\\"\\\\']\n",
    "[tool.poetry.group.dev]\noptional = true\n[tool.poetry.group.dev.dependencies]\n\"a.b\" = '*'\n",
]


def main() -> None:
    texts = MADE_UP + [(project / "pyproject.toml").read_text() for project in support.PROJECTS]
    outcomes = support.Outcomes("content_hash")
    for text, found in zip(texts, support.ask([{"do": "hash", "pyproject": text} for text in texts]), strict=True):
        outcomes.check(text, Locker(Path("poetry.lock"), tomllib.loads(text))._content_hash, found)
    outcomes.finish()


if __name__ == "__main__":
    main()
