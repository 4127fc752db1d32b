"""Markers against packaging.markers: the same outcome, or an error on both sides."""

import random

import support
from packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName

VERSIONS = ["3", "3.8", "3.13", "3.13.0", "3.13.5", "3.14", "3.13.*", "3.*", " 3.13 ", "3.13.5rc1", "4.0.0a1", "", "x"]
VALUES = {
    "implementation_name": ["cpython", "pypy"],
    "implementation_version": VERSIONS,
    "os_name": ["posix", "nt", "java"],
    "os.name": ["posix"],
    "platform_machine": ["x86_64", "aarch64", "arm64", "AMD64", "x86"],
    "platform_python_implementation": ["CPython", "PyPy"],
    "python_implementation": ["CPython"],
    "platform_release": ["", "5.10", "6"],
    "platform_system": ["Linux", "Darwin", "Windows"],
    "platform_version": ["", "#1"],
    "python_full_version": VERSIONS,
    "python_version": [*VERSIONS, "3.12, 3.13", "3.8 3.9"],
    "sys_platform": ["linux", "linux2", "win32", "darwin", "lin"],
}
OPERATORS = ["==", "!=", "<", "<=", ">", ">=", "~=", "===", "in", "not in"]
BROKEN = [
    "", "os_name", "os_name ==", "os_name == 'nt", "os_name = 'nt'", "'a' == 'b'", "os_name == 'nt' and", "(os_name == 'nt'",
    "os_name == 'nt')", "os_nam == 'nt'", "os_name == nt", "os_name not 'nt'", "os_name == 'nt' os_name == 'nt'",
]  # fmt: skip


def comparison(dice: random.Random) -> str:
    if dice.random() < 0.1:
        return f'extra {dice.choice(["==", "!="])} "{dice.choice(["fast", "Fast_Path", "other"])}"'
    name = dice.choice(list(VALUES))
    value = f'"{dice.choice(VALUES[name])}"'
    operator = dice.choice(OPERATORS)
    return f"{value} {operator} {name}" if dice.random() < 0.2 else f"{name} {operator} {value}"


def expression(dice: random.Random, depth: int) -> str:
    if depth == 0 or dice.random() < 0.4:
        return comparison(dice)
    left, right = expression(dice, depth - 1), expression(dice, depth - 1)
    joined = f"{left} {dice.choice(['and', 'or'])} {right}"
    return f"({joined})" if dice.random() < 0.4 else joined


def expected(marker: str, python: str, target: str, extras: list[str]) -> bool | str:
    try:
        return Marker(marker).evaluate({**support.environment(target, python), "extra": extras[0] if extras else ""})
    except (InvalidMarker, UndefinedComparison, UndefinedEnvironmentName):
        return "error"


def main() -> None:
    dice = random.Random(425)
    texts = [f'{name} {operator} "{value}"' for name in VALUES for operator in OPERATORS for value in VALUES[name]]
    texts += [f'"{value}" {operator} {name}' for name in VALUES for operator in OPERATORS for value in VALUES[name]]
    texts += [expression(dice, 3) for _ in range(2000)] + BROKEN
    pythons, extras_of = sorted(support.PYTHONS), [[], ["fast"], ["fast-path"]]
    cases = [(text, dice.choice(pythons), target, dice.choice(extras_of)) for text in texts for target in support.TARGETS]
    questions = [
        {"do": "marker", "marker": text, "python": python, "target": target, "extras": extras}
        for text, python, target, extras in cases
    ]
    outcomes = support.Outcomes("markers")
    for (text, python, target, extras), answer in zip(cases, support.ask(questions), strict=True):
        found = "error" if isinstance(answer, dict) else answer
        case = f"{text} for {target}, Python {python}, with {extras}"
        outcomes.check(case, expected(text, python, target, extras), found)
    outcomes.finish()


if __name__ == "__main__":
    main()
