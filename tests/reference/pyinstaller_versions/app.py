"""Uses what differs between versions of PyInstaller: extension modules of the standard library, data that a hook collects,
the run-time hooks of multiprocessing, inspect and pkgutil."""

import ctypes
import decimal
import inspect
import multiprocessing
import os
import pkgutil
import sqlite3
import ssl
import sys
import zlib

import certifi
import six


def main():
    multiprocessing.freeze_support()
    assert sys.frozen and os.path.realpath(certifi.where()).startswith(os.path.realpath(sys._MEIPASS))
    assert len(ssl.create_default_context(cafile=certifi.where()).get_ca_certs()) > 100
    assert sqlite3.connect(":memory:").execute("select 1").fetchone() == (1,)
    assert ctypes.sizeof(ctypes.c_long) == 8 and zlib.crc32(b"") == 0 and decimal.Decimal(1) == 1
    assert six.PY3 and "certifi" in {module.name for module in pkgutil.iter_modules()}
    assert inspect.getmodule(certifi.where) is certifi.core
    for method in methods(sys.argv[1]):
        with multiprocessing.get_context(method).Pool(1) as pool:
            assert pool.map(abs, [-1]) == [1]
    print("works")


def methods(pyinstaller):
    """The fork server of CPython 3.13.13 and later is known to PyInstaller from 6.20 on."""
    known = tuple(map(int, pyinstaller.split(".")[:2])) >= (6, 20) or sys.version_info < (3, 13, 13)
    return ["fork", "spawn", "forkserver"] if known else ["fork", "spawn"]
