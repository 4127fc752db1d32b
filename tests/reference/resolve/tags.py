"""The ordered list of tags against packaging.tags on a faked platform."""

import support


def main() -> None:
    outcomes = support.Outcomes("tags")
    pairs = [(target, oldest) for target in support.TARGETS for oldest in support.oldest(target)]
    cases = [(python, target, oldest) for python in support.PYTHONS for target, oldest in pairs]
    questions = [{"do": "tags", "python": python, "target": target, "oldest": oldest} for python, target, oldest in cases]
    for (python, target, oldest), found in zip(cases, support.ask(questions), strict=True):
        expected, case = support.tags(target, oldest, python), f"{target} from {oldest}, Python {python}"
        outcomes.check(f"how many for {case}", len(expected), len(found))
        for index, (mine, theirs) in enumerate(zip(found, expected)):
            outcomes.check(f"tag {index} for {case}", theirs, mine)
    outcomes.finish()


if __name__ == "__main__":
    main()
