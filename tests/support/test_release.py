"""The scripts of the release workflow: its notes, its assets, and what other machines do with them."""
import hashlib
import importlib.util
import os
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).parents[2]
SCRIPTS = ROOT / ".github/release"


def load():
    spec = importlib.util.spec_from_file_location("notes", SCRIPTS / "notes.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


notes = load()

CHANGELOG = """\
# Changelog

## 0.3.0 (unreleased)

- Next.

## 0.2.0 (2027-02-03)

- Second, with [a page](docs/spec.md#specs), [a site](https://example.org/x) and [a place](#here).

## 0.1.0 (2027-01-02)

## 0.0.1
- First.
"""


class Notes(unittest.TestCase):
    def test_a_section_ends_at_the_next_title(self):
        self.assertTrue(notes.section(CHANGELOG, "0.2.0").startswith("- Second"))
        self.assertNotIn("0.1.0", notes.section(CHANGELOG, "0.2.0"))
        self.assertEqual(notes.section(CHANGELOG, "0.0.1"), "- First.")

    def test_what_is_no_release_is_refused(self):
        for version, said in [
            ("0.3.0", "write the date"),
            ("0.1.0", "says nothing"),
            ("0.4.0", "has no `## 0.4.0`; it has `0.3.0`"),
            ("0.2", "has no"),
            ("0.2.0 (2027-02-03)", "has no"),
        ]:
            with self.subTest(version=version), self.assertRaisesRegex(ValueError, said):
                notes.section(CHANGELOG, version)

    def test_the_tag_is_the_version(self):
        manifest = '[workspace.package]\nversion = "0.2.0"\n'
        self.assertEqual(notes.version_of("v0.2.0", manifest), "0.2.0")
        for tag in ["0.2.0", "v0.2", "v0.2.1", "v0.2.0-rc1"]:
            with self.subTest(tag=tag), self.assertRaisesRegex(ValueError, "expected `v0.2.0`"):
                notes.version_of(tag, manifest)

    def test_links_to_files_lead_to_the_tag_and_others_stay(self):
        text = notes.absolute(notes.section(CHANGELOG, "0.2.0"), "https://example.org/r/blob/v0.2.0")
        self.assertIn("(https://example.org/r/blob/v0.2.0/docs/spec.md#specs)", text)
        self.assertIn("(https://example.org/x)", text)
        self.assertIn("(#here)", text)

    def test_this_repository_has_a_section_of_its_version(self):
        manifest = (ROOT / "Cargo.toml").read_text()
        version = notes.tomllib.loads(manifest)["workspace"]["package"]["version"]
        dated = (ROOT / "CHANGELOG.md").read_text().replace("(unreleased)", "(2027-01-02)")
        self.assertIn("permafreeze", notes.section(dated, version))


# Writes what the real command would write; it notes its arguments.
PERMAFREEZE = """#!/bin/sh
echo "$*" >>"$0.log"
case "$*" in
*" sbom "*) echo bill >"${7}app-linux-amd64.cdx.json" ;;
*" report "*) echo page >"$7" ;;
"toolchain export "*) echo tool >"$3/tool"; echo "of the toolchain alone" >"$3/SHA256SUMS" ;;
esac
"""
APP = "#!/bin/sh\n[ -z \"${PLANTED:-}\" ] || exit 7\necho \"ran $*\"\n"


class Scripts(unittest.TestCase):
    def setUp(self):
        kept = tempfile.TemporaryDirectory()
        self.addCleanup(kept.cleanup)
        self.folder = pathlib.Path(kept.name)
        self.program("permafreeze", PERMAFREEZE)
        self.program("dist/app-linux-amd64", APP)
        (self.folder / "dist/.app-linux-amd64").mkdir()
        (self.folder / "dist/folder").mkdir()

    def program(self, path, text):
        file = self.folder / path
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
        file.chmod(0o755)

    def run_script(self, script, *words):
        environment = {**os.environ, "PERMAFREEZE": str(self.folder / "permafreeze"), "PLANTED": "1"}
        command = ["bash", SCRIPTS / script, *words]
        return subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)

    def assets(self):
        done = self.run_script("assets.sh", "project", "dist", "assets")
        self.assertEqual(done.returncode, 0, done.stderr)
        return self.folder / "assets"

    def test_the_list_of_hashes_has_every_asset(self):
        assets = self.assets()
        files = sorted(path.name for path in assets.iterdir())
        expected = ["SHA256SUMS", "app-linux-amd64", "app-linux-amd64.cdx.json", "report.md", "tool"]
        self.assertEqual(files, expected)
        lines = [f"{hashlib.sha256((assets / name).read_bytes()).hexdigest()}  {name}\n" for name in expected[1:]]
        self.assertEqual((assets / "SHA256SUMS").read_text(), "".join(lines))

    def test_assets_of_before_are_not_mixed_with_others(self):
        self.assets()
        self.assertEqual(self.run_script("assets.sh", "project", "dist", "assets").returncode, 1)

    def test_a_command_that_fails_leaves_no_list(self):
        self.program("permafreeze", PERMAFREEZE.replace("echo page", "exit 3; echo page"))
        self.assertEqual(self.run_script("assets.sh", "project", "dist", "assets").returncode, 3)
        self.assertFalse((self.folder / "assets/SHA256SUMS").exists())

    def test_an_executable_is_tried_in_an_empty_environment(self):
        (self.assets() / "app-linux-amd64").chmod(0o644)
        done = self.run_script("try.sh", "assets", "app-linux-amd64")
        self.assertEqual((done.returncode, done.stdout), (0, "ran --version\nran selftest\n"), done.stderr)

    def test_an_executable_with_other_bytes_is_not_run(self):
        (self.assets() / "app-linux-amd64").write_text(APP + "\n")
        done = self.run_script("try.sh", "assets", "app-linux-amd64")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("app-linux-amd64 has sha256", done.stderr)
        (self.folder / "assets/other").write_text(APP)
        self.assertIn("SHA256SUMS lists none", self.run_script("try.sh", "assets", "other").stderr)

    def test_a_selftest_that_fails_is_a_failure(self):
        self.program("dist/app-linux-amd64", APP + "[ \"$1\" != selftest ] || exit 5\n")
        self.assets()
        self.assertEqual(self.run_script("try.sh", "assets", "app-linux-amd64").returncode, 5)

    def test_what_is_rebuilt_has_the_bytes_of_the_release(self):
        self.assets()
        done = self.run_script("compare.sh", "assets", "dist")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("  app-linux-amd64\n", done.stdout)
        self.program("dist/app-linux-arm64", APP)
        done = self.run_script("compare.sh", "assets", "dist")
        self.assertEqual(done.returncode, 1)
        self.assertIn("app-linux-arm64", done.stderr)
        self.assertNotIn("app-linux-amd64", done.stderr)

    def test_nothing_rebuilt_is_no_proof(self):
        self.assets()
        (self.folder / "dist/app-linux-amd64").unlink()
        self.assertEqual(self.run_script("compare.sh", "assets", "dist").returncode, 1)


if __name__ == "__main__":
    unittest.main()
