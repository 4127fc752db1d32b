# Makes this Python say of itself what the target's says.
import errno
import importlib
import importlib.metadata
import os
import pathlib
import platform
import site
import subprocess
import sys
import sysconfig
import tomllib

import phantom

# What the system says where there is no network.
NETWORK = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EAFNOSUPPORT, errno.ECONNREFUSED}


# Modules that decide by the system when they are imported: they are imported while it is still this one.
EARLY = (
    "asyncio configparser datetime fnmatch glob inspect json logging.handlers multiprocessing shutil tarfile tempfile "
    "urllib.request uuid xml.etree.ElementTree zipfile"
).split()


class NoProgram(FileNotFoundError):
    """Nothing can be run."""


class Unset(KeyError):
    """A variable of the environment is not set."""


class Environment(type(os.environ)):
    """Notes which variables the project's code has asked for in vain."""

    asked = set()
    root = ""

    def __getitem__(self, name):
        try:
            return super().__getitem__(name)
        except KeyError:
            frame = sys._getframe(1)
            while frame is not None and frame.f_code.co_filename.startswith("<frozen"):
                frame = frame.f_back
            if frame and frame.f_code.co_filename.startswith(self.root):
                self.asked.add(str(name))
            raise Unset(name) from None


def imitate(target, root):
    """Takes over what `target` says: `sys-platform`, `os-name`, `system`, `machine`, `sysconfig`."""
    for name in EARLY:
        importlib.import_module(name)
    # A path stays one of this system.
    for made in [pathlib.Path, pathlib.PurePath]:
        own = {"WindowsPath": pathlib.PosixPath, "PureWindowsPath": pathlib.PurePosixPath}
        made.__new__.__globals__.update(own)
    sys.platform = target["sys-platform"]
    os.name = target["os-name"]
    machine, system = target["machine"], target["system"]
    release = {"Windows": "10", "Darwin": "23.0.0"}.get(system, "6.1.0")
    platform.system = lambda: system
    platform.machine = lambda: machine
    platform.processor = lambda: machine
    platform.release = lambda: release
    platform.platform = lambda *_, **__: f"{system}-{release}-{machine}"
    platform.architecture = lambda *_, **__: ("64bit", "WindowsPE" if system == "Windows" else "")
    platform.uname = lambda: platform.uname_result(system, "localhost", release, "", machine)
    platform.mac_ver = lambda *_, **__: (
        ("14.0", ("", "", ""), machine) if system == "Darwin" else ("", ("", "", ""), "")
    )
    sysconfig.get_platform = lambda: target["sysconfig"]
    Environment.root = root
    os.environ.__class__ = Environment
    refuse_programs()
    packages_are_elsewhere()
    versions_are_locked(root)


def refuse_programs():
    def refuse(program="", *arguments, **_):
        if isinstance(program, int):
            program = arguments[0] if arguments else ""
        words = program if isinstance(program, (list, tuple)) else str(program).split()
        raise NoProgram(" ".join(str(word) for word in words[:3]))

    class Popen(subprocess.Popen):
        def __init__(self, args, *_, **__):
            refuse(args)

        def __del__(self, *_):
            pass

    subprocess.Popen = Popen
    for name in dir(os):
        if name.startswith(("exec", "spawn", "posix_spawn")) or name in ("system", "fork", "forkpty"):
            setattr(os, name, refuse)


def packages_are_elsewhere():
    site.getsitepackages = lambda *_: [phantom.PACKAGES]
    site.getusersitepackages = lambda: phantom.PACKAGES
    real = sysconfig.get_path
    ours = lambda name, *rest, **more: phantom.PACKAGES if name in ("purelib", "platlib") else real(name, *rest, **more)
    sysconfig.get_path = ours
    paths = sysconfig.get_paths
    sysconfig.get_paths = lambda *rest, **more: (
        paths(*rest, **more) | dict.fromkeys(("purelib", "platlib"), phantom.PACKAGES)
    )


def versions_are_locked(root):
    """`importlib.metadata.version` knows the project and what it has locked."""
    read = lambda name: read_toml(os.path.join(root, name))
    normalised = lambda name: name.lower().replace("_", "-").replace(".", "-")
    pyproject = read("pyproject.toml")
    own = [pyproject.get("project", {}), pyproject.get("tool", {}).get("poetry", {})]
    packages = [*own, *read("poetry.lock").get("package", [])]
    versions = {
        normalised(package["name"]): package["version"] for package in packages if {"name", "version"} <= package.keys()
    }

    def version(name):
        try:
            return versions[normalised(name)]
        except KeyError:
            raise importlib.metadata.PackageNotFoundError(name) from None

    importlib.metadata.version = version


def read_toml(path):
    try:
        with open(path, "rb") as file:
            return tomllib.load(file)
    except (OSError, ValueError):
        return {}
