"""The scripts of the action (action.yml) that decide without Nix: the key of the cache, what of the toolchain is built."""
import json
import os
import pathlib
import platform
import re
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).parents[2]
SCRIPTS = ROOT / ".github/action"
PLAN = {"targets": {"linux-amd64": {}, "linux-arm64": {}, "windows-amd64": {"runtime": "wheels"}}}
NOTES = '#!/bin/sh\necho "$*" >>"$(dirname "$0")/log"\n'


class Scripts(unittest.TestCase):
    def setUp(self):
        kept = tempfile.TemporaryDirectory()
        self.addCleanup(kept.cleanup)
        self.folder = pathlib.Path(kept.name)
        for name in ["permafreeze", "gh"]:
            (self.folder / name).write_text(NOTES)
            (self.folder / name).chmod(0o755)
        self.plan(PLAN)

    def plan(self, plan):
        (self.folder / "permafreeze.lock").write_text(json.dumps(plan))

    def run_script(self, script, *words):
        environment = {**os.environ, "COMMAND": str(self.folder / "permafreeze")}
        environment["PATH"] = f"{self.folder}:{environment['PATH']}"
        command = ["bash", SCRIPTS / script, *map(str, words)]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    def key(self):
        done = self.run_script("key.sh", self.folder, "/cached")
        self.assertEqual(done.returncode, 0, done.stderr)
        return dict(line.split("=", 1) for line in done.stdout.splitlines())

    def log(self, script, *words):
        """What programs were called with."""
        done = self.run_script(script, *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return (self.folder / "log").read_text().splitlines()

    def toolchain(self, *words):
        return self.log("toolchain.sh", self.folder, *words)

    def test_the_key_is_of_the_plan_the_tools_and_the_machine(self):
        first = self.key()
        self.assertEqual(first, self.key())
        self.assertTrue(first["key"].startswith(first["same-tools"]))
        self.assertTrue(first["same-tools"].startswith(first["same-machine"]))
        self.assertIn(platform.machine(), first["same-machine"])
        self.assertRegex(first["command"], "^/cached/command-[0-9a-f]{16}/permafreeze$")
        self.plan({"targets": {}})
        second = self.key()
        self.assertNotEqual(first["key"], second["key"])
        self.assertEqual(first["same-tools"], second["same-tools"])

    def test_a_project_without_a_plan_is_told_what_to_do(self):
        (self.folder / "permafreeze.lock").unlink()
        done = self.run_script("key.sh", self.folder, "/cached")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("run `permafreeze lock`", done.stderr)

    def test_each_target_gets_the_runtime_of_its_plan(self):
        self.assertEqual(
            self.toolchain(),
            [
                "toolchain build --target linux-amd64 --target linux-arm64",
                "toolchain build --target windows-amd64 --from wheels",
            ],
        )

    def test_what_is_not_built_is_not_made(self):
        self.assertEqual(self.toolchain("linux-arm64"), ["toolchain build --target linux-arm64"])

    def test_an_executable_names_its_target_and_a_bare_name_all(self):
        self.assertEqual(self.toolchain("my-app-linux-amd64"), ["toolchain build --target linux-amd64"])
        self.assertEqual(len(self.toolchain("my-app")), 3, "one line of before, two of all targets")

    def test_a_release_is_downloaded_and_imported(self):
        lines = self.log("release.sh", "v1.2.3", "some/one")
        self.assertRegex(lines[0], r"^release download v1\.2\.3 --repo some/one --dir \S+ --pattern permafreeze-\*$")
        self.assertRegex(lines[1], r"^toolchain import \S+$")
        self.assertEqual(lines[0].split()[6], lines[1].split()[2])
        self.assertFalse(os.path.exists(lines[1].split()[2]), "the download stays")

    def test_a_release_that_is_not_there_imports_nothing(self):
        (self.folder / "gh").write_text("#!/bin/sh\nexit 4\n")
        self.assertEqual(self.run_script("release.sh", "v1.2.3", "some/one").returncode, 4)
        self.assertFalse((self.folder / "log").exists())

    def test_a_toolchain_that_cannot_be_made_ends_the_action(self):
        (self.folder / "permafreeze").write_text("#!/bin/sh\nexit 3\n")
        self.assertEqual(self.run_script("toolchain.sh", self.folder).returncode, 3)


def steps(text):
    """The text of each step of an action."""
    return re.split(r"^    - ", text.partition("\n  steps:\n")[2], flags=re.MULTILINE)[1:]


def undefined(step):
    """The variables that a step's command uses and nothing sets."""
    command = re.search(r"^      run: (.*)$", step, re.MULTILINE)
    used = set(re.findall(r"\$([A-Z_]+)", command[1] if command else ""))
    given = set(re.findall(r"^        ([A-Z_]+): ", step, re.MULTILINE))
    return sorted(name for name in used - given if not name.startswith("GITHUB_"))


class Action(unittest.TestCase):
    TEXT = (ROOT / "action.yml").read_text()

    def test_every_step_has_its_variables(self):
        self.assertGreater(len(steps(self.TEXT)), 5)
        for step in steps(self.TEXT):
            self.assertEqual(undefined(step), [], step)
        planted = steps(self.TEXT.replace("        OUT: ", "        OUTER: "))
        self.assertEqual([name for step in planted for name in undefined(step)], ["OUT"])

    def test_what_steps_run_is_there(self):
        scripts = re.findall(r"\$GITHUB_ACTION_PATH/([^\"]+)", self.TEXT)
        self.assertGreaterEqual(len(scripts), 5)
        for script in scripts:
            self.assertTrue(os.access(ROOT / script, os.X_OK), script)

    def test_inputs_and_outputs_are_those_that_there_are(self):
        inputs = set(re.findall(r"^  ([\w-]+):$", self.TEXT.partition("\noutputs:")[0], re.MULTILINE))
        self.assertEqual(set(re.findall(r"inputs\.([\w-]+)", self.TEXT)), inputs)
        key = (SCRIPTS / "key.sh").read_text()
        for output in set(re.findall(r"steps\.key\.outputs\.([\w-]+)", self.TEXT)):
            self.assertIn(f'"{output}=', key)

    def test_the_documentation_has_every_input(self):
        page = (ROOT / "docs/ci.md").read_text()
        for name in set(re.findall(r"inputs\.([\w-]+)", self.TEXT)):
            self.assertIn(f"| `{name}` |", page)


if __name__ == "__main__":
    unittest.main()
