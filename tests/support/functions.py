"""The Nix functions of this checkout, for a project of its own: what a flake's input would bring."""

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
