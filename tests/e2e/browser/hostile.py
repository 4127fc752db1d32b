"""Writes an executable whose names would speak to a browser, if they could: hostile.py FILE

Written by hand after the format, so that names can be what no build makes.
"""

import marshal
import pathlib
import struct
import sys
import zlib

NAMES = [
    "</script><script>document.title='broken out'</script>",
    "<img src=x onerror=alert(1)>.txt",
    "\"'><svg onload=alert(2)>/<b>.py",
    "{{data}}/{{script}}",
    "__proto__/constructor/toString",
    "\u202egnp.exe\u2028\u2029",
    "<!--<script>/-->",
    "a/b", "a/b/c", "a", "a/",
]


def main(path):
    modules, blob = [], b""
    for name in [*NAMES, "__proto__", "constructor", "hasOwnProperty.__proto__"]:
        code = zlib.compress(marshal.dumps(compile("pass", "x", "exec")))
        modules.append((name, (0, 17 + len(blob), len(code))))
        blob += code
    pyz = b"PYZ\0\xf3\r\r\n" + struct.pack("!i", 17 + len(blob)) + bytes(5) + blob + marshal.dumps(modules)
    entries = [("z", "PYZ.pyz", pyz), *(("x", name, name.encode() * 9) for name in NAMES)]
    data, toc = b"", b""
    for letter, name, content in entries:
        encoded = name.encode() + b"\0"
        length = -(-(18 + len(encoded)) // 16) * 16
        head = struct.pack("!IIIIBc", length, len(data), len(content), len(content), 0, letter.encode())
        toc += (head + encoded).ljust(length, b"\0")
        data += content
    cookie = struct.pack("!8sIIII64s", b"MEI\x0c\x0b\x0a\x0b\x0e", len(data) + len(toc) + 88, len(data), len(toc), 313,
                         b"libpython</script>.so")
    pathlib.Path(path).write_bytes(b"no bootloader" + data + toc + cookie)


main(sys.argv[1])
