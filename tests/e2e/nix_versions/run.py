"""Clean builds by other versions of Nix give the same executables: those of Debian's suites, each in a root of its own.

usage: run.py CHECKOUT WORK PERMAFREEZE ATTRIBUTE… [--suite SUITE]…      suites: bookworm (Nix 2.8), trixie (2.26), sid (2.34)

In each root the store gets what was fetched (as bytes, by `nix-store --export`) and nothing that was built; then,
without network: `nix build`, `nix build --rebuild`, `nix flake show`, `nix flake check` and the comparisons with pins; and
`nix flake init`, whose project is built, checked, and released for Hydra, and whose shell (`nix develop`, with the
command PERMAFREEZE) starts the program. The executables must have the
sha256 that the plan pins, or, where it pins none, that of this machine's; every derivation's output must be this
machine's too.
WORK keeps the roots without their stores. Prints `N passed, N failed`; ends with 77 if something could not be tried.
"""

import argparse
import filecmp
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "support"))
from clean import SKIPPED, Reference, compare, expected, in_order, pins_of, remove, snapshot  # noqa: E402

SUITES = ["bookworm", "trixie", "sid"]
ENTER = os.path.join(HERE, "..", "..", "support", "enter_root.sh")
# Of the user in the root (enter_root.sh).
HOME = "/root"
CHECKOUT = "/checkout"
TEMPLATE = "/template"
# Builds where the sandbox works at all.
PROBE = """derivation {
  name = "probe"; system = builtins.currentSystem; builder = "/bin/sh"; args = [ "-c" "echo >$out" ];
}"""


class Skip(Exception):
    """Why a suite cannot be tried on this machine."""


