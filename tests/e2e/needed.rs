//! What a build asks of the network and of the store: no more than what it builds needs.

use std::fs;
use std::process::Command;

use crate::project::{Outcome, Project, Wheel};

const MAIN: &str = "import greeting\nprint(greeting.text())\n";

/// A wheel that no other test has.
fn greeting(name: &str) -> Wheel {
    let code = format!("def text():\n    return '{name} {}'\n", std::process::id());
    Wheel::new("greeting", "1.0", &[("greeting/__init__.py", &code)])
}

fn nix_store(arguments: &[&str]) -> String {
    let output = Command::new("nix-store").args(arguments).output().expect("nix-store");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("paths")
}

fn build(project: &Project, config: &str, arguments: &[&str]) -> Outcome {
    let mut command = project.command(&[&["build"], arguments].concat());
    command.env("NIX_CONFIG", config).output().expect("it runs").into()
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn an_executable_that_a_cache_has_needs_no_wheel() {
    let wheel = greeting("cached");
    let project = Project::new(&[("main.py", MAIN)], std::slice::from_ref(&wheel));
    project.permafreeze(&["build"]).success();
    let executable = project.path().join("dist/hello-linux-amd64");
    let bytes = fs::read(&executable).expect("the executable");
    let output = fs::read_link(project.path().join("dist/.hello-linux-amd64")).expect("a link");
    let output = output.to_str().expect("UTF-8");
    let cache = tempfile::tempdir().expect("a folder");
    let url = format!("file://{}", cache.path().display());
    let features = ["--extra-experimental-features", "nix-command"];
    let copied = Command::new("nix").args(features).args(["copy", "--to", &url, output]).status().expect("nix");
    assert!(copied.success());

    // Another machine: neither the executable, nor its objects, nor the wheel.
    let built = fs::read_to_string(project.path().join(".permafreeze/built-hello-linux-amd64")).expect("a list");
    let object = built.lines().find(|path| path.contains("-object-greeting-")).expect("an object");
    let fetched = fs::read_to_string(project.path().join(".permafreeze/fetched")).expect("a list");
    let stored = fetched.lines().find(|path| path.ends_with(&wheel.file)).expect("the wheel");
    fs::remove_dir_all(project.path().join("dist")).expect("removed");
    fs::remove_dir_all(project.path().join(".permafreeze")).expect("removed");
    let all = nix_store(&["--query", "--referrers-closure", output, object, stored]);
    nix_store(&["--delete"].into_iter().chain(all.lines()).collect::<Vec<_>>());

    let config = format!("substituters = {url}\nrequire-sigs = false\n");
    let said = build(&project, &config, &[]).success();
    assert!(!said.stderr.contains("fetched") && !said.stderr.contains("building "), "{}", said.stderr);
    assert!(said.stderr.trim_end().ends_with(" s: 1 executable downloaded"), "{}", said.stderr);
    assert_eq!(fs::read(&executable).expect("the executable"), bytes);
    assert!(!std::path::Path::new(stored).exists(), "the wheel was brought");
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_cache_that_does_not_answer_is_said_once_and_not_waited_for() {
    let project = Project::new(&[("main.py", MAIN)], &[greeting("no answer")]);
    // Nobody listens on this port of a machine.
    let url = "http://127.0.0.1:1";
    let config = format!("substituters = {url}\n");
    let said = build(&project, &config, &[]).success();
    let warning = format!("warning: the binary cache {url} is left out: ");
    assert_eq!(said.stderr.matches(&warning).count(), 1, "{}", said.stderr);
    assert!(!said.stderr.contains("retrying"), "{}", said.stderr);
    // Where nothing is built nobody is asked.
    let said = build(&project, &config, &[]).success();
    assert!(!said.stderr.contains("warning"), "{}", said.stderr);
    project.write("main.py", &format!("{MAIN}print()\n"));
    let said = build(&project, &config, &["--offline"]).success();
    assert!(!said.stderr.contains("warning"), "{}", said.stderr);
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn only_the_files_of_what_is_built_are_fetched_and_none_for_arm64() {
    let fast = |platform: &str| Wheel::new("fast", "1.0", &[("fast.py", "")]).for_platform(platform);
    let options = "targets = [\"linux-amd64\", \"linux-arm64\"]\n";
    let project = Project::with_options(&[("main.py", "import fast\n")], &[fast("manylinux_2_17_x86_64")], options);
    let lock = fs::read_to_string(project.path().join("poetry.lock")).expect("a lock");
    // No index has it, and no store.
    let line =
        format!("    {{file = \"{}\", hash = \"sha256:{}\"}},\n", fast("manylinux_2_17_aarch64").file, "0".repeat(64));
    let (before, after) = lock.rsplit_once("]\n\n[metadata]").expect("a list of files");
    project.write("poetry.lock", &format!("{before}{line}]\n\n[metadata]{after}"));
    build(&project, "", &["linux-amd64", "--offline"]).success();
    build(&project, "", &["linux-arm64", "--offline"]).failure(3, &["fast-1.0-py3-none-manylinux_2_17_aarch64.whl"]);
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_runtime_that_is_not_there_is_told_before_anything_is_fetched_or_built() {
    let project = Project::new(&[("main.py", MAIN)], &[greeting("no runtime")]);
    let file = project.path().join("permafreeze-nix/toolchain.json");
    let mut pins: serde_json::Value = serde_json::from_str(&fs::read_to_string(&file).expect("pins")).expect("JSON");
    pins["made"]["runtime-3.13-linux-amd64"]["sha256"] = "0".repeat(64).into();
    fs::write(&file, pins.to_string()).expect("written");
    let words = [
        "error: the toolchain is not in the Nix store, and in no binary cache: `runtime-3.13-linux-amd64`",
        "hint: run `permafreeze toolchain build --target linux-amd64`",
    ];
    let said = build(&project, "", &[]).failure(1, &words);
    assert!(!said.stderr.contains("building") && !said.stderr.contains("fetch"), "{}", said.stderr);
}
