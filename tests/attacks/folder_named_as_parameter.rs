//! A folder named `c?dir=y`: Nix would read a parameter, and evaluate the folder `c`.
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::project::{Outcome, Project};
use crate::stub_nix::StubNix;

/// Copies a project into a folder of this name; beside it is one with another flake, named as the first's beginning.
fn named(project: &Project, outside: &Path, name: &str) -> PathBuf {
    let folder = outside.canonicalize().expect("it is there").join(name);
    let copied = Command::new("cp").arg("-r").arg(project.path()).arg(&folder).status().expect("cp");
    assert!(copied.success());
    let other = outside.join(name.split(['?', '#', '%', ' ']).next().expect("a part"));
    if other != folder {
        fs::create_dir_all(&other).expect("a folder");
        fs::write(other.join("flake.nix"), "throw \"the planted flake\"\n").expect("written");
    }
    folder
}

fn build(project: &Project, folder: &Path, nix: Option<&StubNix>) -> Outcome {
    let mut command = project.command(&["build"]);
    if let Some(nix) = nix {
        command.env("PATH", nix.path());
    }
    command.current_dir(folder).output().expect("it runs").into()
}

const NAMES: [(&str, &str, &str); 5] = [
    ("c?dir=y", "c%3Fdir=y", "`?`"),
    ("c#x", "c%23x", "`#`"),
    ("c d", "c%20d", "a blank"),
    ("50%20", "50%2520", "`%`"),
    ("grün", "gr%C3%BCn", "`ü`"),
];

#[test]
fn nix_is_given_the_folder_itself() {
    let project = Project::new(&[("main.py", "print()\n")], &[]);
    for (name, encoded, _) in NAMES {
        let (outside, nix) = (tempfile::tempdir().expect("a folder"), StubNix::new("2.26.3", "exit 1"));
        let folder = named(&project, outside.path(), name);
        let above = folder.parent().expect("a folder").display();
        build(&project, &folder, Some(&nix)).failure(3, &[]);
        assert_eq!(nix.asked(), Some(format!("path:{above}/{encoded}")));
        let made = Command::new("git").args(["init", "-q"]).current_dir(&folder).status().expect("git");
        assert!(made.success());
        build(&project, &folder, Some(&nix)).failure(3, &[]);
        assert_eq!(nix.asked(), Some(format!("git+file://{above}/{encoded}")));
    }
}

#[test]
fn an_old_nix_that_has_no_way_to_name_it_is_not_asked() {
    let project = Project::new(&[("main.py", "print()\n")], &[]);
    for (name, _, character) in NAMES {
        let (outside, nix) = (tempfile::tempdir().expect("a folder"), StubNix::new("2.8.0", "exit 1"));
        let folder = named(&project, outside.path(), name);
        let expected = format!("error: Nix 2.8.0 cannot read a flake whose path has {character}: `");
        build(&project, &folder, Some(&nix)).failure(1, &[&expected, "hint: rename the folder"]);
        assert_eq!(nix.asked(), None);
    }
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn it_is_built_or_refused_and_never_another() {
    let project = Project::new(&[("main.py", "print('mine')\n")], &[]);
    for name in ["c?dir=y", "c d", "a+b@c:d'e"] {
        let outside = tempfile::tempdir().expect("a folder");
        let folder = named(&project, outside.path(), name);
        let said = build(&project, &folder, None);
        assert!(!said.stderr.contains("planted"), "{}", said.stderr);
        if said.code == 0 {
            let run = Command::new(folder.join("dist/hello-linux-amd64")).output().expect("it starts");
            assert_eq!(run.stdout, b"mine\n");
        } else {
            assert_ne!(name, "a+b@c:d'e", "{}", said.stderr);
            said.failure(1, &["cannot read a flake whose path has"]);
        }
    }
}
