"""Builds every derivation of ours again (what `nix build --rebuild` does) and compares with what is in the store.

usage: rebuild.py FLAKE ATTRIBUTE

Prints the derivations that differ and `N passed, N failed`.
"""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from derivation import closure, of_attribute  # noqa: E402


def rebuild(paths):
    command = ["nix-store", "--realise", "--check", "--keep-going", "--max-jobs", str(os.cpu_count()), *paths]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def main(flake, attribute):
    derivations = closure(of_attribute(flake, attribute))
    run = rebuild([d.path for d in derivations])
    differing = []
    if run.returncode != 0:
        differing = [d for d in derivations if d.path in run.stdout and rebuild([d.path]).returncode != 0]
        print("\n".join(line for line in run.stdout.splitlines() if line.startswith("error")))
    for derivation in differing:
        print(f"differs or fails when built again: {derivation.name}")
    failed = len(differing) or (1 if run.returncode else 0)
    print(f"{len(derivations) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
