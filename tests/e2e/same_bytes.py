"""Runs the builders again outside of Nix, under other circumstances, and compares their output with the store's.

usage: same_bytes.py FLAKE ATTRIBUTE [--objects N]

Other folder, hash seed, time zone, locale, umask, core count, and another order of directory entries (the output is
written to a folder with other files in it). Of the objects N are taken, spread over the list, and always the runtime's.
Prints `N passed, N failed`.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from builder import differences, run_builder  # noqa: E402
from derivation import closure, of_attribute  # noqa: E402

CIRCUMSTANCES = [
    {"PYTHONHASHSEED": "1", "TZ": "Asia/Kathmandu", "LC_ALL": "C", "NIX_BUILD_CORES": "1", "umask": "077"},
    {"PYTHONHASHSEED": "4242", "TZ": "America/St_Johns", "LC_ALL": "tr_TR.UTF-8", "NIX_BUILD_CORES": "7", "umask": "002"},
]


def choose(derivations, count):
    objects = [d for d in derivations if d.name.startswith("object-")]
    step = max(1, len(objects) // count)
    chosen = objects[::step] + [d for d in objects if "runtime" in d.name]
    others = [d for d in derivations if not d.name.startswith("object-")]
    return sorted({d.path: d for d in chosen + others}.values(), key=lambda d: d.name)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("flake")
    parser.add_argument("attribute")
    parser.add_argument("--objects", type=int, default=20)
    arguments = parser.parse_args()
    derivations = closure(of_attribute(arguments.flake, arguments.attribute))
    # The executable may be in the store without what it was made of.
    made = ["nix-store", "--realise", *(derivation.path for derivation in derivations)]
    subprocess.run(made, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    chosen = choose(derivations, arguments.objects)
    failed = 0
    for derivation in chosen:
        for circumstances in CIRCUMSTANCES:
            with tempfile.TemporaryDirectory(prefix="same-bytes-") as folder:
                out = run_builder(derivation, folder, circumstances)
                found = list(differences(derivation.output, out))
                shutil.rmtree(out, ignore_errors=True)
            if found:
                failed += 1
                print(f"{derivation.name}: {circumstances}: differs in {', '.join(found[:5])}")
    print(f"{len(chosen) * len(CIRCUMSTANCES) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
