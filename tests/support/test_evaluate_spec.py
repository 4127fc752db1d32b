"""The evaluation of PyInstaller specs, of good and of hostile ones.

usage: test_evaluate_spec.py        needs no Nix: the evaluation runs as a program of its own
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import textwrap
import time
import unittest

MAIN = pathlib.Path(__file__).parents[2] / "nix" / "spec" / "main.py"
LINUX = {
    "name": "linux-amd64",
    "sys-platform": "linux",
    "os-name": "posix",
    "system": "Linux",
    "machine": "x86_64",
    "sysconfig": "linux-x86_64",
}
WINDOWS = {
    "name": "windows-amd64",
    "sys-platform": "win32",
    "os-name": "nt",
    "system": "Windows",
    "machine": "AMD64",
    "sysconfig": "win-amd64",
}


class Evaluate(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.top = pathlib.Path(folder.name)
        self.write("main.py", "print('hello')\n")

    def write(self, path, text):
        file = self.top / "project" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text))

    def run_main(self, text, spec="app.spec", targets=(LINUX,), limit=60, folder=None, **environment):
        self.write(spec, text)
        job = {"spec": spec, "folder": folder, "targets": targets, "environment": environment, "limit": limit}
        (self.top / "job.json").write_text(json.dumps(job))
        work = self.top / "work"
        work.mkdir(exist_ok=True)
        variables = {
            "out": str(self.top / "out.json"),
            "jobPath": str(self.top / "job.json"),
            "tree": str(self.top / "project"),
            "PYTHON": sys.executable,
            "PYTHONHOME": sys.base_prefix,
        }
        command = [sys.executable, "-I", MAIN]
        return subprocess.run(command, cwd=work, env=variables, capture_output=True, text=True)

    def evaluate(self, text, **more):
        done = self.run_main(text, **more)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads((self.top / "out.json").read_text())["targets"]

    def tape(self, text, **more):
        tape = self.evaluate(text, **more)["linux-amd64"]
        self.assertNotIn("error", tape)
        return tape

    def fault(self, text, **more):
        return self.evaluate(text, **more)["linux-amd64"]["error"]

    def keyword(self, name, text, **more):
        return self.tape(text, **more)["objects"][0]["keywords"][name]["value"]

    def test_arguments_are_recorded_with_their_lines(self):
        tape = self.tape(
            "a = Analysis(['main.py'],\n  pathex=[],\n  excludes=['x'])\npyz = PYZ(a.pure)\nEXE(pyz, a.scripts, name='app')\n"
        )
        analysis, _, exe = tape["objects"]
        self.assertEqual(
            (analysis["kind"], analysis["keywords"]["excludes"]), ("Analysis", {"line": 3, "value": ["x"]})
        )
        self.assertEqual(exe["positional"][1], [{"$": "toc", "object": 0, "part": "scripts"}])
        self.assertEqual((exe["line"], tape["lines"]["x"], tape["scripts"]), (5, 3, 1.0))

    def test_each_target_sees_its_own_system(self):
        text = """
            import os, pathlib, platform, sys
            from PyInstaller.compat import is_win
            pathlib.Path(SPECPATH) / 'x'
            Analysis([], hiddenimports=[sys.platform, os.name, platform.system(), platform.machine(), str(is_win)])
        """
        found = self.evaluate(text, targets=(LINUX, WINDOWS))
        of = lambda name: found[name]["objects"][0]["keywords"]["hiddenimports"]["value"]
        self.assertEqual(of("linux-amd64"), ["linux", "posix", "Linux", "x86_64", "False"])
        self.assertEqual(of("windows-amd64"), ["win32", "nt", "Windows", "AMD64", "True"])

    def test_what_functions_would_find_stays_in_lists(self):
        text = """
            from PyInstaller.utils.hooks import collect_all, collect_submodules
            datas, binaries, hidden = collect_all('numpy')
            hidden = [name for name in hidden + collect_submodules('x.y') if not name.endswith('.tests')] + ['z']
            Analysis([], hiddenimports=hidden, datas=datas + [('a', 'b')])
        """
        tape = self.tape(text)
        hidden = tape["objects"][0]["keywords"]["hiddenimports"]["value"]
        self.assertEqual([entry["call"] for entry in hidden[:2]] + hidden[2:], [0, 1, "z"])
        self.assertEqual([call["name"] for call in tape["calls"]], ["collect_all", "collect_submodules"])
        self.assertEqual(
            tape["objects"][0]["keywords"]["datas"]["value"][0], {"$": "marker", "call": 0, "part": "datas"}
        )

    def test_packages_are_not_there_but_can_be_asked(self):
        text = """
            import os, certifi, thing.sub
            class Own(thing.Base): pass
            Analysis([], datas=[(certifi.where(), 'certifi'), (os.path.join(os.path.dirname(thing.sub.__file__), 'x'), '.')])
        """
        tape = self.tape(text)
        datas = tape["objects"][0]["keywords"]["datas"]["value"]
        packages = tape["packages"]
        self.assertEqual(datas, [[f"{packages}/certifi/where()", "certifi"], [f"{packages}/thing/sub/x", "."]])
        self.assertEqual(tape["phantoms"], ["certifi", "thing"])

    def test_what_packages_would_give_is_not_lost(self):
        text = """
            import deps
            from deps import files
            from PyInstaller.utils.hooks import qt_plugins_binaries, collect_data_files
            datas = qt_plugins_binaries('x') + collect_data_files(include_py_files=True, package='y')
            datas += files()
            a = Analysis([], datas=datas, cipher=pyi_crypto.PyiBlockCipher(key='x'))
            COLLECT(*[Tree(path) for path in deps.first + deps.second])
        """
        tape = self.tape(text)
        self.assertEqual(
            [call["name"] for call in tape["calls"]], ["qt_plugins_binaries", "collect_data_files", "Tree"]
        )
        datas = tape["objects"][0]["keywords"]["datas"]["value"]
        self.assertEqual([datas[0]["call"], datas[1]["call"]], [0, 1])
        self.assertEqual(datas[2:], [f"{tape['packages']}/deps/files()"])
        self.assertEqual(len(tape["calls"][2]["arguments"]), 2)

    def test_modules_of_the_project_are_there(self):
        self.write("src/app/__init__.py", "import absent\nversion = '4.2'\n")
        self.assertEqual(self.keyword("name", "import app\nEXE(name=app.version)\n"), "4.2")
        fault = self.fault("import app.nothing\n")
        self.assertEqual((fault["kind"], fault["line"]), ("raises", 1))

    def test_the_lists_of_an_analysis(self):
        text = """
            a = Analysis(['main.py'])
            a.datas += Tree('assets', prefix='x')
            a.binaries = [b for b in a.binaries if 'libx' not in b[0]]
            a.datas -= TOC([('y', None, None)])
            EXE(a.scripts, a.datas, a.binaries + [('z', 'z.so', 'BINARY')])
        """
        tape = self.tape(text)
        _, datas, binaries = tape["objects"][1]["positional"]
        self.assertEqual(datas[1], {"$": "marker", "call": 0, "part": "datas"})
        self.assertEqual(binaries, [{"$": "toc", "object": 0, "part": "binaries"}, ["z", "z.so", "BINARY"]])
        touched = [(entry["what"], entry["how"], entry["line"]) for entry in tape["touched"]]
        self.assertEqual(touched, [("binaries", "is read", 4), ("datas", "loses entries", 5)])

    def test_globs_and_whole_folders(self):
        for name in ["assets/a.png", "assets/b.png", "data/a.json", "data/b.txt"]:
            self.write(name, "")
        entries = self.keyword(
            "datas", "Analysis([], datas=[('assets/*', 'x'), ('data\\\\*.json', '.'), ('no*', '.')])\n"
        )
        self.assertEqual([entry[0].rsplit("/")[-1] for entry in entries], ["assets", "*.json", "no*"])
        self.assertEqual([path.rsplit("/")[-1] for path in entries[1][2]], ["a.json"])
        self.assertEqual(entries[2][2], [])

    def test_version_files(self):
        self.write(
            "version.txt",
            "VSVersionInfo(ffi=FixedFileInfo(filevers=(1, 2, 3, 0)), kids=[StringFileInfo([StringTable('040904B0', "
            "[StringStruct('CompanyName', 'Example')])])])",
        )
        value = self.keyword("version", "EXE(name='x', version='version.txt')\n")
        self.assertEqual(value["items"], {"CompanyName": "Example", "filevers": "1.2.3.0"})

    def test_places_of_a_spec_in_a_folder(self):
        self.write("VERSION", "7\n")
        text = "version = open('VERSION').read().strip()\nAnalysis(['{}'])\nEXE(name=version)\n"
        self.assertEqual(self.tape(text.format("../main.py"), spec="packaging/app.spec")["folder"], "packaging")
        self.assertEqual(self.tape(text.format("main.py"), spec="packaging/app.spec")["folder"], "")
        fault = self.fault(text.format("main.py"), spec="packaging/app.spec", folder="packaging")
        self.assertEqual((fault["kind"], fault["line"]), ("file", 1))

    def test_a_spec_may_change_its_copy_of_the_project(self):
        self.tape("open('generated.txt', 'w').write('x')\nopen('main.py', 'a').write('x')\nAnalysis(['main.py'])\n")
        self.assertEqual((self.top / "project/main.py").read_text(), "print('hello')\n")
        self.assertFalse((self.top / "project/generated.txt").exists())

    def test_variables_of_the_environment(self):
        fault = self.fault("import os\nos.environ.get('A')\nos.environ['NAME']\n")
        self.assertEqual((fault["kind"], fault["line"], fault["unset"]), ("environment", 3, ["A", "NAME"]))
        self.assertEqual(self.keyword("name", "EXE(name=os.environ['NAME'])\n", NAME="given"), "given")

    def test_faults_have_their_kind_and_line(self):
        for kind, line, text in [
            ("syntax", 2, "x = 1\nprint 'hello'\n"),
            ("raises", 2, "\nraise ValueError('no')\n"),
            ("raises", 1, "undefined\n"),
            ("file", 1, "open('absent.txt')\n"),
            ("network", 2, "import urllib.request\nurllib.request.urlopen('http://127.0.0.1:9/')\n"),
            ("network", 2, "import socket\nsocket.create_connection(('127.0.0.1', 9))\n"),
            ("program", 2, "import subprocess\nsubprocess.check_output(['git', 'describe'])\n"),
            ("program", 1, "os.system('git describe')\n"),
            ("program", 1, "os.execv('/bin/sh', ['sh'])\n"),
            ("program", 1, "os.posix_spawn('/bin/true', ['true'], {})\n"),
            ("ended", 2, "import sys\nsys.exit('no')\n"),
            ("ended", None, "os._exit(0)\n"),
            ("ended", None, "os.abort()\n"),
        ]:
            with self.subTest(text):
                fault = self.fault(text)
                self.assertEqual((fault["kind"], fault["line"]), (kind, line), fault)

    def test_a_fault_that_the_spec_takes_is_none(self):
        text = "import subprocess\ntry:\n  name = subprocess.check_output(['git'])\nexcept OSError:\n  name = 'none'\nEXE(name=name)\n"
        self.assertEqual(self.keyword("name", text), "none")

    def test_a_spec_that_never_ends_leaves_no_result_and_no_process(self):
        for text in [
            "while True: pass\n",
            "import time, signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(999)\n",
        ]:
            began = time.monotonic()
            done = self.run_main(text, limit=1)
            self.assertEqual(done.returncode, 1)
            self.assertIn("error: evaluating `app.spec` for `linux-amd64` does not end within 1 seconds", done.stderr)
            self.assertLess(time.monotonic() - began, 30)
            self.assertFalse((self.top / "out.json").exists())


if __name__ == "__main__":
    unittest.main()
