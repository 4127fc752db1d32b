"""Makes this interpreter say of itself what the target's would say, before a hook asks."""
import importlib
import importlib.machinery
import os
import shutil
import subprocess
import types

from . import dispatch, rpc
from .identity import Target, builtins_of_hooks

# Modules of PyInstaller that ask what they run on while they are imported, and would load what another system has.
IMPORTED_FIRST = ("PyInstaller.building.utils", "PyInstaller.depend.dylib", "PyInstaller.utils.hooks")
# The `__builtins__` of hooks, once the target is known.
BUILTINS = {}


def install(hello):
    """Before anything else of PyInstaller is imported; returns the target."""
    _stop_processes()
    target = Target(hello)
    # Would load the libusb of this machine.
    os.environ["PYINSTALLER_USB_HOOK_SKIP_PYUSB_DISCOVERY"] = "1"
    import PyInstaller.config

    PyInstaller.config.CONF.update(
        pathex=[], workpath=hello["workpath"], cachedir=hello["workpath"], specpath=hello["workpath"],
        distpath=hello["workpath"], spec=os.path.join(hello["workpath"], "x.spec"), main_script="main.py",
        hiddenimports=[], code_cache={}, warnfile=os.devnull, ui_admin=False, ui_access=False,
        hooksconfig={},
    )
    importlib.machinery.EXTENSION_SUFFIXES[:] = target.suffixes
    import PyInstaller.compat

    PyInstaller.compat.EXTENSION_SUFFIXES = target.suffixes
    PyInstaller.compat.ALL_SUFFIXES = [".py", ".pyc", *target.suffixes]
    import packaging.markers

    environment = packaging.markers.default_environment() | target.marker_environment()
    packaging.markers.default_environment = lambda: dict(environment)
    import logging

    # What a hook finds worth telling is a warning of the link; its progress is not.
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: rpc.ask("warn", text=record.getMessage())
    for logger in (logging.getLogger("PyInstaller"), logging.getLogger()):
        logger.setLevel(logging.WARNING)
        logger.handlers[:] = [handler]
    logging.getLogger("PyInstaller").propagate = False
    return target


def become(target):
    """After all that is replaced in PyInstaller: from now on hooks are told that this is the target."""
    for name in IMPORTED_FIRST:
        importlib.import_module(name)
    import PyInstaller.compat

    for name, value in target.compat().items():
        setattr(PyInstaller.compat, name, value)
    BUILTINS.update(builtins_of_hooks(target))


def _stop_processes():
    """Hooks start no program: whatever it printed would be of this machine, not of the target."""
    def run(command, *_, **__):
        # PyInstaller.compat asks `ldd` whether this is musl while it is imported.
        return types.SimpleNamespace(args=command, returncode=1, stdout="", stderr="")

    def refuse(*arguments, **_):
        rpc.refuse(dispatch.current_hook(), dispatch.current_function(), f"it starts a program: {arguments}")

    subprocess.run = run
    import PyInstaller.compat

    subprocess.run = subprocess.check_output = subprocess.check_call = refuse
    # A class stays a class: it may be derived from.
    subprocess.Popen = type("Popen", (), {"__init__": refuse})
    os.system = os.popen = refuse
    shutil.which = lambda *_, **__: None
    PyInstaller.compat.exec_command = PyInstaller.compat.exec_command_all = refuse
    PyInstaller.compat.exec_command_rc = PyInstaller.compat.exec_python = PyInstaller.compat.exec_python_rc = refuse
