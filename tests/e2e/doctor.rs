//! `permafreeze doctor` looks at what a build needs, and fails where a build would fail.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::project::{Outcome, Project, checkout};

/// Runs it where `cargo` is a program that fails, as rustup's is without a toolchain.
fn doctor(project: &Project, arguments: &[&str]) -> Outcome {
    let folder = project.path().join("programs");
    fs::create_dir_all(&folder).expect("a folder");
    let cargo = folder.join("cargo");
    fs::write(&cargo, "#!/bin/sh\necho 'no version of cargo'\nexit 1\n").expect("written");
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).expect("a mode");
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").expect("PATH"));
    let mut command = project.command(&[&["doctor"], arguments].concat());
    command.env("PATH", path).output().expect("it runs").into()
}

#[track_caller]
fn says(outcome: &Outcome, lines: &[&str]) {
    for line in lines {
        assert!(outcome.stdout.contains(line), "lacks {line:?}:\n{}", outcome.stdout);
    }
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_project_that_can_be_built_has_no_failure() {
    let project = Project::new(&[("main.py", "print('hello')\n")], &[]);
    let first = doctor(&project, &[]).success();
    says(&first, &["ok    sandbox: a build has looked", "warn  plan: `permafreeze.lock` does not exist"]);
    says(&first, &["ok    toolchain: all", "warn  cargo: `cargo --version` fails: no version of cargo"]);
    project.permafreeze(&["build"]).success();
    let flake = format!("ok    flake: {}", project.path().canonicalize().expect("a path").join("flake.nix").display());
    let built = doctor(&project, &[]).success();
    says(&built, &["ok    plan: it is up to date", &flake, "ok    files: all files of the plan are in the store"]);
    assert!(built.stdout.contains("MiB free in `/nix`"), "{}", built.stdout);
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn what_would_fail_a_build_fails_it() {
    let project = Project::new(&[("main.py", "print('hello')\n")], &[]);
    fs::create_dir(project.path().join("nix")).expect("a folder");
    let pins = fs::read_to_string(checkout().join("nix/toolchain.json")).expect("pins");
    let mut pins: serde_json::Value = serde_json::from_str(&pins).expect("JSON");
    pins["made"]["runtime-3.13-linux-amd64"]["sha256"] = "0".repeat(64).into();
    pins["wheels"]["hooks-contrib"]["sha256"] = "0".repeat(64).into();
    project.write("nix/toolchain.json", &pins.to_string());
    let found = doctor(&project, &["--offline"]);
    assert_eq!(found.code, 1, "{}", found.stdout);
    let missing = "FAIL  toolchain: neither in the store nor in a binary cache: `runtime-3.13-linux-amd64`";
    says(&found, &[missing, "hint: run `permafreeze toolchain build`", "FAIL  cargo: `cargo --version` fails"]);
    says(&found, &["FAIL  files: 1 file of the plan not in the store"]);
    project.write("poetry.lock", "no lock");
    says(&doctor(&project, &["--offline"]), &["FAIL  plan: "]);
}
