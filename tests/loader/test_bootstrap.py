"""The script that sets a program up (nix/loader/pyiboot01_bootstrap.py), with an importer that has what it uses of PyInstaller's.

usage: test_bootstrap.py
"""

import json
import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
from frozen import LOADER, MODULE, PACKAGE, STDLIB, compiled, run, write_pyz

# As PyInstaller's of 6.12 and newer: a finder of the top folder alone, and a loader for each module.
IMPORTERS = """
import sys, _frozen_importlib, pyimod01_archive

class PyiFrozenLoader:
    def __init__(self, name, package):
        self.name, self.package = name, package

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        exec(pyz_archive.extract(self.name), module.__dict__)

class Finder:
    def find_spec(self, name, path=None, target=None):
        entry = pyz_archive.toc.get(name)
        if entry is not None:
            package = entry[0] == pyimod01_archive.PYZ_ITEM_PKG
            return _frozen_importlib.ModuleSpec(name, PyiFrozenLoader(name, package), is_package=package)

def install():
    global pyz_archive
    pyz_archive = pyimod01_archive.ZlibArchiveReader(sys._pyinstaller_pyz, check_pymagic=True)
    sys.meta_path.insert(0, Finder())
"""
# As in 6.11: one class that finds and loads.
ONE_CLASS = IMPORTERS.replace("PyiFrozenLoader", "PyiFrozenImporter")
CTYPES = "def install():\n    import ctypes\n    ctypes.patched = True\n"
WITH_STDLIB = f"sys.path.append({str(STDLIB)!r})\n"
HOOK = "import {0}\n{0}.patched = {0}.__dict__.get('patched', 0) + 1\n"
HOOKS = {
    "inspect": "pyi_rth_inspect",
    "multiprocessing": "pyi_rth_multiprocessing",
    "pkgutil": "pyi_rth_pkgutil",
}


