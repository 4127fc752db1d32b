"""Sets the program up, before its run-time hooks and its own script: the script that the bootloader runs first.

It does what PyInstaller's script of this name does in 6.11 to 6.22, and
- names the file that the user started, where a launcher says it: `_PERMAFREEZE_EXECUTABLE`;
- puts off what patches a module until that module is imported: the hook for `ctypes`, and those of PyInstaller's run-time
  hooks that the linker puts into the PYZ instead of among the scripts (`deferred.json` says which sources it knows). A
  program that imports none of these modules does not load them.
"""


def _bootstrap():
    import os
    import sys

    import pyimod02_importers

    # The hooks that may be put off, by the module that each patches. It is a top-level one: a package does not have its
    # submodule as an attribute before that has been imported.
    deferrable = {
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
        # With the module's name that it has as a script.
        exec(archive.read(name, entry), {"__name__": "__main__"})

    def find_actions(archive):
        """Returns what patches a module, by the module's name."""
        actions = {"ctypes": patch_ctypes}
        for module, hook in deferrable.items():
            # Out of the table, where nothing lists it.
            entry = archive.toc.pop(f"_permafreeze_deferred.{hook}", None)
            if entry is not None:
                actions[module] = lambda hook=hook, entry=entry: run_hook(archive, hook, entry)
        return actions

    def after_import(actions, archive):
        """Runs each action once: after its module has run for the first time, or at once where that is not seen."""
        for name in list(actions):
            if name in sys.modules or name not in archive.toc:
                actions.pop(name)()
        # PyInstaller 6.11 has one class that finds and loads.
        loader = getattr(pyimod02_importers, "PyiFrozenLoader", None) or pyimod02_importers.PyiFrozenImporter
        run_module = loader.exec_module

        def exec_module(self, module):
            run_module(self, module)
            # Another thread that imports the module waits for its lock, which this one has.
            name = module.__spec__.name
            action = actions.pop(name, None)
            if action is not None:
                try:
                    action()
                except BaseException:
                    # This import fails; the next one runs the module again.
                    actions[name] = action
                    raise

        loader.exec_module = exec_module

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
    if sys.platform.startswith("win"):
        import pyimod04_pywin32

        pyimod04_pywin32.install()
    find_eggs()
    archive = pyimod02_importers.pyz_archive
    after_import(find_actions(archive), archive)


_bootstrap()
del _bootstrap
