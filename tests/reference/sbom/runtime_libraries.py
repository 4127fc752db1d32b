"""Compares nix/runtime-libraries.json with what the runtime says of the C libraries that are linked into it.

usage: runtime_libraries.py FILE, with the runtime's folder in PERMAFREEZE_RUNTIME.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

# What a library says when it is asked.
ASK = """
import curses, decimal, json, pyexpat, sqlite3, ssl, tkinter, zlib
said = {
    "OpenSSL": ssl.OPENSSL_VERSION.split()[1],
    "SQLite": sqlite3.sqlite_version,
    "Tcl": tkinter.Tcl().eval("info patchlevel"),
    "expat": pyexpat.EXPAT_VERSION.removeprefix("expat_"),
    "libmpdec": decimal.__libmpdec_version__,
    "ncurses": f"{curses.ncurses_version.major}.{curses.ncurses_version.minor}",
    "zlib": zlib.ZLIB_RUNTIME_VERSION,
}
try:
    from compression.zstd import zstd_version
except ModuleNotFoundError:
    pass
else:
    said["zstd"] = zstd_version
print(json.dumps(said))
"""

# Who is not asked by any module has its version as a string in the module that it is linked into.
STRINGS = {"bzip2": rb"\0(1\.\d+\.\d+), \d+-", "libffi": rb"\0(3\.\d+\.\d+)\0", "xz": rb"\0(5\.\d+\.\d+)\0"}


def main() -> None:
    """Compares each library."""
    runtime = Path(os.environ["PERMAFREEZE_RUNTIME"])
    python = (runtime / "bin/python3").resolve()
    label = f"{python.name.removeprefix('python')}-linux-amd64"
    libraries = [one for one in json.loads(Path(sys.argv[1]).read_text()) if label in one["runtimes"]]
    answers = json.loads(subprocess.run([python, "-IBc", ASK], check=True, capture_output=True).stdout)
    for library in libraries:
        if (pattern := STRINGS.get(library["name"])) is None:
            continue
        [module] = library["modules"]
        [file] = runtime.glob(f"lib/{python.name}/lib-dynload/{module}.*.so")
        found = {match.decode() for match in re.findall(pattern, file.read_bytes())}
        assert len(found) == 1, f"{library['name']}: versions in {file.name}: {found}"
        answers[library["name"]] = found.pop()
    # Libraries of Debian's that say nothing have the version that is in their source's name (a test of the crate's).
    silent = {one["name"] for one in libraries if not ("crate" in one or one["source"].startswith("cpython-"))}
    listed = {library["name"]: library.get("reports", library["version"]) for library in libraries}
    listed = {name: version for name, version in listed.items() if name in answers or name not in silent}
    assert listed == answers, f"listed {listed}, the runtime says {answers}"
    print(f"{len(listed)} C libraries of the runtime have the versions that are listed")


main()
