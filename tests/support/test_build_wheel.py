"""The builder of source distributions, on good and on hostile ones whose build backend is their own.

usage: test_build_wheel.py        needs no Nix: the builder runs as a program of its own
"""

import hashlib
import io
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import unittest
import zipfile

BUILDER = pathlib.Path(__file__).parents[2] / "nix" / "build-wheel.py"

# A backend that writes a wheel; what a test adds runs before.
BACKEND = """
import os, zipfile

def build_wheel(folder, config_settings=None, metadata_directory=None):
    name, version, tag, members = "a", "1.0", "py3-none-any", {{"a.py": b"x = 1"}}
{body}
    members[f"{{name}}-{{version}}.dist-info/METADATA"] = f"Metadata-Version: 2.1\\nName: {{name}}\\nVersion: {{version}}\\n\\nText\\n".encode()
    members[f"{{name}}-{{version}}.dist-info/WHEEL"] = f"Wheel-Version: 1.0\\nRoot-Is-Purelib: false\\nTag: {{tag}}\\n".encode()
    members[f"{{name}}-{{version}}.dist-info/RECORD"] = b""
    file = f"{{name}}-{{version}}-{{tag}}.whl"
    with zipfile.ZipFile(os.path.join(folder, file), "w") as wheel:
        for member, content in members.items():
            wheel.writestr(member, content)
    return file
"""


def sdist(path, body="", more=(), after=""):
    backend = BACKEND.format(body="".join(f"    {line}\n" for line in body.split("\n"))) + after
    with tarfile.open(path, "w:gz") as file:
        for name, content in [("a-1.0/tools/own.py", backend), *more]:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            file.addfile(info, io.BytesIO(content.encode()))


