"""Runs in the reference venv. Compares the written executable, read by PyInstaller's own readers, with what went in.

usage: check.py EXECUTABLE FOLDER

The folder is the one that recipe.py filled. Prints a line per test and `N passed, N failed`.
"""

import json
import os
import struct
import subprocess
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path

from PyInstaller.archive.readers import CArchiveReader
from PyInstaller.loader.pyimod01_archive import PYTHON_MAGIC_NUMBER, ZlibArchiveReader

KINDS = {"module": 0, "package": 1, "namespace-package": 3}


class Executable(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.path = sys.argv[1]
        cls.expected = json.loads(Path(sys.argv[2], "expected.json").read_text(encoding="utf-8"))
        cls.archive = CArchiveReader(cls.path)

    def bytes_of(self, path):
        return Path(path).read_bytes()

    def test_table_has_exactly_the_entries(self):
        table = {name: entry[4] for name, entry in self.archive.toc.items()}
        expected = {name: letter for name, (letter, _) in self.expected["entries"].items()}
        self.assertEqual(table, expected | {"PYZ.pyz": "z", "base_library.zip": "x"})
        self.assertEqual(self.archive.options, self.expected["options"])

    def test_table_runs_scripts_first_and_is_sorted_after_them(self):
        names = list(self.archive.toc)
        count = len(self.expected["order"])
        self.assertEqual(names[:count], self.expected["order"])
        rest = [(self.archive.toc[name][4], name) for name in names[count:]]
        self.assertEqual(rest, sorted(rest))

    def test_every_entry_has_its_bytes(self):
        for name, (_, path) in self.expected["entries"].items():
            with self.subTest(name):
                content = self.archive.extract(name)
                self.assertEqual(len(content), self.archive.toc[name][2])
                self.assertTrue(content == self.bytes_of(path))

    def test_cookie_names_python(self):
        cookie = self.archive.raw_pkg_data()[-88:]
        *_, version, libpython = struct.unpack("!8sIIII64s", cookie)
        self.assertEqual((version, libpython.rstrip(b"\0").decode()), (313, self.expected["libpython"]))

    def test_pyz_has_exactly_the_modules(self):
        pyz = self.archive.open_embedded_archive("PYZ.pyz")
        kinds = {name: entry[0] for name, entry in pyz.toc.items()}
        self.assertEqual(kinds, {name: KINDS[kind] for name, (kind, _) in self.expected["modules"].items()})
        self.assertEqual(list(pyz.toc), sorted(pyz.toc))
        for name, (_, path) in self.expected["modules"].items():
            with self.subTest(name):
                code = pyz.extract(name, raw=True)
                self.assertTrue(code is None if path is None else code == self.bytes_of(path))
                if path is not None:
                    self.assertTrue(hasattr(pyz.extract(name), "co_code"))

    def test_pyz_is_for_this_python(self):
        offset = self.archive._start_offset + self.archive.toc["PYZ.pyz"][0]
        ZlibArchiveReader(self.path, offset, check_pymagic=True)

    def test_base_library_has_exactly_the_modules(self):
        with tempfile.TemporaryFile() as file:
            file.write(self.archive.extract("base_library.zip"))
            archive = zipfile.ZipFile(file)
            self.assertIsNone(archive.testzip())
            self.assertEqual({info.date_time for info in archive.infolist()}, {(1980, 1, 1, 0, 0, 0)})
            self.assertEqual({info.compress_type for info in archive.infolist()}, {zipfile.ZIP_STORED})
            suffix = {"module": ".pyc", "package": "/__init__.pyc"}
            expected = {
                name.replace(".", "/") + suffix[kind]: PYTHON_MAGIC_NUMBER + struct.pack("<I8x", 1) + self.bytes_of(path)
                for name, (kind, path) in self.expected["base_library"].items()
            }
            self.assertEqual(archive.namelist(), sorted(expected))
            self.assertTrue({name: archive.read(name) for name in archive.namelist()} == expected)

    def test_archive_viewer_lists_it(self):
        command = [sys.executable, "-m", "PyInstaller.utils.cliutils.archive_viewer", "--list", "--recursive", "--brief", self.path]
        listing = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        for name in ("hello", "base_library.zip", "greeting.words"):
            self.assertIn(name, listing)

    def test_runs_in_an_empty_environment(self):
        run = subprocess.run([self.path, "argument"], env={}, capture_output=True, text=True)
        self.assertEqual((run.returncode, run.stdout), (0, "Hello, archive! ['argument'] []\n"), run.stderr)

    def test_file_mode(self):
        self.assertEqual(os.stat(self.path).st_mode & 0o111, 0o111)


class Lines(unittest.TextTestResult):
    """A line per test, as cargo prints them."""

    def startTest(self, test):
        unittest.TestResult.startTest(self, test)
        self.before = len(self.failures) + len(self.errors)

    def stopTest(self, test):
        failed = len(self.failures) + len(self.errors) > self.before
        print(f"test {test._testMethodName} ... {'FAILED' if failed else 'ok'}", flush=True)
        unittest.TestResult.stopTest(self, test)


def main():
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(Executable)
    result = unittest.TextTestRunner(resultclass=Lines, verbosity=0).run(suite)
    failed = len({test.id().split(" ")[0] for test, _ in result.failures + result.errors})
    print(f"{result.testsRun - failed} passed, {failed} failed")
    sys.exit(0 if result.wasSuccessful() else 1)


if __name__ == "__main__":
    main()
