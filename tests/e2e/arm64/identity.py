"""Builds with the aarch64 tools, under emulation, what the x86_64 tools built, and compares every byte.

usage: identity.py FLAKE NAME WORK [--objects N]

The derivations of `packages.aarch64-linux` are taken as they are: builder, arguments, environment, job. Nix does not
build them; tests/support/emulate.sh runs their builders: the host Python is unpacked, the hooks env installed, every
object compiled, the executables of all five targets linked. With `--objects N` only N pure and N native wheels are compiled,
spread over the list, and the other objects are taken from the x86_64 graph. For each difference it says file, entry and
module. Only the provenance may differ, and only in its host's tools, which it names.
Prints `N passed, N failed`.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
SUPPORT = os.path.join(HERE, "..", "..", "support")
sys.path.insert(0, SUPPORT)
from builder import differences, run_builder  # noqa: E402
from derivation import closure, of_attribute  # noqa: E402
from explain import explain  # noqa: E402

TARGETS = ["linux-amd64", "linux-arm64", "darwin-amd64", "darwin-arm64", "windows-amd64"]
EMULATE = os.path.abspath(os.path.join(SUPPORT, "emulate.sh"))
# Differs by nature between the hosts; used, not compared.
HOST_PYTHON = "permafreeze-host-python-"


def graph(flake, system, name):
    """The derivations of all targets for one host, by target and name: a pure wheel's object is in both."""
    return {
        (target, derivation.name): derivation
        for target in TARGETS
        for derivation in closure(of_attribute(flake, f"packages.{system}.{name}-{target}"))
    }


def is_aarch64(program):
    """Whether the ELF header says so (e_machine)."""
    with open(program, "rb") as file:
        return file.read(20)[18:20] == b"\xb7\x00"


def size(folder):
    return sum(os.lstat(os.path.join(path, name)).st_size for path, _, names in os.walk(folder) for name in names)


def choose(ours, count):
    """The derivations to make, without the executables: all, or `count` wheels of each kind (pure, native)."""
    wheels = sorted({d.name for d in ours.values() if d.name.endswith(".whl")})
    chosen = set()
    for kind in (True, False):
        names = [name for name in wheels if name.endswith("-any.whl") == kind]
        chosen.update(names[:: max(1, len(names) // count)][:count] if count else names)
    return {
        key: d
        for key, d in ours.items()
        if d.name in chosen or (d.name.startswith(("object-", "permafreeze-")) and not d.name.endswith(".whl"))
    }


class Emulated:
    """The scratch folder with what was made: it stands in for the derivations' outputs."""

    def __init__(self, theirs, ours, work):
        self.work = work
        self.seconds = {}
        # Until it is made here, an output of this graph is its counterpart's in the other.
        self.outputs = {d.output: theirs[key].output for key, d in ours.items()}

    def make(self, derivation):
        folder = tempfile.mkdtemp(dir=self.work)
        started = time.monotonic()
        out = run_builder(derivation, folder, {"NIX_BUILD_CORES": "1"}, self.outputs, [EMULATE])
        self.seconds[derivation.name] = time.monotonic() - started
        return derivation.output, out

    def make_all(self, derivations):
        """Makes them two at a time, the largest first."""
        unique = {d.path: d for d in derivations}.values()
        with ThreadPoolExecutor(2) as pool:
            self.outputs.update(pool.map(self.make, sorted(unique, key=lambda d: -size(self.outputs[d.output]))))


def provenance_of(host, pins, text):
    """A provenance with the tools of a host replaced by words: it names what it was made with, so it differs there."""
    for tool in ("compile", "host-python", "link"):
        pin = pins[f"{tool}-{host}"]
        for value in (pin["sha256"], pin["name"]):
            if value.encode() not in text:
                raise SystemExit(f"the provenance made on {host} does not name `{value}` of {tool}\n0 passed, 1 failed")
            text = text.replace(value.encode(), f"[{tool}]".encode())
    return text


def unlike(left, right, path):
    """Whether a file that differs in bytes is not what it should be: only the provenance names the host's tools."""
    if path != "share/permafreeze/provenance.json" or not os.path.exists(os.path.join(right, path)):
        return True
    pins = json.load(open(os.path.join(HERE, "..", "..", "..", "nix", "toolchain.json"), encoding="utf-8"))["made"]
    sides = zip(("x86_64-linux", "aarch64-linux"), (left, right))
    texts = [provenance_of(host, pins, open(os.path.join(side, path), "rb").read()) for host, side in sides]
    return texts[0] != texts[1]


def references(paths):
    """Store paths that occur in the x86_64 outputs; what is byte-identical from both hosts may hold none of either."""
    command = ["nix-store", "--query", "--references", *sorted(paths)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("flake")
    parser.add_argument("name")
    parser.add_argument("work")
    parser.add_argument("--objects", type=int, help="only so many of the pure and of the native wheels each")
    arguments = parser.parse_args()
    theirs = graph(arguments.flake, "x86_64-linux", arguments.name)
    ours = graph(arguments.flake, "aarch64-linux", arguments.name)
    if theirs.keys() != ours.keys():
        sys.exit(f"the hosts' derivations are not the same: {sorted(theirs.keys() ^ ours.keys())}")
    wrong = sorted({d.builder for d in ours.values() if not is_aarch64(d.builder)})
    if wrong:
        sys.exit(f"no programs of an aarch64 host: {wrong}")
    made = {theirs[target, f"{arguments.name}-{target}"].path for target in TARGETS}
    subprocess.run(["nix-store", "--realise", *sorted(made)], check=True, stdout=subprocess.DEVNULL)
    shutil.rmtree(arguments.work, ignore_errors=True)
    os.makedirs(arguments.work)
    emulated = Emulated(theirs, ours, os.path.abspath(arguments.work))
    chosen = choose(ours, arguments.objects)
    executables = {(target, f"{arguments.name}-{target}") for target in TARGETS}
    emulated.make_all(d for d in chosen.values() if d.name.startswith(HOST_PYTHON))
    emulated.make_all(d for d in chosen.values() if not d.name.startswith(HOST_PYTHON))
    emulated.make_all(ours[key] for key in executables)
    compare(theirs, ours, {*executables, *(key for key in chosen if not key[1].startswith(HOST_PYTHON))}, emulated)


def compare(theirs, ours, keys, emulated):
    pairs = {(theirs[key].output, ours[key].output): key for key in sorted(keys)}
    failed = 0
    for (left, output), (_, name) in pairs.items():
        right = emulated.outputs[output]
        paths = [path for path in differences(left, right) if unlike(left, right, path)]
        found = [line for path in paths for line in explain(left, right, path)]
        failed += bool(found)
        print(f"{'FAIL' if found else 'ok'}  {name} ({emulated.seconds[name]:.1f} s emulated)")
        print("".join(f"    {line}\n" for line in found[:20]), end="")
    found = references(left for left, _ in pairs)
    failed += bool(found)
    print("".join(f"FAIL  an output holds the store path {path}\n" for path in found), end="")
    print(f"{len(pairs) + 1 - failed} passed, {failed} failed")
    shutil.rmtree(emulated.work)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
