"""Runs the builders again outside of Nix, under other circumstances, and compares their output with the store's.

usage: same_bytes.py FLAKE ATTRIBUTE [--objects N]

Other folder, hash seed, time zone, locale, umask, core count, and another order of directory entries (the output is
written to a folder with other files in it). Of the objects N are taken, spread over the list, and always the runtime's.
Prints `N passed, N failed`.
"""

import argparse
import filecmp
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from derivation import closure, of_attribute  # noqa: E402

CIRCUMSTANCES = [
    {"PYTHONHASHSEED": "1", "TZ": "Asia/Kathmandu", "LC_ALL": "C", "NIX_BUILD_CORES": "1", "umask": "077"},
    {"PYTHONHASHSEED": "4242", "TZ": "America/St_Johns", "LC_ALL": "tr_TR.UTF-8", "NIX_BUILD_CORES": "7", "umask": "002"},
]


def run_builder(derivation, circumstances, folder):
    """Runs a builder as Nix would, but here; returns its output path."""
    out = os.path.join(folder, "out")
    scratch = os.path.join(folder, "a longer scratch folder", "x" * 40)
    os.makedirs(scratch)
    for name in ("zz", "aa", "mm"):
        open(os.path.join(scratch, name), "w").close()
    environment = {key: value for key, value in circumstances.items() if key != "umask"}
    environment |= {"out": out, "TMPDIR": scratch, "TMP": scratch, "NIX_BUILD_TOP": scratch, "HOME": "/homeless"}
    if "job" in derivation.environment:
        environment["jobPath"] = os.path.join(folder, "job.json")
        with open(environment["jobPath"], "w", encoding="utf-8") as file:
            file.write(derivation.environment["job"])
    arguments = [derivation.builder, *(a.replace(derivation.output, out) for a in derivation.arguments)]
    umask = int(circumstances["umask"], 8)
    subprocess.run(arguments, check=True, env=environment, cwd=scratch, umask=umask, stdin=subprocess.DEVNULL)
    return out


def differences(left, right, path=""):
    """Relative paths of files that differ in bytes, in the executable bit, or are only on one side."""
    a, b = os.path.join(left, path), os.path.join(right, path)
    if os.path.isdir(a) and os.path.isdir(b) and not os.path.islink(a):
        for name in sorted(set(os.listdir(a)) | set(os.listdir(b))):
            yield from differences(left, right, os.path.join(path, name))
    elif not (os.path.lexists(a) and os.path.lexists(b)):
        yield f"{path} (only on one side)"
    elif os.path.islink(a) or os.path.islink(b):
        if os.readlink(a) != os.readlink(b):
            yield path
    elif not filecmp.cmp(a, b, shallow=False) or os.access(a, os.X_OK) != os.access(b, os.X_OK):
        yield path


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
    chosen = choose(closure(of_attribute(arguments.flake, arguments.attribute)), arguments.objects)
    failed = 0
    for derivation in chosen:
        for circumstances in CIRCUMSTANCES:
            with tempfile.TemporaryDirectory(prefix="same-bytes-") as folder:
                out = run_builder(derivation, circumstances, folder)
                found = list(differences(derivation.output, out))
                shutil.rmtree(out, ignore_errors=True)
            if found:
                failed += 1
                print(f"{derivation.name}: {circumstances}: differs in {', '.join(found[:5])}")
    print(f"{len(chosen) * len(CIRCUMSTANCES) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