class Suite:
    """The Nix of a suite: `passed` and `failed` count its checks."""

    def __init__(self, name, work):
        self.name = name
        self.root = os.path.join(work, name)
        self.passed = 0
        self.failed = 0

    def say(self, text):
        print(f"{self.name}: {text}", flush=True)

    def prepare(self, flake, fetched):
        """Makes the root, if it is not there; empties its store, and gives it the checkout and what was fetched."""
        started = time.monotonic()
        run = subprocess.run([os.path.join(HERE, "root.sh"), self.name, self.root], stderr=subprocess.PIPE, text=True)
        if run.returncode == SKIPPED:
            raise Skip(last_line(run.stderr))
        if run.returncode:
            sys.exit(f"{run.stderr}root.sh {self.name} failed")
        self.clean()
        os.makedirs(self.root + "/nix/store")
        version = self.enter("nix", "--version")
        if version.returncode:
            raise Skip(f"no namespaces to enter a root in: {last_line(version.stdout)}")
        probe = self.enter("nix", "build", "--no-link", "--impure", "--expr", PROBE)
        if probe.returncode:
            raise Skip(f"{version.stdout.strip()} has no sandbox here: {last_line(probe.stdout)}")
        shutil.copytree(flake, self.root + CHECKOUT, symlinks=True)
        export = subprocess.Popen(["nix-store", "--export", *fetched], stdout=subprocess.PIPE)
        imported = self.enter("nix-store", "--import", stdin=export.stdout)
        if export.wait() or imported.returncode:
            sys.exit(f"{imported.stdout}{self.name}: nix-store --import failed")
        self.say(f"{version.stdout.strip()}, {len(fetched)} fetched files; ready in {time.monotonic() - started:.0f} s")

    def enter(self, *command, stdin=subprocess.DEVNULL):
        command = [ENTER, self.root, *command]
        return subprocess.run(command, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def check(self, *command, folder="/"):
        """Runs a Nix command inside; says how long it took."""
        started = time.monotonic()
        run = self.enter("env", "-C", folder, "nix", *command)
        words = " ".join(command).replace(f"path:{CHECKOUT}", ".")
        if run.returncode:
            self.failed += 1
            self.say(f"FAIL  nix {words}\n{run.stdout[-4000:]}")
        else:
            self.passed += 1
            self.say(f"ok  nix {words}: {time.monotonic() - started:.1f} s")
        return run.returncode == 0

    def compare(self, reference, hashes):
        failed = compare(reference, hashes, self.root, self.say)
        self.failed += failed
        if not failed:
            self.passed += 1
            self.say(f"ok  the same executables, and the same output of each of {len(reference.made)} derivations")

    def clean(self):
        for folder in ("/nix", CHECKOUT, TEMPLATE, f"{HOME}/.cache", f"{HOME}/.local"):
            remove(self.root + folder)


class Template:
    """The flake's template as this machine builds it: `fetched` is what that starts from."""

    def __init__(self, flake, permafreeze):
        self.permafreeze = permafreeze
        root = f"{flake}/templates/default"
        expression = f"((import {flake}).project {{ root = {root}; }}).executables.hello-linux-amd64"
        command = ["nix-instantiate", "--expr", expression]
        path = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
        command = ["nix-store", "--realise", path]
        self.output = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
        self.fetched = [derivation.output for derivation in in_order([path]) if derivation.fixed]

    def try_in(self, suite):
        """Makes a project of the template inside, builds and checks it, and compares its executable."""
        os.mkdir(suite.root + TEMPLATE)
        here, project = f"path:{CHECKOUT}", f"path:{TEMPLATE}"
        its = ["--override-input", "permafreeze", here]
        suite.check("flake", "init", "--template", here, folder=TEMPLATE)
        suite.check("build", "--no-link", *its, f"{project}#hello-linux-amd64", f"{project}#hydraJobs.release")
        suite.check("flake", "check", *its, project)
        program = f"{self.output}/bin/hello"
        if os.path.exists(suite.root + program) and filecmp.cmp(suite.root + program, program, shallow=False):
            suite.passed += 1
            suite.say("ok  the template's executable is that of this machine")
        else:
            suite.failed += 1
            suite.say(f"FAIL  the template's executable is not {program} of this machine")
        self.try_shell(suite)

    def try_shell(self, suite):
        """Starts the program, not frozen, in the shell that its flake gives; that calls the command, which calls Nix."""
        shutil.copy(self.permafreeze, f"{suite.root}/usr/local/bin/permafreeze")
        file = f"{suite.root}{TEMPLATE}/flake.nix"
        with open(file, encoding="utf-8") as flake:
            text = flake.read()
        with open(file, "w", encoding="utf-8") as flake:
            flake.write(text.replace("flake:permafreeze", f"path:{CHECKOUT}"))
        suite.check("develop", "--command", "sh", "-c", "test \"$(hello Nix)\" = 'Hello, Nix!'", folder=TEMPLATE)


def last_line(text):
    return (text.strip().splitlines() or ["no reason given"])[-1]


def try_suite(suite, flake, reference, hashes, template):
    suite.prepare(flake, sorted({*reference.fetched, *template.fetched}))
    try:
        here = f"path:{CHECKOUT}"
        wanted = [f"{here}#{attribute}" for attribute in reference.attributes]
        jobs = ["--max-jobs", str(os.cpu_count())]
        if suite.check("build", "--no-link", *jobs, *wanted):
            suite.compare(reference, hashes)
            suite.check("build", "--no-link", "--rebuild", *jobs, *wanted)
            suite.check("flake", "show", here)
            suite.check("flake", "check", "--no-build", here)
            # Of other targets' executables this store has no runtimes.
            pinned = pins_of(os.path.join(flake, "examples", "agent-runner"))
            names = [attribute.partition("-linux-")[2] for attribute in reference.attributes if attribute in pinned]
            repro = [f"{here}#checks.{platform.machine()}-linux.repro-linux-{name}" for name in names]
            suite.check("build", "--no-link", *jobs, *repro)
        template.try_in(suite)
    finally:
        suite.clean()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("checkout")
    parser.add_argument("work")
    parser.add_argument("permafreeze")
    parser.add_argument("attributes", nargs="+")
    parser.add_argument("--suite", action="append")
    arguments = parser.parse_args()
    work = os.path.abspath(arguments.work)
    os.makedirs(work, exist_ok=True)
    skipped = []
    with tempfile.TemporaryDirectory(prefix="nix-versions-") as flake:
        snapshot(arguments.checkout, flake)
        reference = Reference(flake, arguments.attributes)
        template = Template(flake, arguments.permafreeze)
        hashes = expected(reference, os.path.join(flake, "examples", "agent-runner"))
        suites = [Suite(name, work) for name in arguments.suite or SUITES]
        for suite in suites:
            try:
                try_suite(suite, flake, reference, hashes, template)
            except Skip as reason:
                skipped.append(suite.name)
                suite.say(f"SKIPPED: {reason}")
    failed = sum(suite.failed for suite in suites)
    print(f"{sum(suite.passed for suite in suites)} passed, {failed} failed")
    if skipped:
        print(f"SKIPPED, not proved: the Nix of {', '.join(skipped)}")
    sys.exit(1 if failed else SKIPPED if skipped else 0)


if __name__ == "__main__":
    main()
