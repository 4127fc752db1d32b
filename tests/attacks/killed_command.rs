//! The command is killed so that it can end nothing itself (SIGKILL, out of memory): what it has started ends all the same.
use std::process::Stdio;

use crate::project::Project;
use crate::stub_nix::{StubNix, line_of, runs, wait_until};

#[test]
fn nothing_of_a_killed_command_runs_on() {
    let project = Project::new(&[("main.py", "print()\n")], &[]);
    let nix = StubNix::new("2.34.0", "sleep 1000 &\necho $! >\"$HERE/second\"\necho $$ >\"$HERE/first\"\nwait");
    let mut command = project.command(&["build"]);
    let mut command = command.env("PATH", nix.path()).stderr(Stdio::null()).spawn().expect("it runs");
    let ids = ["first", "second"].map(|name| line_of(&nix.file(name)));
    assert!(ids.iter().all(|id| runs(id)));
    command.kill().expect("it runs");
    command.wait().expect("it ends");
    wait_until(|| !ids.iter().any(|id| runs(id)));
}
