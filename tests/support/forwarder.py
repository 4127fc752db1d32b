#!/usr/bin/env python3
"""A DLL for wine that only forwards functions to another one.

usage: forwarder.py OUT.dll FUNCTION=LIBRARY.FUNCTION...

Wine before 9 has no bcryptprimitives.dll, whose ProcessPrng the standard library of Rust imports: advapi32's
SystemFunction036 (RtlGenRandom) takes and gives the same.
"""

import struct
import sys
from pathlib import Path

SECTION, ALIGNMENT = 0x1000, 0x200


def export_directory(library, forwards, rva):
    """The export directory with its tables and names (PE format, "The .edata section"), to be loaded at `rva`."""
    names = sorted(forwards)
    at = 40 + 10 * len(names)
    texts, places = b"", {}
    for text in [library, *names, *(forwards[name] for name in names)]:
        places[text] = rva + at + len(texts)
        texts += text.encode() + b"\0"
    tables = [rva + 40 + 4 * len(names) * index for index in range(3)]
    head = struct.pack("<IIHHIIIIIII", 0, 0, 0, 0, places[library], 1, len(names), len(names), *tables)
    addresses = b"".join(struct.pack("<I", places[forwards[name]]) for name in names)
    pointers = b"".join(struct.pack("<I", places[name]) for name in names)
    ordinals = b"".join(struct.pack("<H", index) for index in range(len(names)))
    return head + addresses + pointers + ordinals + texts


def dll(library, forwards):
    """A whole file of one section."""
    body = export_directory(library, forwards, SECTION)
    size = -(-len(body) // ALIGNMENT) * ALIGNMENT
    dos = b"MZ" + b"\0" * 58 + struct.pack("<I", 64)
    coff = struct.pack("<4sHHIIIHH", b"PE\0\0", 0x8664, 1, 0, 0, 0, 240, 0x2022)
    optional = struct.pack("<HBBIIIIIQII", 0x20B, 14, 0, 0, size, 0, 0, SECTION, 0x180000000, SECTION, ALIGNMENT)
    optional += struct.pack("<HHHHHHIIIIHH", 6, 0, 0, 0, 6, 0, 0, 2 * SECTION, ALIGNMENT, 0, 3, 0x160)
    optional += struct.pack("<QQQQII", 0x100000, 0x1000, 0x100000, 0x1000, 0, 16)
    optional += struct.pack("<II", SECTION, len(body)) + b"\0" * 8 * 15
    section = struct.pack("<8sIIIIIIHHI", b".rdata", len(body), SECTION, size, ALIGNMENT, 0, 0, 0, 0, 0x40000040)
    return (dos + coff + optional + section).ljust(ALIGNMENT, b"\0") + body.ljust(size, b"\0")


def main():
    out, *pairs = sys.argv[1:]
    if not pairs:
        sys.exit(__doc__)
    path = Path(out)
    path.write_bytes(dll(path.name, dict(pair.split("=", 1) for pair in pairs)))


if __name__ == "__main__":
    main()
