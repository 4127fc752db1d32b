"""What PyInstaller.utils.hooks.tcl_tk asks Tcl for: found in the runtime, which has Tcl's scripts beside its libraries."""
import os
import re

from . import helpers
from .rpc import ask


def info():
    """None if the runtime has no tkinter, or one that could not start: PyInstaller leaves it out then, with a warning."""
    if helpers.find("_tkinter") is None or helpers.find("tkinter") is None:
        return None
    from PyInstaller import compat

    # CPython's `PC/layout/main.py` puts them into a folder of their own.
    root = "tcl" if compat.is_win else "lib"
    folder = _scripts(os.path.join(compat.base_prefix, root))
    if folder is None:
        ask("warn", text=f"the runtime has `_tkinter`, but no scripts of Tcl (`{root}/tcl8.6/init.tcl`)")
        return None
    number = re.search(r"\d+\.\d+", os.path.basename(folder))[0]
    return {
        "available": True, "tkinter_extension_file": (helpers.find("_tkinter", materialise=True) or {})["file"],
        "tcl_version": number, "tk_version": number, "_tcl_runtime_version": number, "tcl_threaded": True,
        "tcl_data_dir": folder,
    }


def version():
    found = info()
    if found is None:
        raise ImportError("tkinter")
    return found["tcl_version"]


def _scripts(root):
    """The folder of Tcl's scripts; what lies beside it (Tk, modules) is written too."""
    for number in ("8.6", "8.7", "9.0", "9.1"):
        folder = os.path.join(root, f"tcl{number}")
        for name in (f"tcl{number}", f"tk{number}", f"tcl{number[0]}"):
            ask("materialise", path=os.path.join(root, name))
        if os.path.isfile(os.path.join(folder, "init.tcl")):
            return folder
    return None
