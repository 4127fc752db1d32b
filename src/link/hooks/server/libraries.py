"""PyInstaller.depend.bindepend and ctypes.util, over the linked files: a library of this machine is never found."""
import os
import sys
import types

from .rpc import ask


def get_imports(filename, search_paths=None):
    """The libraries that a library names, and where they are."""
    return {(name, path) for name, path in ask("library_imports", path=str(filename))}


def resolve_library_path(name, search_paths=None):
    """The path of a library in one of the folders; without folders the system's would be meant."""
    for folder in search_paths or ():
        path = os.path.join(folder, os.path.basename(name))
        ask("materialise", path=path)
        if os.path.isfile(path):
            return path
    return None


def find_library(name):
    return None


def resolve_ctypes_imports(names):
    return []


def ctypes_util():
    """ctypes.util, or what hooks use of it: the host Python is static and has no ctypes."""
    try:
        import ctypes.util
    except ImportError:
        package, util = types.ModuleType("ctypes"), types.ModuleType("ctypes.util")
        package.__path__, package.util = [], util
        # What hooks ask of it: whether the target has 64 bits, as all have.
        package.c_void_p, package.sizeof = object(), lambda _: 8
        sys.modules.update({"ctypes": package, "ctypes.util": util})
        return util
    return ctypes.util


def install():
    # Before PyInstaller: it imports ctypes.
    ctypes_util().find_library = find_library
    import PyInstaller.depend
    import PyInstaller.depend.utils

    # The real one needs the tools of this machine (ldd, objdump) and is large.
    bindepend = types.ModuleType("PyInstaller.depend.bindepend")
    bindepend.get_imports = bindepend.getImports = get_imports
    bindepend.resolve_library_path = bindepend.findLibrary = bindepend.findSystemLibrary = resolve_library_path
    bindepend._resolve_library_path_in_search_paths = bindepend.getfullnameof = resolve_library_path
    sys.modules["PyInstaller.depend.bindepend"] = bindepend
    # The real one needs macholib, to change files.
    osx = types.ModuleType("PyInstaller.utils.osx")
    osx.is_framework_bundle_lib = lambda path: ".framework/Versions/" in str(path)
    sys.modules["PyInstaller.utils.osx"] = osx
    PyInstaller.depend.bindepend = bindepend
    PyInstaller.depend.utils._resolveCtypesImports = resolve_ctypes_imports