class Bootstrap(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.top = pathlib.Path(folder.name)
        self.folder = self.top / "_internal"
        self.folder.mkdir()

    def start(self, text, importers=IMPORTERS, before="", modules=None, without=(), hooks=None, **options):
        """Runs a program and returns its `result`; `before` runs before the bootstrap script."""
        texts = dict.fromkeys([*HOOKS, "ctypes"], "own = 1") | (modules or {})
        packages = ("multiprocessing", "ctypes")
        entries = {
            name: (PACKAGE if name in packages else MODULE, compiled(text, f"{name}.py"))
            for name, text in texts.items()
            if name not in without
        }
        for module, hook in HOOKS.items():
            source = (hooks or {}).get(hook, HOOK.format(module))
            entries[f"_permafreeze_deferred.{hook}"] = (MODULE, compiled(source, f"{hook}.py"))
        texts = {
            "importers.py": importers,
            "ctypes_hook.py": CTYPES,
            "before.py": before,
            "app.py": f"import sys\n{text}\n",
        }
        for name, source in texts.items():
            (self.top / name).write_text(source)
        loaders = [
            ("pyimod01_archive", LOADER / "pyimod01_archive.py"),
            ("pyimod02_importers", self.top / "importers.py"),
            ("pyimod03_ctypes", self.top / "ctypes_hook.py"),
        ]
        scripts = [self.top / "before.py", LOADER / "pyiboot01_bootstrap.py", self.top / "app.py"]
        return run(self.folder, write_pyz(self.top / "app", entries), loaders, scripts, **options)


class Deferred(Bootstrap):
    def test_nothing_is_loaded_that_the_program_does_not_import(self):
        names = [*HOOKS, "ctypes", "zipfile", "subprocess"]
        self.assertEqual(self.start(f"result = [name for name in {names} if name in sys.modules]"), [])

    def test_patched_once_by_the_first_import(self):
        for module in [*HOOKS, "ctypes"]:
            for importers in (IMPORTERS, ONE_CLASS):
                text = f"import {module}\nfirst = {module}.patched\nimport {module}\nresult = [first, {module}.patched, {module}.own]"
                self.assertEqual(self.start(text, importers), [1, 1, 1], module)

    def test_a_submodule_finds_its_package_patched(self):
        modules = {"multiprocessing.spawn": "import multiprocessing\nseen = multiprocessing.patched"}
        self.assertEqual(self.start("import multiprocessing.spawn as s\nresult = s.seen", modules=modules), 1)

    def test_the_loader_and_the_spec_are_those_of_the_importer(self):
        text = "import inspect as i\nresult = [type(i.__loader__).__name__, i.__spec__.loader is i.__loader__, len(sys.meta_path)]"
        self.assertEqual(self.start(text), ["PyiFrozenLoader", True, 4])

    def test_who_only_looks_runs_nothing(self):
        text = "import _frozen_importlib as f\nspec = f._find_spec('inspect', None)\nbefore = 'inspect' in sys.modules\n"
        self.assertEqual(self.start(text + "import inspect\nresult = [before, spec.name, inspect.patched]"), [False, "inspect", 1])

    def test_a_module_that_is_reloaded_is_as_it_comes(self):
        text = "import inspect\ndel inspect.patched\nimport importlib\nimportlib.reload(inspect)\nresult = hasattr(inspect, 'patched')"
        self.assertIs(self.start(WITH_STDLIB + text), False)

    def test_a_module_that_is_there_already_is_patched_at_once(self):
        before = "import sys\nsys.modules['inspect'] = type(sys)('inspect')"
        self.assertEqual(self.start("result = sys.modules['inspect'].patched", before=before), 1)

    def test_a_module_that_the_archive_does_not_have_is_patched_at_once(self):
        (self.folder / "pkgutil.py").write_text("own = 2")
        text = "result = [sys.modules['pkgutil'].patched, sys.modules['pkgutil'].own, 'inspect' in sys.modules]"
        self.assertEqual(self.start(text, without=["pkgutil"]), [1, 2, False])

    def test_no_import_finds_the_hooks(self):
        text = "import pyimod02_importers as p\nresult = [n for n in p.pyz_archive.toc if 'rth' in n or 'permafreeze' in n]"
        self.assertEqual(self.start(text), [])

    def test_a_hook_that_fails_fails_the_import_and_runs_with_the_next(self):
        hook = "import sys, inspect\nif not hasattr(sys, 'tried'):\n    sys.tried = 1\n    raise OSError('hook')\ninspect.patched = 1"
        text = "try:\n    import inspect\nexcept OSError as error:\n    first = [str(error), 'inspect' in sys.modules]\n"
        text += "import inspect\nresult = [first, inspect.patched]"
        self.assertEqual(self.start(text, hooks={"pyi_rth_inspect": hook}), [["hook", False], 1])

    def test_a_module_that_fails_leaves_the_hook_for_the_next_import(self):
        module = "import sys\nif not hasattr(sys, 'tried'):\n    sys.tried = 1\n    raise OSError('module')"
        text = "try:\n    import inspect\nexcept OSError:\n    pass\nimport inspect\nresult = inspect.patched"
        self.assertEqual(self.start(text, modules={"inspect": module}), 1)

    def test_threads_see_the_patched_module(self):
        modules = {"inspect": "import time\ntime.sleep(0.05)"}
        hooks = {"pyi_rth_inspect": "import time, inspect\ntime.sleep(0.05)\ninspect.patched = 1"}
        text = """
import _thread, time
result = []
def look():
    import inspect
    result.append(getattr(inspect, "patched", None))
for _ in range(8):
    _thread.start_new_thread(look, ())
while len(result) < 8:
    time.sleep(0.01)
"""
        self.assertEqual(self.start(text, modules=modules, hooks=hooks), [1] * 8)

    def test_the_hook_runs_outside_of_the_program_s_names(self):
        hooks = {"pyi_rth_inspect": "leak = 1\nimport inspect\ninspect.patched = __name__"}
        text = "import inspect\nresult = [inspect.patched, 'leak' in globals()]"
        self.assertEqual(self.start(text, hooks=hooks), ["__main__", False])

    def test_the_list_of_the_linker_has_these_hooks(self):
        known = json.loads((LOADER / "deferred.json").read_text())
        self.assertEqual(sorted(known), sorted(HOOKS.values()))
        script = (LOADER / "pyiboot01_bootstrap.py").read_text()
        for module, hook in HOOKS.items():
            self.assertIn(f'"{module}": "{hook}"', script)


class Surroundings(Bootstrap):
    def test_the_executable_is_the_one_that_the_launcher_names(self):
        text = "import os\nresult = [sys.executable, sys._base_executable, '_PERMAFREEZE_EXECUTABLE' in os.environ]"
        named = self.start(text, env={"_PERMAFREEZE_EXECUTABLE": "/opt/app"})
        self.assertEqual(named, ["/opt/app", "/opt/app", False])
        plain = self.start(text)
        self.assertEqual(plain[2], False)
        self.assertNotIn("/opt/app", plain)
        self.assertEqual(self.start(text, env={"_PERMAFREEZE_EXECUTABLE": ""}), plain)

    def test_children_do_not_inherit_its_name(self):
        text = "import os\nresult = os.popen('echo $_PERMAFREEZE_EXECUTABLE $VIRTUAL_ENV').read()"
        variables = {"_PERMAFREEZE_EXECUTABLE": "/opt/app", "VIRTUAL_ENV": "/venv"}
        self.assertEqual(self.start(WITH_STDLIB + text, env=variables), "\n")

    def test_paths(self):
        text = "result = [sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix, sys.frozen, sys.path[-1]]"
        folder = str(self.folder)
        self.assertEqual(self.start(text), [folder] * 4 + [True, folder])

    def test_eggs(self):
        (self.folder / "a.egg").mkdir()
        (self.folder / "file.egg").write_text("")
        (self.folder / "other").mkdir()
        self.assertEqual(self.start("result = sys.path[-2:]"), [str(self.folder), str(self.folder / "a.egg")])

    def test_encodings_are_found_in_the_library_too(self):
        text = "import encodings\nresult = encodings.__path__[-1]"
        self.assertEqual(self.start(text), str(self.folder / "base_library.zip" / "encodings"))

    def test_no_name_stays(self):
        self.assertEqual(self.start("result = [n for n in globals() if 'boot' in n.lower()]"), [])


if __name__ == "__main__":
    unittest.main()
