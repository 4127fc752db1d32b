//! `permafreeze toolchain export` from the store of this machine, and `import` into an empty one. Runs after
//! `make build-binary`, which adds the toolchain to the store.
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// A static tool, whose mode counts in the store, and an archive; every host has both.
const NAMES: [&str; 2] = ["launcher-linux-amd64", "runtime-3.13-linux-amd64"];
const TOOL: &str = "permafreeze-launcher-linux-amd64";

/// A machine with Nix and an empty store; beside it the folder of the assets.
struct Machine {
    folder: TempDir,
}

impl Machine {
    fn new() -> Machine {
        Machine { folder: TempDir::new().expect("a folder") }
    }

    fn assets(&self) -> PathBuf {
        self.folder.path().join("assets")
    }

    /// A command whose links that keep store paths are this machine's; the store is the tests'.
    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_permafreeze"));
        command.arg("toolchain").args(words).current_dir(Path::new(env!("CARGO_MANIFEST_DIR")));
        command.env("XDG_STATE_HOME", self.folder.path().join("state")).env("NO_COLOR", "1");
        command
    }

    fn export(&self, names: &[&str]) -> Output {
        let assets = self.assets();
        let words = ["export", assets.to_str().expect("UTF-8")];
        self.command(&words).args(names).output().expect("permafreeze runs")
    }

    /// Runs a command with the empty store.
    fn here(&self, words: &[&str]) -> Output {
        self.command(words).env("NIX_REMOTE", self.folder.path().join("root")).output().expect("permafreeze runs")
    }

    fn import(&self) -> Output {
        self.here(&["import", self.assets().to_str().expect("UTF-8")])
    }

    /// The names of what the empty store has got.
    fn stored(&self) -> BTreeSet<String> {
        let listed = self.here(&["list", "--json"]);
        let listed: Vec<Value> = serde_json::from_slice(&listed.stdout).expect("JSON");
        let there = listed.iter().filter(|row| row["in-store"] == true);
        there.map(|row| row["name"].as_str().expect("a name").to_owned()).collect()
    }
}

#[track_caller]
fn said(output: &Output, code: i32) -> String {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{text}");
    text
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn what_one_store_exports_another_one_takes() {
    let machine = Machine::new();
    said(&machine.export(&NAMES), 0);
    let words = ["--check", "--strict", "SHA256SUMS"];
    let checked = Command::new("sha256sum").args(words).current_dir(machine.assets()).output();
    assert!(checked.expect("sha256sum runs").status.success());

    assert!(machine.stored().is_empty());
    let text = said(&machine.import(), 0);
    assert!(NAMES.iter().all(|name| text.contains(&format!("added {name} to the Nix store"))), "{text}");
    assert_eq!(machine.stored(), NAMES.map(str::to_owned).into());
    assert!(said(&machine.import(), 0).contains("runtime-3.13-linux-amd64 is in the Nix store already"));
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_damaged_a_missing_and_a_foreign_file_are_named_and_the_others_are_taken() {
    let machine = Machine::new();
    let other = format!("compile-{}-linux", std::env::consts::ARCH);
    said(&machine.export(&[NAMES[0], NAMES[1], &other]), 0);
    let tool = machine.assets().join(TOOL);
    let mut bytes = fs::read(&tool).expect("the tool");
    bytes[1000] ^= 1;
    fs::write(&tool, bytes).expect("written");
    fs::remove_file(machine.assets().join(format!("permafreeze-{other}"))).expect("removed");
    fs::write(machine.assets().join("README"), "x").expect("written");
    let text = said(&machine.import(), 1);
    let missing = format!("`permafreeze-{other}` is missing");
    let foreign = "left out: `README` is no file of the toolchain";
    for part in [foreign, "`permafreeze-launcher-linux-amd64` is damaged", &missing, "hint: "] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(machine.stored(), ["runtime-3.13-linux-amd64".to_owned()].into());
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn what_is_not_there_is_an_error_with_the_command_that_makes_it() {
    let machine = Machine::new();
    assert!(said(&machine.export(&["shell"]), 1).contains("the toolchain has no `shell`"));
    let assets = machine.assets();
    let assets = assets.to_str().expect("UTF-8");
    let text = said(&machine.here(&["export", assets, NAMES[1]]), 1);
    assert!(text.contains("not in the Nix store: runtime-3.13-linux-amd64"), "{text}");
    assert!(text.contains("hint: permafreeze toolchain build runtime-3.13-linux-amd64"), "{text}");
    said(&machine.import(), 1);
    fs::create_dir(machine.assets()).expect("a folder");
    assert!(said(&machine.import(), 1).contains("has no file of the toolchain"));
}
