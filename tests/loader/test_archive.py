"""The reader of the PYZ (nix/loader/pyimod01_archive.py), on good and on broken archives, and in programs that take its
descriptor away.

usage: test_archive.py
"""

import marshal
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import unittest
import zlib

sys.dont_write_bytecode = True
from frozen import LOADER, MODULE, NAMESPACE, PACKAGE, compiled, write_pyz

sys.path.insert(0, str(LOADER))
from pyimod01_archive import ArchiveReadError, ZlibArchiveReader


def modules(count=20, value="x"):
    texts = {f"m{number}": f"number, value = {number}, {value!r}" for number in range(count)}
    found = {name: (MODULE, compiled(text, f"{name}.py")) for name, text in texts.items()}
    return found | {"p": (PACKAGE, compiled("p = 1", "p/__init__.py")), "n": (NAMESPACE, None)}


def values(code):
    names = {}
    exec(code, names)
    return names["number"], names["value"]


class Archive(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name) / "app"

    def reader(self, found=None, **options):
        return ZlibArchiveReader(write_pyz(self.path, found or modules(), **options), check_pymagic=True)

    def replace(self):
        """Puts another archive in the place of the file, of another size."""
        new = self.path.with_name("new")
        write_pyz(new, modules(count=30, value="other"), before=b"another header")
        os.replace(new, self.path)


class Contents(Archive):
    def test_modules_packages_and_namespaces(self):
        for surroundings in ({}, {"before": b"bootloader", "after": b"table" * 100}):
            reader = self.reader(**surroundings)
            self.assertEqual([*reader.toc], [*modules()])
            self.assertEqual(values(reader.extract("m7")), (7, "x"))
            self.assertEqual(reader.extract("m7", raw=True), modules()["m7"][1])
            self.assertEqual(reader.extract("p").co_filename, "p/__init__.py")
            self.assertIsNone(reader.extract("n"))
            self.assertIsNone(reader.extract("n", raw=True))

    def test_an_unknown_module(self):
        with self.assertRaisesRegex(KeyError, "No entry named 'no' found"):
            self.reader().extract("no")

    def test_an_entry_that_is_out_of_the_table(self):
        reader = self.reader()
        entry = reader.toc.pop("m3")
        self.assertEqual(values(reader.read("m3", entry)), (3, "x"))
        with self.assertRaises(KeyError):
            reader.extract("m3")

    def test_a_table_that_is_larger_than_the_guess(self):
        found = {f"m{number}{'x' * 5000}": (MODULE, compiled("", "m.py")) for number in range(50)}
        self.assertEqual(len(self.reader(found, after=b"\0" * 5_000_000).toc), 50)

    def test_a_table_that_is_the_end_of_the_file(self):
        self.assertEqual(len(self.reader({}).toc), 22)
        reader = ZlibArchiveReader(write_pyz(self.path, {}))
        self.assertEqual(reader.toc, {})

    def test_the_place_in_the_file_name(self):
        split = ZlibArchiveReader._parse_offset_from_filename
        self.assertEqual(split("/a/b?12"), ("/a/b", 12))
        self.assertEqual(split("/a/b"), ("/a/b", 0))
        self.assertEqual(split("/a?b"), ("/a?b", 0))
        self.assertEqual(split("\\\\?\\C:\\a?7"), ("\\\\?\\C:\\a", 7))
        self.assertEqual(split("\\\\?\\C:\\a"), ("\\\\?\\C:\\a", 0))
        write_pyz(self.path, modules(), before=b"12345")
        self.assertEqual(len(ZlibArchiveReader(str(self.path), start_offset=5).toc), 22)


