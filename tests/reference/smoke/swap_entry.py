"""Writes a copy of a PyInstaller one-file executable whose entry script is another one; all else keeps its bytes.

usage: swap_entry.py EXECUTABLE SCRIPT OUT

So code of the tests can run inside the very archive that is tested: same PYZ, same files, same loader. Reads the
format by itself (PyInstaller/archive/writers.py describes it), and shares no code with what wrote the file.
"""

import marshal
import struct
import sys
import zlib

COOKIE = struct.Struct("!8sIIII64s")
MAGIC = b"MEI\014\013\012\013\016"
ENTRY = struct.Struct("!IIIIBc")


def read_entries(package, toc_offset, toc_length):
    """Yields (offset, stored length, plain length, compressed flag, type, name) in file order."""
    position, end = toc_offset, toc_offset + toc_length
    while position < end:
        length, offset, stored, plain, flag, kind = ENTRY.unpack_from(package, position)
        name = package[position + ENTRY.size : position + length].rstrip(b"\0")
        yield [offset, stored, plain, flag, kind, name]
        position += length


def write_entry(offset, stored, plain, flag, kind, name):
    length = -(-(ENTRY.size + len(name) + 1) // 16) * 16
    return ENTRY.pack(length, offset, stored, plain, flag, kind) + name.ljust(length - ENTRY.size, b"\0")


def main(executable, script, out):
    data = open(executable, "rb").read()
    at = data.rindex(MAGIC)
    magic, length, toc_offset, toc_length, python, libpython = COOKIE.unpack_from(data, at)
    start = at + COOKIE.size - length
    package = data[start : start + length]
    entries = list(read_entries(package, toc_offset, toc_length))
    scripts = [entry for entry in entries if entry[4] == b"s"]
    code = marshal.dumps(compile(open(script).read(), "swapped_entry.py", "exec"))
    stored = zlib.compress(code)
    scripts[-1][:4] = [toc_offset, len(stored), len(code), 1]
    body = package[:toc_offset] + stored
    toc = b"".join(write_entry(*entry) for entry in entries)
    cookie = COOKIE.pack(magic, len(body) + len(toc) + COOKIE.size, len(body), len(toc), python, libpython)
    with open(out, "wb") as file:
        file.write(data[:start] + body + toc + cookie)


if __name__ == "__main__":
    main(*sys.argv[1:])
