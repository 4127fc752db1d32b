"""What the workflows and actions of this repository must say, besides what actionlint and zizmor ask for."""
import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).parents[2]
USES = re.compile(r"^\s*(?:- )?uses:\s*(?P<what>\S+)(?P<rest>.*)$", re.MULTILINE)
PINNED = re.compile(r"(?P<action>[\w.-]+/[\w./-]+)@(?P<commit>[0-9a-f]{40})")
VERSION = re.compile(r"\s+# (?P<version>v\d+\.\d+\.\d+)")


def files():
    """The text of each workflow and action, by its path."""
    found = [*ROOT.glob(".github/workflows/*.y*ml"), *ROOT.glob("action.y*ml"), *ROOT.glob(".github/actions/*/action.y*ml")]
    return {str(path.relative_to(ROOT)): path.read_text() for path in sorted(found)}


def pins(text):
    """The actions of others: pairs of the action and what stands behind it, and the lines that pin none."""
    good, bad = [], []
    for found in USES.finditer(text):
        if found["what"].startswith(("./", "$/")):
            continue
        pinned, version = PINNED.fullmatch(found["what"]), VERSION.fullmatch(found["rest"])
        if pinned and version:
            good.append((pinned["action"], (pinned["commit"], version["version"])))
        else:
            bad.append(found[0].strip())
    return good, bad


def jobs(text):
    """The lines of each job, by its name."""
    _, _, below = text.partition("\njobs:\n")
    parts = re.split(r"^  ([\w-]+):\n", below, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2]))


def problems(text):
    """What a workflow lacks."""
    found = [f"not pinned by commit, with its version behind it: {line}" for line in pins(text)[1]]
    if not re.search(r"^permissions:", text, re.MULTILINE):
        found.append("no `permissions` for all jobs")
    for name, job in jobs(text).items():
        # A job that calls a workflow takes its limits from there.
        if not re.search(r"^    (timeout-minutes|uses):", job, re.MULTILINE):
            found.append(f"job {name}: no `timeout-minutes`")
        if re.search(r"^ +(- )?(runs-on|runner): .*-latest", job, re.MULTILINE):
            found.append(f"job {name}: a runner that changes by itself")
    return found


GOOD = """\
name: x
permissions: {}
jobs:
  one:
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    steps:
      - uses: actions/checkout@0123456789012345678901234567890123456789 # v7.0.0
      - uses: ./
  two:
    uses: $/.github/workflows/x.yml
"""


class Rules(unittest.TestCase):
    def test_what_is_good_has_no_problem(self):
        self.assertEqual(problems(GOOD), [])
        self.assertEqual(list(jobs(GOOD)), ["one", "two"])

    def test_each_rule_finds_what_breaks_it(self):
        for old, new, said in [
            ("@0123456789012345678901234567890123456789 # v7.0.0", "@v7", "not pinned"),
            (" # v7.0.0", "", "not pinned"),
            (" # v7.0.0", " # v7", "not pinned"),
            ("permissions: {}\n", "", "no `permissions`"),
            ("    timeout-minutes: 5\n", "", "job one: no `timeout-minutes`"),
            ("ubuntu-24.04", "ubuntu-latest", "job one: a runner"),
            ("    timeout-minutes: 5\n", "    timeout-minutes: 5\n          - runner: macos-latest\n", "job one: a runner"),
            ("    uses: $/.github/workflows/x.yml\n", "    runs-on: x\n", "job two: no `timeout-minutes`"),
        ]:
            with self.subTest(new=new, said=said):
                found = problems(GOOD.replace(old, new))
                self.assertEqual(len(found), 1, found)
                self.assertIn(said, found[0])


class Files(unittest.TestCase):
    def test_workflows_keep_the_rules(self):
        workflows = {path: text for path, text in files().items() if path.startswith(".github/workflows/")}
        self.assertGreaterEqual(len(workflows), 3)
        for path, text in workflows.items():
            self.assertEqual(problems(text), [], path)
            self.assertTrue(jobs(text), path)

    def test_an_action_has_one_commit_everywhere(self):
        seen = {}
        for path, text in files().items():
            good, bad = pins(text)
            self.assertEqual(bad, [], path)
            for action, pin in good:
                # `actions/cache/save` is of the repository `actions/cache`.
                repository = "/".join(action.split("/")[:2])
                self.assertEqual(seen.setdefault(repository, pin), pin, f"{path}: {action}")


if __name__ == "__main__":
    unittest.main()
