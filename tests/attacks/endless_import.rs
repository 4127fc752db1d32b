//! A module whose import never ends: the executable under test ends with the command.
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::project::Project;
use crate::stub_nix::{end, runs, started_by};

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_smoke_run_ends_with_the_command() {
    let endless = "import time\ntime.sleep(1000)\n";
    let project = Project::new(&[("main.py", "def f():\n    import endless\n"), ("endless.py", endless)], &[]);
    project.permafreeze(&["build"]).success();
    let mut command = project.command(&["verify", "smoke", "-v"]);
    let mut command = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it runs");
    let mut lines = BufReader::new(command.stderr.take().expect("a pipe")).lines();
    assert!(lines.any(|line| line.is_ok_and(|line| line == "importing endless")), "the module is not imported");
    let started = started_by(command.id());
    assert!(!started.is_empty());
    assert_eq!(end(command, "TERM"), Some(143));
    assert!(!started.iter().any(|id| runs(id)), "a smoke run runs on");
}
