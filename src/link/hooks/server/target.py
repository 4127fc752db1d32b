"""Makes this interpreter say of itself what the target's would say, before a hook asks."""
import importlib.machinery
import os
import platform
import shutil
import subprocess
import sysconfig
import types

from . import dispatch, rpc


def install(hello):
    _stop_processes()
    # Would load the libusb of this machine.
    os.environ["PYINSTALLER_USB_HOOK_SKIP_PYUSB_DISCOVERY"] = "1"
    import PyInstaller.config

    PyInstaller.config.CONF.update(
        pathex=[], workpath=hello["workpath"], cachedir=hello["workpath"], specpath=hello["workpath"],
        distpath=hello["workpath"], spec=os.path.join(hello["workpath"], "x.spec"), main_script="main.py",
        hiddenimports=[], code_cache={}, warnfile=os.devnull, ui_admin=False, ui_access=False,
        hooksconfig={},
    )
    suffixes = hello["extension_suffixes"]
    importlib.machinery.EXTENSION_SUFFIXES[:] = suffixes
    platform.system = lambda: "Linux"
    platform.machine = lambda: hello["machine"]
    sysconfig._get_sysconfigdata_name = lambda *_: hello["sysconfigdata"]
    import PyInstaller.compat as compat

    compat.EXTENSION_SUFFIXES = suffixes
    compat.ALL_SUFFIXES = [".py", ".pyc", *suffixes]
    compat.is_musl = False
    compat.is_termux = False
    compat.is_conda = compat.is_pure_conda = compat.is_venv = compat.is_virtualenv = False
    compat.base_prefix = hello["prefix"]
    compat.architecture = "64bit"
    compat.machine = "arm" if hello["machine"] == "aarch64" else "intel"
    import packaging.markers

    environment = packaging.markers.default_environment() | {
        "platform_machine": hello["machine"], "platform_system": "Linux", "sys_platform": "linux", "os_name": "posix",
        "python_full_version": hello["version"], "platform_python_implementation": "CPython",
        "platform_release": "", "platform_version": "",
    }
    packaging.markers.default_environment = lambda: dict(environment)
    import logging

    # What a hook finds worth telling is a warning of the link; its progress is not.
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: rpc.ask("warn", text=record.getMessage())
    for logger in (logging.getLogger("PyInstaller"), logging.getLogger()):
        logger.setLevel(logging.WARNING)
        logger.handlers[:] = [handler]
    logging.getLogger("PyInstaller").propagate = False


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
