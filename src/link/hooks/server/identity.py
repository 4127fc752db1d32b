"""What hooks are told that they run on: the target, whatever machine this is.

Hooks alone are told so, through their own imports of `sys`, `os`, `platform` and `sysconfig`: the interpreter's own modules
go on as they are. Paths keep their slashes on every target; whoever writes the executable turns them.
"""
import builtins
import os
import platform
import sys
import sysconfig
import types


class Target:
    """The facts of a target, in Python's words."""

    def __init__(self, hello):
        windows, darwin = hello["os"] == "windows", hello["os"] == "darwin"
        self.os = hello["os"]
        self.prefix = hello["prefix"]
        self.version = hello["version"]
        self.sysconfigdata = hello["sysconfigdata"]
        self.suffixes = hello["extension_suffixes"]
        # Nix's name of the processor, and the one that platform.machine() gives.
        arch = hello["machine"]
        self.machine = {"windows": {"x86_64": "AMD64"}, "darwin": {"aarch64": "arm64"}}.get(self.os, {}).get(arch, arch)
        self.sys_platform = {"windows": "win32"}.get(self.os, self.os)
        self.os_name = "nt" if windows else "posix"
        self.system = self.os.capitalize()
        self.release = "10" if windows else ""
        self.macos = hello["macos"] if darwin else ""
        self.tag = {
            "windows": "win-amd64", "darwin": f"macosx-{self.macos}-{self.machine}", "linux": f"linux-{self.machine}",
        }[self.os]
        # PyInstaller's own word for the processor (PyInstaller.compat.machine).
        self.pyinstaller_machine = None if darwin else "arm" if arch == "aarch64" else "intel"

    def marker_environment(self):
        """What PEP 508 markers see."""
        return {
            "platform_machine": self.machine, "platform_system": self.system, "sys_platform": self.sys_platform,
            "os_name": self.os_name, "python_full_version": self.version, "platform_python_implementation": "CPython",
            "platform_release": "", "platform_version": "",
        }

    def compat(self):
        """The attributes of PyInstaller.compat."""
        windows, darwin, linux = (self.os == name for name in ("windows", "darwin", "linux"))
        return {
            "is_win": windows, "is_win_10": windows, "is_win_11": False, "is_win_wine": False, "is_ms_app_store": False,
            "is_darwin": darwin, "is_macos_11": darwin, "is_macos_11_native": darwin, "is_macos_11_compat": False,
            "is_linux": linux, "is_unix": linux, "is_cygwin": False, "is_musl": False, "is_termux": False,
            "is_conda": False, "is_pure_conda": False, "is_venv": False, "is_virtualenv": False,
            "system": self.system, "machine": self.pyinstaller_machine, "architecture": "64bit",
            "base_prefix": self.prefix, "EXTENSION_SUFFIXES": self.suffixes,
            "ALL_SUFFIXES": [".py", ".pyc", *self.suffixes],
        }

    def modules(self):
        """The modules that hooks import, by name, each a view of the interpreter's own with other answers."""
        machine, system, release = (lambda *_: self.machine), (lambda *_: self.system), (lambda *_: self.release)
        variables = {"EXT_SUFFIX": self.suffixes[0], "SOABI": self.suffixes[0].strip(".").rsplit(".", 1)[0]}
        views = {
            "sys": View(sys, platform=self.sys_platform, base_prefix=self.prefix, prefix=self.prefix),
            "os": View(os, name=self.os_name),
            "platform": View(
                platform, machine=machine, system=system, release=release, version=lambda: "",
                architecture=lambda *_, **__: ("64bit", {"windows": "WindowsPE", "linux": "ELF"}.get(self.os, "")),
                mac_ver=lambda *_, **__: (self.macos, ("", "", ""), self.machine if self.macos else ""),
                win32_ver=lambda *_, **__: (self.release, "", "", ""),
                libc_ver=lambda *_, **__: ("glibc", "") if self.os == "linux" else ("", ""),
            ),
            "sysconfig": View(
                sysconfig, get_platform=lambda: self.tag, get_config_var=lambda name: variables.get(name),
                get_config_vars=lambda *names: [variables.get(name) for name in names] if names else dict(variables),
                _get_sysconfigdata_name=self.sysconfigdata_name,
            ),
        }
        if self.os == "windows":
            version = types.SimpleNamespace(major=10, minor=0, build=19045, platform=2, service_pack="", product_type=1)
            views["sys"].__dict__.update(getwindowsversion=lambda: version, winver=self.version.rpartition(".")[0])
        return views

    def sysconfigdata_name(self, *_):
        if self.sysconfigdata is None:
            raise AttributeError("module 'sys' has no attribute 'abiflags'")  # as Python on Windows
        return self.sysconfigdata


class View(types.ModuleType):
    """A module with some answers of its own; all else is the module's."""

    def __init__(self, module, **answers):
        super().__init__(module.__name__)
        self.__dict__.update(answers)
        self.__dict__["_module"] = module

    def __getattr__(self, name):
        return getattr(self._module, name)


def builtins_of_hooks(target):
    """The `__builtins__` of hooks: those of this interpreter, with another `import`."""
    views = target.modules()

    def of_target(name, globals=None, locals=None, fromlist=(), level=0):
        module = builtins.__import__(name, globals, locals, fromlist, level)
        # `import os.path` gives `os`; `from os.path import x` gives posixpath, which stays.
        top = name.partition(".")[0]
        return views.get(top, module) if level == 0 and (name == top or not fromlist) else module

    return dict(vars(builtins), __import__=of_target)
