"""What PyInstaller.utils.hooks.qt asks Qt for: where its parts are in the wheels of PySide and PyQt."""
import os
import re

from . import helpers, metadata
from .dispatch import current_hook
from .rpc import refuse

# The folder of Qt in the package, in the order in which layouts came up.
FOLDERS = {"PyQt5": ("Qt5", "Qt"), "PyQt6": ("Qt6", "Qt"), "PySide2": ("Qt",), "PySide6": ("Qt",)}
# PySide's wheels for Windows have Qt in the package itself.
WINDOWS_FOLDERS = FOLDERS | {"PySide2": ("",), "PySide6": ("",)}
# QLibraryInfo's paths, below Qt's folder (Qt 5 and 6 on Linux and macOS).
PATHS = {
    "PrefixPath": "", "LibrariesPath": "lib", "BinariesPath": "bin", "PluginsPath": "plugins",
    "TranslationsPath": "translations", "DataPath": "", "ArchDataPath": "", "LibraryExecutablesPath": "libexec",
    "QmlImportsPath": "qml", "Qml2ImportsPath": "qml", "ImportsPath": "imports",
}
# What they are on Windows instead, in PyQt's wheels and in PySide's.
WINDOWS_PATHS = {
    "PyQt": {"LibraryExecutablesPath": "bin"}, "PySide": {"LibraryExecutablesPath": "", "BinariesPath": ""},
}


def library_info(package):
    """None if the package has no QtCore."""
    core = helpers.find(f"{package}.QtCore", materialise=True)
    if core is None:
        return None
    location = os.path.dirname(core["file"])
    from PyInstaller.compat import is_win

    names, paths = (WINDOWS_FOLDERS, PATHS | WINDOWS_PATHS[package[:-1]]) if is_win else (FOLDERS, PATHS)
    folders = [os.path.normpath(os.path.join(location, folder)) for folder in names[package]]
    prefix = next((folder for folder in folders if os.path.isdir(os.path.join(folder, "plugins"))), None)
    if prefix is None:
        refuse(current_hook(), "_read_qt_library_info", f"`{package}` has no Qt of its own: no folder `{folders[0]}`")
    return {
        "is_debug_build": False, "version": _version(package, os.path.join(prefix, "lib")), "package_location": location,
        "location": {name: os.path.normpath(os.path.join(prefix, path)) for name, path in paths.items()},
    }


def _version(package, libraries):
    """Qt's version: a library's name ends with it, else the package's is the same but for the last number."""
    for name in sorted(os.listdir(libraries)) if os.path.isdir(libraries) else ():
        found = re.fullmatch(r"libQt\dCore\.so\.(\d+)\.(\d+)\.(\d+)", name)
        if found:
            return [int(part) for part in found.groups()]
    owners = metadata.packages_distributions().get(package, [package])
    return [int(part) for part in re.findall(r"\d+", metadata.version(owners[0]))[:3]]


def openssl(package):
    """Qt loads the OpenSSL of the machine that it runs on: there is none to collect."""
    return False, None
