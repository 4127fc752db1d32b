//! The command is killed so that it can end nothing itself (SIGKILL, out of memory): what it has started ends all the same.
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::project::Project;
use crate::stub_nix::{StubNix, end, line_of, runs, started_by, wait_until};

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

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn no_build_of_a_command_that_is_gone_runs_on() {
    for signal in ["TERM", "KILL"] {
        // So many modules, and never the same, that the build runs when the signal comes.
        let module = format!("x = '{signal} {}'\n{}", std::process::id(), "def f(a):\n    return a\n".repeat(500));
        let names: Vec<String> = (0..200).map(|number| format!("many/m{number}.py")).collect();
        let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), module.as_str())).collect();
        let project = Project::new(&[&files[..], &[("main.py", "import many.m1\n")]].concat(), &[]);
        let mut command = project.command(&["build"]).stderr(Stdio::piped()).spawn().expect("it runs");
        let mut lines = BufReader::new(command.stderr.take().expect("a pipe")).lines();
        assert!(lines.any(|line| line.is_ok_and(|line| line.starts_with("building "))), "it builds nothing");
        let started = started_by(command.id());
        assert!(started.len() > 1, "the build is over");
        end(command, signal);
        wait_until(|| !started.iter().any(|id| runs(id)));
        assert!(!project.path().join("dist/hello-linux-amd64").exists());
    }
}