class Broken(Archive):
    def test_no_file(self):
        with self.assertRaises(FileNotFoundError):
            ZlibArchiveReader(str(self.path))
        with self.assertRaises(IsADirectoryError):
            ZlibArchiveReader(str(self.path.parent))

    def test_magic_numbers(self):
        with self.assertRaisesRegex(ArchiveReadError, "^PYZ magic"):
            self.reader(magic=b"ZYP\0")
        with self.assertRaisesRegex(ArchiveReadError, "^Python magic"):
            self.reader(python=b"\0\0\r\n")
        self.assertEqual(len(ZlibArchiveReader(str(self.path)).toc), 22)

    def test_a_table_that_is_cut_off(self):
        write_pyz(self.path, modules())
        whole = self.path.read_bytes()
        for cut in (1, 30, 200):
            self.path.write_bytes(whole[:-cut])
            with self.assertRaises(EOFError):
                ZlibArchiveReader(str(self.path))

    def test_a_table_that_is_none(self):
        write_pyz(self.path, modules())
        whole = bytearray(self.path.read_bytes())
        whole[int.from_bytes(whole[8:12], "big")] = 0xFF
        self.path.write_bytes(whole)
        with self.assertRaises(ValueError):
            ZlibArchiveReader(str(self.path))

    @unittest.skipUnless(os.path.isdir("/proc/self/fd"), "the system does not list descriptors")
    def test_no_descriptor_stays_of_an_archive_that_is_none(self):
        before = os.listdir("/proc/self/fd")
        for _ in range(3):
            with self.assertRaises(ArchiveReadError):
                self.reader(magic=b"ZYP\0")
        self.assertEqual(os.listdir("/proc/self/fd"), before)

    def test_a_module_that_is_changed(self):
        reader = self.reader()
        kind, place, size = reader.toc["m4"]
        with open(self.path, "r+b") as file:
            file.seek(place + size // 2)
            file.write(b"????")
        with self.assertRaises(zlib.error):
            reader.extract("m4")

    def test_code_that_is_cut_off(self):
        code = compiled("x = 1", "m.py")
        reader = self.reader({"m": (MODULE, code[:-5])})
        with self.assertRaisesRegex(ImportError, "Failed to unmarshal PYZ entry 'm'"):
            reader.extract("m")
        self.assertEqual(reader.extract("m", raw=True), code[:-5])
        self.assertRaises(EOFError, marshal.loads, code[:-5])


@unittest.skipIf(sys.platform == "win32", "the file is not kept open")
class Descriptor(Archive):
    """The file is replaced, deleted, its descriptor closed or taken."""

    def descriptor(self, reader):
        self.assertIsNotNone(reader._file._descriptor)
        return reader._file._descriptor

    def check(self, reader, name="m5"):
        self.assertEqual(values(reader.extract(name)), (5, "x"))

    def test_replaced_or_deleted_while_it_is_open(self):
        reader = self.reader()
        self.replace()
        self.check(reader)
        os.unlink(self.path)
        self.check(reader)

    def test_closed(self):
        reader = self.reader()
        os.close(self.descriptor(reader))
        self.check(reader)
        # Once lost, it is opened for each module: no number is taken that the program may count on.
        self.assertIsNone(reader._file._descriptor)
        self.check(reader)

    def test_number_taken_by_the_program(self):
        for open_other in (lambda: os.open(os.devnull, os.O_RDONLY), lambda: os.pipe()[0]):
            reader = self.reader()
            number, other = self.descriptor(reader), open_other()
            os.dup2(other, number)
            self.check(reader)
            # It is the program's: still open.
            os.fstat(number)
            os.close(number)
            self.check(reader)

    def test_number_taken_by_another_archive(self):
        reader = self.reader()
        other = self.path.with_name("other")
        write_pyz(other, modules(value="other"))
        number = os.open(other, os.O_RDONLY)
        os.dup2(number, self.descriptor(reader))
        self.check(reader)

    def test_closed_and_gone(self):
        reader = self.reader()
        os.close(self.descriptor(reader))
        os.unlink(self.path)
        with self.assertRaisesRegex(SystemExit, "moved, replaced or deleted"):
            reader.extract("m5")

    def test_closed_and_replaced(self):
        reader = self.reader()
        os.close(self.descriptor(reader))
        self.replace()
        with self.assertRaisesRegex(SystemExit, "moved, replaced or deleted"):
            reader.extract("m5")

    def test_closed_and_touched_or_copied(self):
        reader = self.reader()
        os.close(self.descriptor(reader))
        os.utime(self.path, (1, 1))
        self.check(reader)
        reader, copy = self.reader(), self.path.with_name("copy")
        os.close(self.descriptor(reader))
        status = os.stat(self.path)
        copy.write_bytes(self.path.read_bytes())
        os.utime(copy, ns=(status.st_atime_ns, status.st_mtime_ns))
        os.replace(copy, self.path)
        self.check(reader)

    def test_a_daemon(self):
        reader = self.reader()
        child = os.fork()
        if not child:
            # What daemons do: no descriptor stays, the first three are opened one by one.
            os.closerange(0, 256)
            self.check(reader)
            numbers = [os.open(os.devnull, os.O_RDWR) for _ in range(3)]
            self.check(reader)
            os._exit(0 if numbers == [0, 1, 2] else 1)
        self.assertEqual(os.waitpid(child, 0)[1], 0)
        self.check(reader)

    def test_started_without_standard_streams(self):
        self.reader()
        text = f"import sys; sys.path.insert(0, {str(LOADER)!r}); import pyimod01_archive as a\n"
        text += f"r = a.ZlibArchiveReader({str(self.path)!r})\nassert r._file._descriptor is None\n"
        text += "assert len(r.toc) == 22 and r.extract('m5')\nimport os; assert os.open('/dev/null', 0) == 0\n"
        closed = lambda: os.closerange(0, 3)
        subprocess.run([sys.executable, "-I", "-B", "-c", text], preexec_fn=closed, check=True)  # noqa: PLW1509

    def test_no_child_inherits_it(self):
        self.assertFalse(os.get_inheritable(self.descriptor(self.reader())))

    def test_parent_and_child_read_at_once(self):
        reader = self.reader()
        children = []
        for _ in range(4):
            child = os.fork()
            if not child:
                good = all(values(reader.extract(f"m{n % 20}")) == (n % 20, "x") for n in range(400))
                os._exit(0 if good else 1)
            children.append(child)
        for number in range(400):
            self.assertEqual(values(reader.extract(f"m{number % 20}")), (number % 20, "x"))
        self.assertEqual([os.waitpid(child, 0)[1] for child in children], [0] * 4)

    def test_threads(self):
        for close in (False, True):
            reader, wrong = self.reader(), []

            def read(reader=reader, wrong=wrong):
                for number in range(300):
                    if values(reader.extract(f"m{number % 20}")) != (number % 20, "x"):
                        wrong.append(number)

            threads = [threading.Thread(target=read) for _ in range(6)]
            for thread in threads:
                thread.start()
            if close:
                os.close(self.descriptor(reader))
            for thread in threads:
                thread.join()
            self.assertEqual(wrong, [])

    def test_a_file_system_that_gives_parts(self):
        reader, pread = self.reader(), os.pread
        self.addCleanup(setattr, os, "pread", pread)
        os.pread = lambda descriptor, size, place: pread(descriptor, min(size, 7), place)
        self.check(reader)
        self.assertEqual(len(self.reader().toc), 22)


class WithoutPositions(Archive):
    """A system that has no `pread`, as Windows: nothing is kept open."""

    def setUp(self):
        super().setUp()
        pread = os.pread
        self.addCleanup(setattr, os, "pread", pread)
        del os.pread

    def test_every_module_opens_the_file(self):
        reader = self.reader()
        self.assertIsNone(reader._file._descriptor)
        self.assertEqual(values(reader.extract("m5")), (5, "x"))
        os.rename(self.path, self.path.with_name("moved"))
        with self.assertRaisesRegex(SystemExit, "moved, replaced or deleted"):
            reader.extract("m5")

    def test_replaced(self):
        reader = self.reader()
        self.replace()
        with self.assertRaisesRegex(SystemExit, "moved, replaced or deleted"):
            reader.extract("m5")


if __name__ == "__main__":
    unittest.main()
