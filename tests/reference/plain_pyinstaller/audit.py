"""The audit refuses what plain PyInstaller builds: it brings this machine's libstdc++, which needs this machine's glibc.

usage: audit.py TOOLS EXECUTABLE REPORT PLAIN

TOOLS is permafreeze-test-tools. Prints `N passed, N failed`.
"""

import json
import subprocess
import sys


def audit(tool, executable, report):
    run = subprocess.run([tool, "audit", executable, "linux-amd64", report], capture_output=True, text=True)
    if run.returncode not in (0, 1):
        sys.exit(run.stderr)
    return run.returncode, json.loads(run.stdout)


def number(version):
    return [int(part) for part in version.split(".")]


def main(tool, executable, report, plain):
    ours_code, ours = audit(tool, executable, report)
    code, theirs = audit(tool, plain, "-")
    host = [f for f in theirs["findings"] if f["subject"] == "libstdc++.so.6" and "`GLIBC_" in f["problem"]]
    checks = {
        "ours is fit": ours_code == 0 and not ours["findings"],
        "ours needs glibc 2.28 or older": number(ours["newest"]["GLIBC"]["version"]) <= [2, 28],
        "plain PyInstaller's is not fit": code == 1,
        "the host's libstdc++ is to blame": len(host) == 1,
        "and needs a newer glibc": number(theirs["newest"]["GLIBC"]["version"]) > [2, 28],
    }
    for name, holds in checks.items():
        if not holds:
            print(f"does not hold: {name}")
    print(f"needs glibc {ours['newest']['GLIBC']['version']}, plain PyInstaller's {theirs['newest']['GLIBC']['version']}")
    failed = sum(not holds for holds in checks.values())
    print(f"{len(checks) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
