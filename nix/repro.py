"""Compares an executable with its pin; the builder of `checks.<system>.repro-<target>`.

usage: repro.py OUTPUT EXECUTABLE SHA256 SIZE     `$out` gets one line that says what was compared
"""

import hashlib
import os
import sys


def main(output, executable, sha256, size):
    with open(executable, "rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    found_size = os.stat(executable).st_size
    if (found, found_size) != (sha256, int(size)):
        sys.exit(
            f"error: `{output}` is not the pinned one: sha256 `{found}` ({found_size} bytes), "
            f"pinned `{sha256}` ({size} bytes)\n"
            f"hint: `permafreeze diff THE-PINNED-ONE {executable}` says what differs; `permafreeze verify reproduce "
            f"{output}` says whether building again gives the same; if the change is meant, `permafreeze pin {output}` "
            "pins it again"
        )
    with open(os.environ["out"], "w") as file:
        file.write(f"{output} has the pinned sha256 {sha256}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
