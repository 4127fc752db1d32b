//! Files that Nix does not see: not tracked by git, or outside of the repository. They are told by name, with the command.
use std::process::Command;

use crate::project::{Outcome, Project};
use crate::stub_nix::StubNix;

fn git(project: &Project, arguments: &[&str]) {
    let done = Command::new("git").args(arguments).current_dir(project.path()).status().expect("git");
    assert!(done.success());
}

#[test]
#[ignore = "needs Nix: `make test STEP=integration`"]
fn what_git_does_not_track_is_named() {
    let project = Project::new(&[("main.py", "print()\n")], &[]);
    project.permafreeze(&["lock"]).success();
    git(&project, &["init", "-q"]);
    let said = project.permafreeze(&["build"]).failure(
        1,
        &[
            "flake.nix` is not tracked by the git repository `",
            "hint: Nix sees what git tracks: run `git -C /",
            " add flake.nix ",
        ],
    );
    assert!(!said.stderr.contains("/nix/store"), "{}", said.stderr);
    git(&project, &["add", "flake.nix", "permafreeze-nix"]);
    project
        .permafreeze(&["build"])
        .failure(1, &["hint: `permafreeze.lock` is not tracked by git", " add permafreeze.lock`"]);
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_source_that_git_does_not_track_is_named() {
    let project = Project::new(&[("main.py", "print('found')\n")], &[]);
    project.permafreeze(&["lock"]).success();
    git(&project, &["init", "-q"]);
    git(&project, &["add", "flake.nix", "permafreeze-nix", "permafreeze.lock", "pyproject.toml", "poetry.lock"]);
    project.permafreeze(&["build"]).failure(1, &["hint: `main.py` is not tracked by git", " add main.py`"]);
    git(&project, &["add", "main.py"]);
    project.permafreeze(&["build"]).success();
    assert_eq!(project.run(&[]).success().stdout, "found\n");
}

#[test]
fn a_path_dependency_outside_of_the_repository_is_named() {
    let (project, nix) = (Project::new(&[("main.py", "print()\n")], &[]), StubNix::new("2.34.0", "exit 1"));
    for name in ["pyproject.toml", "poetry.lock"] {
        let text = std::fs::read_to_string(project.path().join(name)).expect("it is there");
        project.write(&format!("app/{name}"), &text);
    }
    project.write("app/main.py", "print()\n");
    project.write("app/flake.nix", "{ outputs = _: { }; }\n");
    project.write("lib/pyproject.toml", "[tool.poetry]\nname = \"lib\"\nversion = \"1.0\"\ndescription = \"\"\n");
    project.write("lib/lib/__init__.py", "");
    let locked = std::fs::read_to_string(project.path().join("app/poetry.lock")).expect("it is there");
    let package = "[[package]]\nname = \"lib\"\nversion = \"1.0\"\noptional = false\npython-versions = \"*\"\ngroups = [\"main\"]\n\
                   files = []\n\n[package.source]\ntype = \"directory\"\nurl = \"../lib\"\n\n";
    project.write("app/poetry.lock", &format!("{package}{locked}"));
    let made = Command::new("git").args(["init", "-q", "app"]).current_dir(project.path()).status().expect("git");
    assert!(made.success());
    let mut command = project.command(&["build", "--project", "app"]);
    let said: Outcome = command.env("PATH", nix.path()).output().expect("it runs").into();
    said.failure(1, &["error: the path dependency `../lib` lies outside of the git repository `", "submodule add"]);
    assert_eq!(nix.asked(), None);
}
