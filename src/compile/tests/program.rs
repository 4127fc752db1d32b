//! The program: arguments, environment, exit codes, messages; and a host Python that fails.

use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

use crate::support::{NAME, Scratch, Wheel, host_python};

fn run(arguments: &[&str], environment: &[(&str, &str)]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_permafreeze-compile"));
    let Output { status, stderr, stdout } =
        command.args(arguments).env_clear().envs(environment.iter().copied()).output().unwrap();
    assert!(stdout.is_empty());
    (status.code().unwrap(), String::from_utf8(stderr).unwrap())
}

#[test]
fn wrong_usage() {
    for (arguments, what) in [
        (&[][..], "no subcommand"),
        (&["colour"], "no subcommand `colour`"),
        (&["wheel", "--name"], "`--name` needs a value"),
        (&["wheel", "--name", "x"], "`wheel` needs --wheel"),
        (&["install", "--python", "p", "--out", "o", "x.whl"], "expected NAME=WHEEL, found `x.whl`"),
    ] {
        let (code, text) = run(arguments, &[]);
        assert_eq!((code, text.lines().next().unwrap()), (2, format!("error: {what}").as_str()));
        assert!(text.contains("usage:"));
    }
}

#[test]
fn what_is_missing_is_said_in_one_line() {
    let (code, text) = run(&["missing", "--name", "a-1.whl", "--command", "permafreeze fetch"], &[]);
    assert_eq!((code, text.as_str()), (1, "error: a-1.whl is not in the Nix store: run `permafreeze fetch`\n"));
}

#[test]
#[ignore = "needs the host Python: `make test STEP=integration`"]
fn the_output_comes_from_the_environment_of_nix() {
    let scratch = Scratch::new();
    let wheel = scratch.write("w", Wheel::new().with("a.py", "1").zip());
    let out = scratch.path.join("out");
    let python = host_python();
    let arguments = ["wheel", "--wheel", wheel.as_str(), "--name", NAME, "--python", python.as_str()];
    assert_eq!(run(&arguments, &[("out", out.as_str()), ("NIX_BUILD_CORES", "1")]), (0, String::new()));
    assert!(out.join("index.json").exists() && out.join("blobs").exists());
}

#[test]
fn a_refused_wheel_is_named_with_the_cause() {
    let scratch = Scratch::new();
    let wheel = scratch.write("w", b"no zip");
    let out = scratch.path.join("out");
    let arguments = ["wheel", "--wheel", wheel.as_str(), "--name", NAME, "--python", "/p", "--out", out.as_str()];
    let (code, text) = run(&arguments, &[]);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!((code, lines[0]), (1, format!("error: bad wheel `{NAME}`").as_str()));
    assert_eq!(lines[1], "  caused by: it is not a zip archive that can be read", "{text}");
}

#[test]
fn a_failing_host_python_is_named_with_the_file() {
    let scratch = Scratch::new();
    let wheel = scratch.write("w", Wheel::new().with("a.py", "1").zip());
    let python = scratch.path.join("python");
    let out = scratch.path.join("out");
    let arguments =
        ["wheel", "--wheel", wheel.as_str(), "--name", NAME, "--python", python.as_str(), "--out", out.as_str()];
    let failing = |script: &str| {
        let file = scratch.write("python", format!("#!/bin/sh\n{script}\n"));
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
        let (code, text) = run(&arguments, &[]);
        assert_eq!((code, scratch.list()), (1, vec!["python".to_owned(), "w".to_owned()]));
        let start = format!("error: the host Python `{python}` failed on `a.py`\n  caused by: ");
        text.strip_prefix(&start).expect(&text).to_owned()
    };
    assert_eq!(failing("printf '\\003\\013'"), "`3.11` is no Python that can be frozen: expected `3.13`, `3.14`\n");
    // It dies while it compiles; 3.13 is what it said it is.
    let dies = failing("printf '\\003\\015'; exit 3");
    assert!(dies.contains("failed to fill whole buffer") || dies.contains("Broken pipe"), "{dies}");
    std::fs::remove_file(&python).unwrap();
    let (code, text) = run(&arguments, &[]);
    assert_eq!(code, 1);
    assert!(text.contains("No such file or directory"), "{text}");
}
