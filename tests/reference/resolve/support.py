"""What the reference tests of resolve share: targets as Python sees them, the driver, the count of outcomes."""

import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
REPOSITORY = HERE.parent.parent.parent
# The patch releases of the Pythons that are frozen.
PYTHONS = json.loads((REPOSITORY / "nix/toolchain.json").read_text(encoding="utf-8"))["pythons"]
DEFAULT = "3.13"
PYTHON = PYTHONS[DEFAULT]
PROJECTS = [
    REPOSITORY / "tests/projects/lock-poetry-table-1.1",
    REPOSITORY / "tests/projects/lock-poetry-table-2.0",
    REPOSITORY / "tests/projects/lock-poetry-table-2.1",
    REPOSITORY / "tests/projects/lock-project-table",
    REPOSITORY / "examples/agent-runner",
]

# The oldest systems that are asked for: minor versions of glibc 2, major ones of macOS, none of Windows; the default first.
OLDEST = {"Linux": (28, 17, 18, 31, 34, 39, 42), "Darwin": (12, 13, 14, 15, 26), "Windows": (0,)}

# target -> os_name, sys_platform, platform_system, platform_machine
TARGETS = {
    "linux-amd64": ("posix", "linux", "Linux", "x86_64"),
    "linux-arm64": ("posix", "linux", "Linux", "aarch64"),
    "darwin-amd64": ("posix", "darwin", "Darwin", "x86_64"),
    "darwin-arm64": ("posix", "darwin", "Darwin", "arm64"),
    "windows-amd64": ("nt", "win32", "Windows", "AMD64"),
}


def environment(target: str, python: str = DEFAULT) -> dict[str, str]:
    os_name, sys_platform, platform_system, platform_machine = TARGETS[target]
    return {
        "implementation_name": "cpython",
        "implementation_version": PYTHONS[python],
        "os_name": os_name,
        "platform_machine": platform_machine,
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": platform_system,
        "platform_version": "",
        "python_full_version": PYTHONS[python],
        "python_version": python,
        "sys_platform": sys_platform,
    }


def linux_platforms(machine: str, glibc_minor: int) -> list[str]:
    """What `packaging` gives on such a machine."""
    import packaging._manylinux
    import packaging._musllinux
    import packaging.tags

    packaging._manylinux._have_compatible_abi = lambda *_: True
    packaging._manylinux._get_glibc_version = lambda: (2, glibc_minor)
    packaging._manylinux._get_manylinux_module = lambda: None
    packaging._musllinux._get_musl_version = lambda *_: None
    packaging.tags.sysconfig.get_platform = lambda: f"linux-{machine}"
    return list(packaging.tags._linux_platforms(is_32bit=False))


def oldest(target: str) -> tuple[int, ...]:
    return OLDEST[TARGETS[target][2]]


def platforms(target: str, oldest: int) -> list[str]:
    from packaging.tags import mac_platforms

    system, machine = TARGETS[target][2:]
    if system == "Linux":
        return linux_platforms(machine, oldest)
    if system == "Darwin":
        return list(mac_platforms((oldest, 0), machine))
    return ["win_amd64"]


def tags(target: str, oldest: int, python: str = DEFAULT) -> list[str]:
    from packaging.tags import compatible_tags, cpython_tags

    own, version = platforms(target, oldest), tuple(map(int, python.split(".")))
    interpreter = "cp" + python.replace(".", "")
    supported = [
        *cpython_tags(version, [interpreter], own),
        *compatible_tags(version, interpreter, own),
    ]
    return [str(tag) for tag in supported]


def ask(questions: list[dict]) -> list:
    """Asks permafreeze-test-tools (the first argument of the test)."""
    lines = "".join(json.dumps(question) + "\n" for question in questions)
    done = subprocess.run([sys.argv[1], "resolve"], input=lines, capture_output=True, text=True, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(questions), f"{len(questions)} questions, {len(answers)} answers: {done.stderr}"
    return answers


class Outcomes:
    """Counts; prints each failure, and the count at the end."""

    def __init__(self, name: str) -> None:
        self.name, self.passed, self.failed = name, 0, 0

    def check(self, what: str, expected: object, found: object) -> None:
        if expected == found:
            self.passed += 1
            return
        self.failed += 1
        print(f"{self.name}: {what}\n  expected {expected}\n  found    {found}")

    def finish(self) -> None:
        print(f"{self.name}: {self.passed} passed, {self.failed} failed")
        sys.exit(1 if self.failed or not self.passed else 0)
