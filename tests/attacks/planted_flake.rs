//! A flake.nix in a folder above the project that is not the project's: it is not evaluated.
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::project::{Outcome, Project};
use crate::stub_nix::StubNix;

/// It says that it is for permafreeze: another one would not be looked at wherever it is.
const PLANTED: &str = "throw \"planted\" # permafreeze\n";

fn git_init(folder: &Path) {
    let made = Command::new("git").args(["init", "-q"]).current_dir(folder).status().expect("git");
    assert!(made.success());
}

/// Makes a folder with a planted flake; in it a repository with a project that has no flake of its own.
fn planted() -> (tempfile::TempDir, Project) {
    let shared = tempfile::tempdir().expect("a folder");
    fs::write(shared.path().join("flake.nix"), PLANTED).expect("written");
    let project = Project::new(&[("main.py", "print()\n")], &[]);
    fs::remove_file(project.path().join("flake.nix")).expect("it was there");
    let copied = Command::new("cp").arg("-r").arg(project.path()).arg(shared.path().join("mine")).status();
    assert!(copied.expect("cp").success());
    (shared, project)
}

/// Returns how what Nix evaluates of a project without a flake.nix begins: permafreeze's own code, with this of the disk.
fn own(attributes: &str) -> String {
    format!("mk-flake.nix\") {{ root = /. + builtins.unsafeDiscardStringContext (builtins.fetchTree {{ {attributes}")
}

/// Builds the project from the folder `mine`.
fn build(project: &Project, mine: &Path, nix: &StubNix) -> Outcome {
    let mut command = project.command(&["build"]);
    command.current_dir(mine).env("PATH", nix.path()).output().expect("it runs").into()
}

#[test]
fn outside_of_a_repository_nothing_above_is_taken() {
    let ((shared, project), nix) = (planted(), StubNix::new("2.34.0", "exit 1"));
    let mine = shared.path().join("mine");
    let shown = mine.canonicalize().expect("it is there").display().to_string();
    assert!(!build(&project, &mine, &nix).failure(3, &[]).stderr.contains("flake"));
    assert!(nix.arguments().contains(&own(&format!("type = \"path\"; path = \"{shown}\";"))), "{}", nix.arguments());
    git_init(&mine);
    assert!(!build(&project, &mine, &nix).failure(3, &[]).stderr.contains("flake"));
    let attributes = format!("type = \"git\"; url = \"file://{shown}\";");
    assert!(nix.arguments().contains(&own(&attributes)), "{}", nix.arguments());
    assert_eq!(nix.asked(), None);
}

#[test]
fn in_the_same_repository_it_is_said_which_is_taken() {
    let ((shared, project), nix) = (planted(), StubNix::new("2.34.0", "exit 1"));
    git_init(shared.path());
    let said = build(&project, &shared.path().join("mine"), &nix);
    let root = shared.path().canonicalize().expect("it is there").display().to_string();
    said.failure(3, &[&format!("the project's flake is `{root}/flake.nix`\n")]);
    assert_eq!(nix.asked(), Some(format!("git+file://{root}")));
}

#[test]
fn in_the_same_repository_one_for_something_else_is_not_taken() {
    let ((shared, project), nix) = (planted(), StubNix::new("2.34.0", "exit 1"));
    git_init(shared.path());
    fs::write(shared.path().join("flake.nix"), "throw \"planted\"\n").expect("written");
    let said = build(&project, &shared.path().join("mine"), &nix);
    assert!(!said.failure(3, &[]).stderr.contains("project's flake"));
    assert!(nix.arguments().contains(&own("type = \"git\";")), "{}", nix.arguments());
    assert_eq!(nix.asked(), None);
}

#[test]
fn of_another_user_it_is_not_taken() {
    let ((shared, project), nix) = (planted(), StubNix::new("2.34.0", "exit 1"));
    git_init(shared.path());
    let owner = std::os::unix::fs::MetadataExt::uid(&fs::metadata(shared.path()).expect("it is there"));
    if std::os::unix::fs::chown(shared.path(), Some(owner + 1), None).is_err() {
        // Only root can give a folder away: `src/cli/upwards.rs` says the same.
        return;
    }
    let said = build(&project, &shared.path().join("mine"), &nix);
    assert!(!said.failure(3, &[]).stderr.contains("project's flake"));
    assert!(nix.arguments().contains(&own("type = \"path\";")), "{}", nix.arguments());
    assert_eq!(nix.asked(), None);
}
