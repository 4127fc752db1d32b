"""The ordered list of tags against packaging.tags on a faked platform."""

import support


def main() -> None:
    outcomes = support.Outcomes("tags")
    minors = (17, 18, 28, 31, 34, 39, 42)
    cases = [(python, target, minor) for python in support.PYTHONS for target in support.TARGETS for minor in minors]
    questions = [{"do": "tags", "python": python, "target": target, "glibc": minor} for python, target, minor in cases]
    for (python, target, minor), found in zip(cases, support.ask(questions), strict=True):
        expected, case = support.tags(target, minor, python), f"{target}, Python {python}, glibc 2.{minor}"
        outcomes.check(f"how many for {case}", len(expected), len(found))
        for index, (mine, theirs) in enumerate(zip(found, expected)):
            outcomes.check(f"tag {index} for {case}", theirs, mine)
    outcomes.finish()


if __name__ == "__main__":
    main()
