"""Sets the program up, before its run-time hooks and its own script: the script that the bootloader runs first.

It does what PyInstaller's script of this name does in 6.11 to 6.22, and
- names the file that the user started, where a launcher says it: `_PERMAFREEZE_EXECUTABLE`;
- puts off what patches a module until that module is imported: the hook for `ctypes`, and those of PyInstaller's run-time
  hooks that the linker put into the PYZ instead of among the scripts (`deferred.json`). A program that imports none of these
  modules does not load them.
"""


def _bootstrap():
    import os
    import sys

    import pyimod02_importers

    # The hooks that may be put off, by the module that each patches. Which sources of them are known: `deferred.json`.
    deferrable = {
        "django.utils.autoreload": "pyi_rth_django",
        "inspect": "pyi_rth_inspect",
        "multiprocessing": "pyi_rth_multiprocessing",
        "pkgutil": "pyi_rth_pkgutil",
    }

    def name_executable():
        executable = os.environ.pop("_PERMAFREEZE_EXECUTABLE", None)
        if executable:
            # They are the same: the program is no virtual environment.
            sys.executable = sys._base_executable = executable

    def set_paths():
        sys.prefix = sys.exec_prefix = sys.base_prefix = sys.base_exec_prefix = sys._MEIPASS
        sys.path = [os.path.abspath(path) for path in sys.path]
        if "VIRTUAL_ENV" in os.environ:
            del os.environ["VIRTUAL_ENV"]

    def find_encodings():
        # From Python 3.15 on the package is part of the interpreter, but most of its modules are not.
        try:
            import encodings
        except ImportError:
            return
        folder = os.path.join(sys._MEIPASS, "base_library.zip", "encodings")
        if folder not in getattr(encodings, "__path__", [folder]):
            encodings.__path__.append(folder)

    def find_eggs():
        # The metadata of an egg is found by the egg's folder in `sys.path`.
        for name in os.listdir(sys._MEIPASS):
            if name.endswith(".egg") and os.path.isdir(os.path.join(sys._MEIPASS, name)):
                sys.path.append(os.path.join(sys._MEIPASS, name))

    def patch_ctypes():
        import pyimod03_ctypes

        pyimod03_ctypes.install()

    def run_hook(archive, name, entry):
        exec(archive.read(name, entry), {"__name__": name, "__builtins__": __builtins__})

    def after_import(actions):
        """Runs each action once, after the module that it is named by has run for the first time."""
        for name in [name for name in actions if name in sys.modules]:
            actions.pop(name)()
        # PyInstaller 6.11 has one class that finds and loads.
        loader = getattr(pyimod02_importers, "PyiFrozenLoader", None) or pyimod02_importers.PyiFrozenImporter
        exec_module = loader.exec_module

        def exec_module_and_patch(self, module):
            exec_module(self, module)
            # Other threads that import the module wait for its lock, which this one has.
            action = actions.pop(module.__spec__.name, None)
            if action is not None:
                try:
                    action()
                except BaseException:
                    # The import fails; the next one runs the module again.
                    actions[module.__spec__.name] = action
                    raise

        if actions:
            loader.exec_module = exec_module_and_patch

    pyimod02_importers.install()
    if not hasattr(sys, "frozen"):
        sys.frozen = True
    name_executable()
    set_paths()
    find_encodings()
    if sys.warnoptions:
        try:
            import warnings  # noqa: F401
        except ImportError:
            pass

    archive = pyimod02_importers.pyz_archive
    actions = {}
    if "ctypes" in archive.toc:
        actions["ctypes"] = patch_ctypes
    for module, hook in deferrable.items():
        # It is no module of the program: nothing finds or lists it.
        entry = archive.toc.pop(hook, None)
        if entry is not None:
            actions[module] = lambda hook=hook, entry=entry: run_hook(archive, hook, entry)
    after_import(actions)
    if sys.platform.startswith("win"):
        import pyimod04_pywin32

        pyimod04_pywin32.install()
    find_eggs()


_bootstrap()
del _bootstrap
