//! A project above the current folder and its repository: it is not taken for the user's, and nothing is written there.
use std::fs;
use std::path::Path;

use crate::project::{Outcome, Project};

/// What a folder has, by names.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    let mut names: Vec<String> = entries.map(|name| name.into_string().expect("UTF-8")).collect();
    names.sort();
    names
}

#[test]
fn a_project_above_the_repository_is_nobodys() {
    let planted = Project::new(&[("main.py", "print()\n")], &[]);
    let mine = planted.path().join("mine/deep");
    fs::create_dir_all(&mine).expect("a folder");
    let before = names(planted.path());
    let missing = "error: `pyproject.toml` does not exist\nhint: give the folder of the project with `--project DIR`\n";
    let lock = || -> Outcome { planted.command(&["lock"]).current_dir(&mine).output().expect("it runs").into() };
    assert_eq!(lock().failure(1, &[]).stderr, missing, "no repository");
    // Nor with a repository between the two.
    fs::create_dir(planted.path().join("mine/.git")).expect("a folder");
    assert_eq!(lock().failure(1, &[]).stderr, missing, "another repository");
    assert_eq!(names(planted.path()), before);
}
