"""The ordered list of tags against packaging.tags on a faked platform."""

import support


def main() -> None:
    outcomes = support.Outcomes("tags")
    cases = [(target, minor) for target in support.TARGETS for minor in (17, 18, 28, 31, 34, 39, 42)]
    answers = support.ask([{"do": "tags", "target": target, "glibc": minor} for target, minor in cases])
    for (target, minor), found in zip(cases, answers, strict=True):
        expected = support.tags(target, minor)
        outcomes.check(f"how many for {target}, glibc 2.{minor}", len(expected), len(found))
        for index, (mine, theirs) in enumerate(zip(found, expected)):
            outcomes.check(f"tag {index} for {target}, glibc 2.{minor}", theirs, mine)
    outcomes.finish()


if __name__ == "__main__":
    main()
