//! `permafreeze verify --on`: an executable that was copied to a machine with neither its project nor Nix. Runs after
//! `make build-binary`, which brings the toolchain into the store.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::project::{Outcome, Project, Wheel};
use permafreeze_archive::{Archive, EntryKind};
use serde_json::{Value, json};

const OUTPUT: &str = "hello-linux-amd64";
const MAIN: &str = "import greeting\n\nprint(greeting.text())\n";

/// A folder far from the project, with the executable and nothing else.
struct Machine {
    folder: tempfile::TempDir,
}

impl Machine {
    /// Builds a project with a module that cannot be imported, and copies its executable.
    fn new() -> Machine {
        let files = [
            ("greeting/__init__.py", "def text():\n    return 'hello'\n"),
            ("greeting/planted.py", "import nothing_of_the_kind\n"),
        ];
        let options = "collect-submodules = [\"greeting\"]\n";
        let project = Project::with_options(&[("main.py", MAIN)], &[Wheel::new("greeting", "1.0", &files)], options);
        project.permafreeze(&["build"]).success();
        let machine = Machine { folder: tempfile::tempdir().expect("a folder") };
        fs::create_dir(machine.path("nothing")).expect("a folder");
        fs::copy(project.path().join("dist").join(OUTPUT), machine.path(OUTPUT)).expect("a copy");
        machine
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs `verify --on` there, where no program is on the PATH.
    fn verify(&self, words: &[&str]) -> Outcome {
        let mut command = Command::new(env!("CARGO_BIN_EXE_permafreeze"));
        command.args(["verify", "--on"]).args(words).current_dir(self.folder.path());
        command.env("PATH", self.path("nothing")).env("NO_COLOR", "1");
        command.output().expect("permafreeze runs").into()
    }

    /// The same; returns also the parts of its JSON.
    fn parts(&self, words: &[&str]) -> (Outcome, Value) {
        let outcome = self.verify(&[words, &["--json"]].concat());
        let json: Value = serde_json::from_str(&outcome.stdout)
            .unwrap_or_else(|error| panic!("{error}: stdout:\n{}\nstderr:\n{}", outcome.stdout, outcome.stderr));
        (outcome, json[0]["parts"].clone())
    }

    fn accept(&self, modules: &Value) {
        let expected = json!({ "version": 1, "accepted": { OUTPUT: modules } });
        fs::write(self.path("expected.json"), expected.to_string()).expect("a file");
    }

    /// Copies the executable with one changed bit.
    fn changed(&self, name: &str, at: impl FnOnce(&Archive) -> usize) {
        let mut bytes = fs::read(self.path(OUTPUT)).expect("the executable");
        let at = at(&Archive::parse(bytes.clone()).expect("an archive"));
        bytes[at] ^= 1;
        fs::write(self.path(name), bytes).expect("a copy");
    }
}

/// Where the first library of an executable begins, as it is stored.
fn library(archive: &Archive) -> usize {
    let is_library =
        |name: &str| Path::new(name).extension().is_some_and(|suffix| suffix == "so") || name.contains(".so.");
    let entry = archive.entries().iter().find(|entry| entry.kind == EntryKind::Binary && is_library(&entry.name));
    archive.raw(entry.expect("a library")).as_ptr() as usize - archive.bytes().as_ptr() as usize
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_copied_executable_is_judged_where_neither_its_project_nor_nix_is() {
    let machine = Machine::new();
    let (outcome, parts) = machine.parts(&[OUTPUT]);
    outcome.failure(12, &["`hello-linux-amd64` does not run as expected"]);
    assert_eq!(parts["audit"]["verdict"], "passed", "{parts:#}");
    let failing = &parts["smoke"]["facts"]["failing"];
    assert_eq!(failing["greeting.planted"], "ModuleNotFoundError: No module named 'nothing_of_the_kind'");
    assert!(failing["greeting"].is_null() && failing["json"].is_null(), "{failing:#}");
    assert!(parts["reproduce"].is_null() && parts["origin"].is_null(), "{parts:#}");
    let shown = machine.verify(&[OUTPUT, "smoke"]).failure(12, &[]).stdout;
    assert!(shown.contains("greeting.planted: cannot be imported") && shown.contains("--accepted FILE"), "{shown}");

    machine.accept(failing);
    let accepted = [OUTPUT, "--accepted", "expected.json"];
    let shown = machine.verify(&accepted).success().stdout;
    assert!(shown.contains("0 unexpected; 0 commands run"), "{shown}");

    let mut others = failing.clone();
    others["greeting.planted"] = "ImportError: another".into();
    machine.accept(&others);
    let (outcome, parts) = machine.parts(&accepted);
    outcome.failure(12, &[]);
    let failures = parts["smoke"]["failures"].as_array().expect("failures");
    let subjects: Vec<&Value> = failures.iter().map(|failure| &failure["subject"]).collect();
    assert_eq!(subjects, ["greeting.planted"]);

    let left = fs::read_dir(machine.folder.path()).expect("the folder").count();
    assert_eq!(left, 3, "something is written beside the executable");
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_changed_byte_of_a_library_or_of_the_program_s_header_is_found() {
    let machine = Machine::new();
    machine.changed("library", library);
    let (outcome, parts) = machine.parts(&["library"]);
    outcome.failure(11, &["is not portable"]);
    assert_eq!([&parts["audit"]["verdict"], &parts["smoke"]["verdict"]], ["failed", "failed"], "{parts:#}");
    // The processor that the program is for (`e_machine`).
    machine.changed("header", |_| 18);
    machine.verify(&["header"]).failure(1, &["`header` is for no target"]);
    fs::rename(machine.path(OUTPUT), machine.path("hello-linux-arm64")).expect("renamed");
    machine.verify(&["hello-linux-arm64"]).failure(1, &["is for `linux-amd64` by its bootloader"]);
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn what_needs_the_project_is_wrong_usage() {
    let machine = Machine { folder: tempfile::tempdir().expect("a folder") };
    machine.verify(&["hello", "--accept"]).failure(2, &["--accept"]);
    for word in ["reproduce", "origin", "linux-amd64"] {
        machine.verify(&["hello", word]).failure(2, &["`--on` knows", word]);
    }
    machine.verify(&["hello"]).failure(1, &["`hello`"]);
    fs::write(machine.path("hello"), "#!/bin/sh\n").expect("a file");
    machine.verify(&["hello"]).failure(1, &["`hello` is not a readable executable"]);
}
