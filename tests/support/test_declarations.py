"""What counts as a hook that only declares (src/link/hooks/server/declarations.py)."""
import ast
import importlib.util
import pathlib
import unittest

SERVER = pathlib.Path(__file__).parents[2] / "src/link/hooks/server"


def load():
    spec = importlib.util.spec_from_file_location("declarations", SERVER / "declarations.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


declares = load().declares

DECLARES = [
    "",
    "'''text'''\nhiddenimports = ['a', 'b'] + ['c']",
    "from PyInstaller.utils.hooks import collect_data_files as data\ndatas = data('x', subdir='y', excludes=['z'])",
    "from PyInstaller.utils.hooks import collect_all\ndatas, binaries, hiddenimports = collect_all('x')",
    "from PyInstaller.utils.hooks import is_module_satisfies\nif is_module_satisfies('x >= 2'):\n    a = 1\nelse:\n    pass",
    "from PyInstaller.compat import is_win, is_linux\nx = ['a'] if is_win or not is_linux else []\nx += ['b']\nx.append('c')",
    "from PyInstaller.utils.hooks import conda_support\ndatas = conda_support.collect_dynamic_libs('x')",
    "hiddenimports: list = ['a']",
    "import sys\nhiddenimports = ['a'] if sys.platform == 'win32' or sys.platform.startswith('linux') else []",
    "import os, platform as p\nif os.name == 'nt' and p.machine() in ('AMD64', 'x86_64'):\n    x = [p.system()]",
    "import platform\nx = []\nmatch platform.system():\n    case 'Darwin' | 'Linux':\n        x.append('a')\n    case _:\n        pass",
    "name = 'x'\nhiddenimports = [f'{name}.y']",
]
CODE = [
    "import subprocess",
    "import os.path",
    "import os\nx = os.environ",
    "import os\nos.system('x')",
    "import os\nx = os.name.__class__",
    "import os\nx = os.name.join(['a'])",
    "import os\nos = 1",
    "import os\nx = os",
    "import sys\nx = sys.platform()",
    "import sys\nx = sys.modules",
    "import sys\nsys.platform = 'x'",
    "import sys\nx = [].append.startswith('x')",
    "import platform\nx = platform.system",
    "import platform\nx = platform.system('x')",
    "import platform\nx = platform.node()",
    "import platform\nx = platform.system().__class__",
    "import platform\nmatch platform.system():\n    case x:\n        pass",
    "import platform\nmatch platform.system():\n    case str(): pass",
    "import platform\nmatch platform.system():\n    case platform.node: pass",
    "import platform\nmatch platform.system():\n    case 'x': import subprocess",
    "import platform\nmatch platform.system():\n    case 'x' if open('/'): pass",
    "x = os.name",
    "import PyInstaller",
    "from os import system",
    "from PyInstaller.utils.hooks import exec_statement",
    "from PyInstaller.utils.hooks import *",
    "from PyInstaller.compat import exec_command",
    "from .x import y",
    "from PyInstaller import isolated",
    "x = __import__('os')",
    "x = open('/etc/passwd')",
    "x = [].__class__",
    "x = ''.format()",
    "x = [a for a in ()]",
    "x = lambda: 0",
    "def hook(api): pass",
    "class A: pass",
    "for a in (): pass",
    "while True: pass",
    "with x: pass",
    "try:\n    pass\nexcept Exception:\n    pass",
    "x = 'a' * 10 ** 9",
    "x = 2 ** 10 ** 9",
    "x = y",
    "x = '%s' % 1",
    "x = f'{1:>9999999999}'",
    "x = [1][0]",
    "(x := 1)",
    "x.append(1)",
    "x = []\nx.append.__self__",
    "x = []\nx[0] = 1",
    "x = []\nx.y = 1",
    "x: open('/etc/passwd') = 1",
    "del x",
    "@x\ndef f(): pass",
    "assert 0",
    "raise SystemExit",
    "from PyInstaller.utils.hooks import collect_submodules\nx = collect_submodules('a', filter=lambda name: True)",
    "from PyInstaller.utils.hooks import collect_submodules\ncollect_submodules = 1",
    "from PyInstaller.utils.hooks import collect_submodules\nx = collect_submodules",
    "from PyInstaller.utils.hooks import conda_support\nx = conda_support.distribution('x')",
    "x = collect_submodules('a')",
    "global x",
    "match x:\n    case _: pass",
    "async def f(): pass",
    "x = await y",
    "not python",
    "# coding: utf-7\nx = 1 #+AAo-import subprocess",
    "x = 1\n" * 1001,
    "x = " + "(" * 500 + ")" * 500,
]


class Declarations(unittest.TestCase):
    def test_what_declares(self):
        for text in DECLARES:
            with self.subTest(text):
                self.assertTrue(declares(text.encode()))

    def test_what_is_code(self):
        for text in CODE:
            with self.subTest(text[:80]):
                self.assertFalse(declares(text.encode()))

    def test_every_other_kind_of_statement_and_expression_is_code(self):
        module = load()
        known = {ast.Name, ast.Attribute, ast.Call, ast.BinOp, ast.UnaryOp, ast.FormattedValue, *module.EXPRESSIONS}
        for kind in ast.expr.__subclasses__():
            if kind not in known:
                with self.subTest(kind.__name__), self.assertRaises(module.Undeclared):
                    module.Reader().expression(kind())
        statements = {kind for kind in ast.stmt.__subclasses__() if hasattr(module.Reader, kind.__name__)}
        named = {ast.Pass, ast.Import, ast.ImportFrom, ast.If, ast.Match, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr}
        self.assertEqual(statements, named)


if __name__ == "__main__":
    unittest.main()
