//! A named pipe in the project's folder: nobody waits for its writer, and it is told by name.
use std::process::Command;

use crate::project::Project;

#[test]
#[ignore = "needs Nix: `make test STEP=integration`"]
fn a_named_pipe_is_told() {
    let project = Project::new(&[("main.py", "print()\n")], &[]);
    let made = Command::new("mkfifo").arg(project.path().join("pipe")).status().expect("mkfifo");
    assert!(made.success());
    let words = ["/pipe` is no file, folder or link, but a pipe", "hint: delete it, or move it out of the folder"];
    project.permafreeze(&["build"]).failure(1, &words);
}