class BuildWheel(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.top = pathlib.Path(folder.name)
        self.out = self.top / "out"

    def build(self, body="", more=(), limit=60, name="a-1.0.tar.gz", after="", wheel="a-1.0", subdirectory=""):
        archive = self.top / name
        if not archive.exists():
            sdist(archive, body, more, after)
        for folder in ["work", "environment"]:
            (self.top / folder).mkdir(exist_ok=True)
        variables = {"out": str(self.out), "PYTHON": sys.executable, "PYTHONHOME": sys.base_prefix, "LIMIT": str(limit)}
        arguments = [archive, name, f"{wheel}-py3-none-any.whl", "own", "tools", subdirectory, self.top / "environment"]
        command = [sys.executable, "-I", BUILDER, *arguments]
        return subprocess.run(command, cwd=self.top / "work", env=variables, text=True, capture_output=True)

    def refused(self, words, *arguments, **options):
        ended = self.build(*arguments, **options)
        self.assertEqual(ended.returncode, 1, ended.stderr)
        error = ended.stderr[ended.stderr.rindex("error: ") :]
        self.assertIn(words, error)
        self.assertIn("hint: ", error)
        self.assertNotIn("Traceback", error)
        return ended.stderr

    def test_the_tree_of_a_repository_gets_the_version_that_was_locked(self):
        body = "version = os.environ['SETUPTOOLS_SCM_PRETEND_VERSION']; assert version == os.environ['PBR_VERSION']"
        body += "; assert os.environ['SETUPTOOLS_SCM_PRETEND_VERSION_FOR_A'] == version"
        self.assertEqual(self.build(body, wheel="a-7.1+g12").returncode, 0)
        with zipfile.ZipFile(self.out) as wheel:
            self.assertIn("\nVersion: 7.1+g12\n", wheel.read("a-7.1+g12.dist-info/METADATA").decode())

    def test_a_source_distribution_says_its_version_itself(self):
        body = "assert 'PBR_VERSION' not in os.environ"
        self.assertEqual(self.build(body, more=[("a-1.0/PKG-INFO", "")]).returncode, 0)

    def test_a_local_version_that_only_git_can_say_is_the_locked_one(self):
        body = "members['a-1.0.data/scripts/run'] = b'x'"
        self.assertEqual(self.build(body, wheel="a-1.0+20260715.137441c").returncode, 0)
        with zipfile.ZipFile(self.out) as wheel:
            info = "a-1.0+20260715.137441c.dist-info/"
            self.assertIn("\nVersion: 1.0+20260715.137441c\n", wheel.read(info + "METADATA").decode())
            self.assertIn("a-1.0+20260715.137441c.data/scripts/run", wheel.namelist())
            self.assertEqual(wheel.read(info + "RECORD").decode().count("sha256="), 4)

    def test_another_version_is_refused_all_the_same(self):
        self.refused("its wheel is `a 1.0`, `a 1.1+local` is locked", wheel="a-1.1+local")
        self.top.joinpath("a-1.0.tar.gz").unlink()
        more = [("a-1.0/PKG-INFO", "")]
        self.refused("its wheel is `a 1.0`, `a 1.0+local` is locked", more=more, wheel="a-1.0+local")

    def test_a_project_may_be_a_folder_of_the_tree(self):
        more = [("a-1.0/libs/a/tools/own.py", BACKEND.format(body="    members['top.py'] = open('../../NAME').read().encode()"))]
        more.append(("a-1.0/NAME", "all = 1"))
        self.assertEqual(self.build("raise Exception", more, subdirectory="libs/a").returncode, 0)
        with zipfile.ZipFile(self.out) as wheel:
            self.assertEqual(wheel.read("top.py"), b"all = 1")
        self.refused("it has no folder `libs/b`", subdirectory="libs/b")

    def test_a_wheel_is_canonical(self):
        body = "members = {'z.py': b'', 'a.py': b'', 'a/__pycache__/a.pyc': b'x'}; tag = 'cp311-cp311-linux_x86_64'"
        self.assertEqual(self.build(body).returncode, 0)
        with zipfile.ZipFile(self.out) as wheel:
            info = "a-1.0.dist-info/"
            self.assertEqual(wheel.namelist(), [info + "METADATA", info + "RECORD", info + "WHEEL", "a.py", "z.py"])
            self.assertIn("Root-Is-Purelib: true\nTag: py3-none-any\n", wheel.read(info + "WHEEL").decode())
            self.assertEqual(wheel.read(info + "RECORD").decode().count("sha256="), 4)
            self.assertEqual({member.date_time for member in wheel.infolist()}, {(1980, 1, 1, 0, 0, 0)})
        first = hashlib.sha256(self.out.read_bytes()).hexdigest()
        self.out.unlink()
        self.assertEqual(self.build().returncode, 0)
        self.assertEqual(hashlib.sha256(self.out.read_bytes()).hexdigest(), first)

    def test_a_wheel_within_the_wheel_is_data(self):
        body = "members['0/b-2.dist-info/METADATA'] = members['0/b-2.dist-info/RECORD'] = b'x'"
        self.assertEqual(self.build(body).returncode, 0)
        with zipfile.ZipFile(self.out) as wheel:
            self.assertIn("0/b-2.dist-info/RECORD,sha256=", wheel.read("a-1.0.dist-info/RECORD").decode())

    def test_another_name_is_refused(self):
        self.refused("its wheel is `b 1.0`, `a 1.0` is locked", "name = 'b'")

    def test_another_version_is_refused(self):
        self.refused("its wheel is `a 0.0.0`, `a 1.0` is locked", "version = '0.0.0'")

    def test_an_equal_version_is_taken(self):
        self.assertEqual(self.build("version = '1.0.0'").returncode, 0)

    def test_native_code_is_refused_by_what_it_is(self):
        self.refused("its wheel has the native file `a.txt`", "members['a.txt'] = b'\\x7fELF'")

    def test_native_code_is_refused_by_its_name(self):
        self.refused("its wheel has the native file `_a.abi3.so`", "members['_a.abi3.so'] = b''")

    def test_the_wanted_compiler_is_named(self):
        self.refused("it wants `gcc`, and no compiler", "raise Exception(\"command 'gcc' failed: No such file\")")

    def test_a_missing_compiler_is_named(self):
        self.refused("it wants `cc`, and no compiler", "import subprocess; subprocess.run([os.environ['CC']])")

    def test_a_download_is_told(self):
        body = "import urllib.request; urllib.request.urlopen('http://host.invalid/')"
        self.refused("its build downloads, and a build has no network", body)

    def test_what_differs_is_named(self):
        self.refused("two builds of it differ: `b.py`", "import uuid; members['b.py'] = str(uuid.uuid4()).encode()")

    def test_a_time_differs(self):
        self.refused("two builds of it differ: `b.py`", "import time; members['b.py'] = time.ctime().encode()")

    def test_an_endless_build_is_ended_with_its_children(self):
        body = "import subprocess; subprocess.run(['/bin/sleep', '3600'])"
        self.refused("does not end within 1 seconds", body, limit=1)

    def test_a_build_that_writes_to_the_output_is_refused(self):
        self.refused("its build writes to the store itself", f"open({str(self.out)!r}, 'w')")

    def test_what_the_python_of_builds_is_made_without_is_no_requirement(self):
        # Of the standard library, as `_ssl` is; what runs the tests has that one.
        error = self.refused("its build imports `_winapi`, and the Python that builds run with", "import _winapi")
        self.assertNotIn("extra-build-dependencies", error)

    def test_a_missing_module_is_proposed(self):
        error = self.refused("its build requires more than it says", "import no_such_module")
        self.assertIn('NAME = ["no_such_module"]', error)

    def test_what_the_backend_requires_besides_is_proposed(self):
        after = "def get_requires_for_build_wheel(config_settings=None):\n    return ['pbr>=1.8']\n"
        error = self.refused("its build requires more than it says", "raise Exception('no')", after=after)
        self.assertIn('NAME = ["pbr>=1.8"]', error)

    def test_any_other_failure_shows_its_output(self):
        error = self.refused("its build fails: see above", "raise Exception('of its own')")
        self.assertIn("Exception: of its own", error)

    def test_a_path_outside_is_refused(self):
        self.refused("cannot be unpacked", more=[("a-1.0/../../b", "x")])

    def test_a_damaged_archive_is_refused(self):
        (self.top / "a-1.0.tar.gz").write_bytes(b"no archive")
        self.refused("cannot be unpacked")

    def test_a_zip_is_read(self):
        with zipfile.ZipFile(self.top / "a-1.0.zip", "w") as file:
            file.writestr("a-1.0/tools/own.py", BACKEND.format(body=""))
        self.assertEqual(self.build(name="a-1.0.zip").returncode, 0)

    def test_several_folders_are_refused(self):
        self.refused("exactly one folder", more=[("b/c", "x")])

    def test_no_wheel_is_refused(self):
        self.refused("its backend makes no wheel", "return 'none.whl'")


if __name__ == "__main__":
    unittest.main()
