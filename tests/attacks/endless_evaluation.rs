//! An evaluation that never ends and does not listen to SIGTERM: it ends with the command.
use std::process::{Command, Stdio};

use crate::project::Project;
use crate::stub_nix::{StubNix, end, line_of, runs, wait_until};

/// Nested stars: the time that a match takes doubles with each letter.
const FLAKE: &str = r#"{ outputs = _: { # permafreeze
  packages = builtins.match "((a*)*)*((a*)*)*b" "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
}; }
"#;

#[test]
fn the_command_takes_it_along_on_every_signal_that_ends_it() {
    let project = Project::new(&[("main.py", "print()\n")], &[]);
    let endless = "trap '' TERM INT HUP\nsleep 1000 &\necho $! >\"$HERE/second\"\necho $$ >\"$HERE/first\"\nwait; wait";
    let runs_of = |signal: &'static str, code: i32| {
        let nix = StubNix::new("2.34.0", endless);
        let mut command = project.command(&["build"]);
        let command = command.env("PATH", nix.path()).stderr(Stdio::null()).spawn().expect("it runs");
        let ids = ["first", "second"].map(|name| line_of(&nix.file(name)));
        assert!(ids.iter().all(|id| runs(id)));
        assert_eq!(end(command, signal), Some(code), "{signal}");
        assert!(!ids.iter().any(|id| runs(id)), "{signal}: the evaluation runs on");
    };
    // At once, for each takes as long as it may.
    std::thread::scope(|scope| {
        for (signal, code) in [("HUP", 129), ("INT", 130), ("QUIT", 131), ("TERM", 143)] {
            scope.spawn(move || runs_of(signal, code));
        }
    });
}

#[test]
#[ignore = "needs Nix: `make test STEP=integration`"]
fn the_command_takes_nix_along() {
    let project = Project::new(&[("main.py", "print()\n")], &[]);
    project.write("flake.nix", FLAKE);
    let command = project.command(&["build"]).stderr(Stdio::null()).spawn().expect("it runs");
    let evaluations = || -> Vec<String> {
        let list = Command::new("ps").args(["-A", "-ww", "-o", "pid=,args="]).output().expect("ps");
        let list = String::from_utf8_lossy(&list.stdout).into_owned();
        let folder = project.path().to_str().expect("UTF-8");
        let of_project = |line: &&str| line.contains("nix eval") && line.contains(folder);
        list.lines().filter(of_project).map(|line| line.trim().split(' ').next().unwrap_or("").to_owned()).collect()
    };
    wait_until(|| !evaluations().is_empty());
    let ids = evaluations();
    assert_eq!(end(command, "TERM"), Some(143));
    assert!(!ids.iter().any(|id| runs(id)), "the evaluation runs on");
}
