//! The reader of a pipe goes away (`| head -1`): the command ends quietly, and what it does is done.
use std::process::{Command, Stdio};

use crate::project::Project;
use crate::stub_nix::StubNix;

/// A pipe that nobody reads.
fn closed() -> Stdio {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    writer.into()
}

/// Runs a command that writes into closed pipes; what it writes to the one that is open is returned.
fn said(command: &mut Command, to_stdout: bool) -> (Option<i32>, String) {
    let (closed_one, open) = (closed(), Stdio::piped());
    let (stdout, stderr) = if to_stdout { (closed_one, open) } else { (open, closed_one) };
    let output = command.stdout(stdout).stderr(stderr).output().expect("it runs");
    let text = if to_stdout { output.stderr } else { output.stdout };
    (output.status.code(), String::from_utf8_lossy(&text).into_owned())
}

#[test]
fn commands_that_print_end_quietly() {
    let (project, nix) = (Project::new(&[("main.py", "print()\n")], &[]), StubNix::new("2.34.0", "exit 1"));
    for arguments in [
        &["doctor"][..],
        &["doctor", "--json"],
        &["toolchain", "list"],
        &["toolchain", "list", "--json"],
        &["lock"],
        &["fetch", "--json"],
        &["--help"],
        &["help", "build"],
        &["--version"],
    ] {
        for to_stdout in [true, false] {
            let (code, said) = said(project.command(arguments).env("PATH", nix.path()), to_stdout);
            assert!(code.is_some_and(|code| code <= 3), "{arguments:?}: {code:?}: {said}");
            assert!(!said.contains("panicked"), "{arguments:?}: {said}");
        }
    }
    // Nobody hears the error, and it is one all the same.
    let (code, _) = said(project.command(&["build", "--locked"]).env("PATH", nix.path()), false);
    assert_eq!(code, Some(3));
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn commands_that_read_what_was_built_end_quietly() {
    let project = Project::new(&[("main.py", "print()\n")], &[]);
    for arguments in [
        &["build", "--json"][..],
        &["build"],
        &["sbom"],
        &["sbom", "--provenance"],
        &["report"],
        &["report", "--json"],
        &["explain", "main"],
        &["inspect", "dist/hello-linux-amd64"],
        &["inspect", "--json", "dist/hello-linux-amd64"],
        &["diff", "dist/hello-linux-amd64", "dist/hello-linux-amd64"],
        &["verify", "audit"],
        &["verify", "audit", "--json"],
    ] {
        for to_stdout in [true, false] {
            let (code, said) = said(&mut project.command(arguments), to_stdout);
            assert!(code.is_some_and(|code| code <= 1), "{arguments:?}: {code:?}: {said}");
            assert!(!said.contains("panicked"), "{arguments:?}: {said}");
        }
    }
}
