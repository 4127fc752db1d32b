"""The reader of the PYZ, the archive of an executable's modules. The bootloader runs it before any importer exists.

It has the names, results and errors of PyInstaller's module of this name (6.16 and newer), which PyInstaller's importer
and run-time hooks use. What differs is how it reads:

- The table of contents is read at once, not with one call per object.
- The file stays open. Whoever imports after the file was replaced or deleted gets the modules that belong to the
  running program.
- A program may close descriptors that it has not opened, as daemons do, and may get their numbers for files of its own.
  The reader notices, and from then on opens the file for each module, as PyInstaller does for all.

On Windows an open file cannot be renamed, which programs that update themselves do: there each module opens it.
"""

import _frozen_importlib
import marshal
import os
import struct
import sys
import zlib

PYTHON_MAGIC_NUMBER = _frozen_importlib._bootstrap_external.MAGIC_NUMBER

# Kinds of entries.
PYZ_ITEM_MODULE = 0
PYZ_ITEM_PKG = 1
PYZ_ITEM_DATA = 2
PYZ_ITEM_NSPKG = 3

# Magic number, Python's magic number, place of the table of contents.
_HEADER = struct.Struct("!4s4si")
# What an entry takes in the table, in bytes: more than most take.
_ENTRY = 128
# The least that is read of a table.
_TABLE = 1 << 16
# Descriptors up to this one are a program's standard streams.
_STREAMS = 2


class ArchiveReadError(RuntimeError):
    """The file is not an archive, or is one of another Python."""


class _File:
    """A file that is read at places, from any thread and after a fork."""

    def __init__(self, path):
        self.path = path
        descriptor = self._open()
        self._identity = self._identify(descriptor)
        self._descriptor = None
        if descriptor > _STREAMS and hasattr(os, "pread") and sys.platform != "win32":
            self._descriptor = descriptor
        else:
            os.close(descriptor)

    @property
    def size(self):
        """Its size in bytes when it was opened."""
        return self._identity[2]

    def read(self, place, size):
        """Returns `size` bytes from `place` on, fewer where the file ends.

        Raises SystemExit where the file is not there, or is another one.
        """
        descriptor = self._descriptor
        if descriptor is not None:
            try:
                if self._identify(descriptor)[:2] == self._identity[:2]:
                    return self._read_open(descriptor, place, size)
            except OSError:
                pass
            # The number is not this reader's any longer: it must not close it.
            self._descriptor = None
        return self._read_opened(place, size)

    @staticmethod
    def _read_open(descriptor, place, size):
        data = os.pread(descriptor, size, place)
        # Some file systems give a part.
        while data and len(data) < size:
            more = os.pread(descriptor, size - len(data), place + len(data))
            if not more:
                break
            data += more
        return data

    def _read_opened(self, place, size):
        try:
            descriptor = self._open()
        except FileNotFoundError:
            self._lost()
        with open(descriptor, "rb") as file:
            found = self._identify(descriptor)
            if found[:2] != self._identity[:2] and found[2:] != self._identity[2:]:
                self._lost()
            file.seek(place)
            return file.read(size)

    def close(self):
        """Keeps the file open no longer."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def _open(self):
        return os.open(self.path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOINHERIT", 0))

    @staticmethod
    def _identify(descriptor):
        status = os.fstat(descriptor)
        return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns

    def _lost(self):
        raise SystemExit(
            f"ERROR: {self.path} appears to have been moved, replaced or deleted since this application was launched. "
            "Exiting now."
        )


class ZlibArchiveReader:
    """A PYZ: a header, modules that are compressed one by one, a table of contents.

    `filename` may end in `?` and the place of the archive in the file, which `start_offset` wins over.
    """

    _PYZ_MAGIC_PATTERN = b"PYZ\0"

    def __init__(self, filename, start_offset=None, check_pymagic=False):
        if start_offset is None:
            filename, start_offset = self._parse_offset_from_filename(filename)
        self._filename = filename
        self._start_offset = start_offset
        self._file = _File(filename)
        try:
            self.toc = self._read_toc(start_offset, check_pymagic)
        except BaseException:
            self._file.close()
            raise

    def _read_toc(self, start_offset, check_pymagic):
        header = self._file.read(start_offset, _HEADER.size)
        if header[:4] != self._PYZ_MAGIC_PATTERN:
            raise ArchiveReadError("PYZ magic pattern mismatch!")
        if check_pymagic and header[4:8] != PYTHON_MAGIC_NUMBER:
            raise ArchiveReadError("Python magic pattern mismatch!")
        _, _, table = _HEADER.unpack(header)
        return dict(self._read_table(start_offset + table))

    def _read_table(self, place):
        # A marshalled list says how many items it has. Where the guess of their size is too small, more is read.
        items = int.from_bytes(self._file.read(place, 5)[1:], "little")
        size, rest = max(items * _ENTRY, _TABLE), self._file.size - place
        while size < rest:
            try:
                return marshal.loads(self._file.read(place, size))
            except EOFError:
                size *= 4
        return marshal.loads(self._file.read(place, max(rest, 0)))

    @staticmethod
    def _parse_offset_from_filename(filename):
        """Splits `/path/to/file?offset`; without a number after the last `?` it is all path."""
        path, mark, offset = filename.rpartition("?")
        try:
            return (path, int(offset)) if mark else (filename, 0)
        except ValueError:
            return filename, 0

    def extract(self, name, raw=False):
        """Returns a module's code, `raw` its marshalled bytes; of a namespace package None.

        Raises KeyError for an unknown name, ImportError for code that is cut off, SystemExit if the file was replaced
        and the reader could not keep it open.
        """
        entry = self.toc.get(name)
        if entry is None:
            raise KeyError(f"No entry named {name!r} found in the archive!")
        return self.read(name, entry, raw)

    def read(self, name, entry, raw=False):
        """As `extract`, for an entry that may have been taken out of the table."""
        kind, place, size = entry
        if kind == PYZ_ITEM_NSPKG:
            return None
        data = zlib.decompress(self._file.read(self._start_offset + place, size))
        if raw or kind not in (PYZ_ITEM_MODULE, PYZ_ITEM_PKG):
            return data
        try:
            return marshal.loads(data)
        except EOFError as error:
            raise ImportError(f"Failed to unmarshal PYZ entry {name!r}!") from error
