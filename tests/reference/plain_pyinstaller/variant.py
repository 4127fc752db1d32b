"""Rewrites [tool.permafreeze] of a pyproject.toml so that the linked executable and PyInstaller's are comparable.

usage: variant.py PYPROJECT

Takes the dev group in, leaves pytest out, and sets no collection mode (which PyInstaller's command line cannot say). The one
target is what PyInstaller makes: a lock with another PyInstaller has its wheels for Linux alone.
"""

import re
import sys

TABLE = "[tool.permafreeze]\n"


def main(path):
    text = open(path, encoding="utf-8").read()
    if TABLE not in text:
        sys.exit(f"{path}: no {TABLE.strip()}")
    text = re.sub(r"(?m)^module-collection-mode = .*\n", "", text)
    text = re.sub(r"(?m)^targets = .*\n", 'targets = ["linux-amd64"]\n', text)
    text = re.sub(r"(?m)^runtimes = .*\n", "", text)
    options = 'groups = ["main", "dev"]\nexclude-modules = ["pytest", "_pytest"]\n'
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace(TABLE, TABLE + options))


if __name__ == "__main__":
    main(*sys.argv[1:])
