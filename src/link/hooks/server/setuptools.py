"""What PyInstaller.utils.hooks.setuptools finds by importing setuptools, found by looking at files.

Importing setuptools puts `setuptools/_vendor` at the *end* of sys.path; so a vendored copy is what one gets exactly
when nothing else provides the name.
"""
import os

from . import helpers, metadata
from .rpc import ask

NAMESPACES = ("backports", "jaraco")
CANDIDATES = (
    "autocommand", "backports.tarfile", "importlib_metadata", "importlib_resources", "inflect", "jaraco.context",
    "jaraco.functools", "jaraco.text", "more_itertools", "ordered_set", "packaging", "platformdirs", "tomli",
    "typeguard", "typing_extensions", "wheel", "zipp",
)
# Tests and scripts that come with vendored packages.
LEFT_OUT = (
    "setuptools._vendor.pyparsing.diagram", "setuptools._vendor.importlib_resources.tests",
    "setuptools._vendor.jaraco.text.show-newlines", "setuptools._vendor.jaraco.text.strip-prefix",
    "setuptools._vendor.jaraco.text.to-dvorak", "setuptools._vendor.jaraco.text.to-qwerty",
)


def info():
    import packaging.version
    from PyInstaller.utils.hooks import collect_data_files

    if helpers.find("setuptools") is None:
        return None
    version = packaging.version.Version(metadata.version("setuptools")).release
    distutils = []
    if version >= (60, 0):
        distutils = ["_distutils_hack", *helpers.collect_submodules(
            "setuptools._distutils", lambda name: name != "setuptools._distutils.tests")]
    vendor = helpers.find("setuptools._vendor")
    modules, datas, status, paths = [], [], {}, {}
    if vendor:
        for package in ("setuptools._vendor", "setuptools._vendor.jaraco"):
            modules += helpers.collect_submodules(package, lambda name: name not in LEFT_OUT)
        if version >= (71, 0):
            status, paths = vendored(vendor["path"][0])
            datas = collect_data_files("setuptools._vendor", includes=["**/*.dist-info"])
            datas += collect_data_files("setuptools._vendor.jaraco.text", includes=["**/Lorem ipsum.txt"])
    return {
        "available": True, "version": version, "distutils_vendored": version >= (60, 0),
        "distutils_modules": distutils, "vendored_status": status, "vendored_modules": modules,
        "vendored_data": datas, "vendored_namespace_package_paths": paths,
    }


def vendored(folder):
    status, paths = {}, {}
    for name in NAMESPACES:
        installed, copy = helpers.find(name), ask("find_in", module=name, path=[folder])
        if not installed and not copy:
            continue
        portions = list(installed["path"] or []) if installed else []
        if copy and (not installed or (installed["kind"] == "namespace" and copy["kind"] == "namespace")):
            portions += copy["path"] or []
        inside = [path == folder or path.startswith(folder + os.sep) for path in portions]
        if portions:
            status[name] = "fully" if all(inside) else "partially" if any(inside) else False
        paths[name] = portions
    for name in CANDIDATES:
        if helpers.find(name):
            status[name] = False
        elif _in_folder(name, folder):
            status[name] = True
    return status, paths


def _in_folder(name, folder):
    path = [folder]
    found = None
    for part in name.split("."):
        found = ask("find_in", module=part, path=path) if path else None
        if not found:
            return False
        path = found["path"]
    return found["kind"] != "namespace"
