"""What projects of tests get: the Nix functions of this checkout, as a flake's input would bring them, and options."""

import shutil
from pathlib import Path

NIX = Path(__file__).resolve().parents[2] / "nix"
# The folders of nix/ that functions read. The recipes of the toolchain are for its maker alone.
FOLDERS = [".", "loader"]


def copy_functions(folder, nix=NIX):
    """Copies them into a new folder."""
    for part in FOLDERS:
        (folder / part).mkdir(parents=True)
        for file in (nix / part).iterdir():
            if file.is_file():
                shutil.copy(file, folder / part)


def set_unpack(project, value):
    """Sets the option `unpack` in a project's pyproject.toml."""
    file = Path(project) / "pyproject.toml"
    text = file.read_text(encoding="utf-8")
    table, line = "[tool.permafreeze]\n", f'unpack = "{value}"\n'
    text = text.replace(table, table + line, 1) if table in text else f"{text}\n{table}{line}"
    file.write_text(text, encoding="utf-8")
