//! A nix/toolchain.json in a folder above the project that is not the project's: its pins do not count, and it stops nothing.
use std::fs;
use std::process::Command;

use crate::project::{Outcome, Project};
use crate::stub_nix::StubNix;

#[test]
fn pins_above_the_repository_do_not_count() {
    let shared = tempfile::tempdir().expect("a folder");
    fs::create_dir(shared.path().join("nix")).expect("a folder");
    fs::write(shared.path().join("nix/toolchain.json"), "{\"planted\": true}").expect("written");
    let (project, nix) = (Project::new(&[("main.py", "print()\n")], &[]), StubNix::new("2.34.0", "exit 1"));
    let copied = Command::new("cp").arg("-r").arg(project.path()).arg(shared.path().join("mine")).status();
    assert!(copied.expect("cp").success());
    let run = |arguments: &[&str]| -> Outcome {
        let mut command = project.command(arguments);
        command.current_dir(shared.path().join("mine")).env("PATH", nix.path()).output().expect("it runs").into()
    };
    run(&["lock"]).success();
    run(&["fetch"]).success();
    run(&["toolchain", "list"]).success();
    // In one repository with the project they do.
    let made = Command::new("git").args(["init", "-q"]).current_dir(shared.path()).status().expect("git");
    assert!(made.success());
    run(&["toolchain", "list"]).failure(1, &["nix/toolchain.json"]);
}
