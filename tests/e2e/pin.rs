//! Pinned outputs: what `lock` keeps, what `build`, `pin` and Nix's check say. With real Nix.
//! Runs after `make build-binary`, which brings the toolchain into the store.
#[path = "../support/project.rs"]
mod project;

use std::fs;
use std::process::Command;

use project::{Outcome, Project, Wheel};
use serde_json::Value;

const HELLO: &str = "import greeting\n\nprint(greeting.text())\n";
const OUTPUT: &str = "hello-linux-amd64";

fn hello() -> Project {
    let greeting = Wheel::new("greeting", "1.0", &[("greeting/__init__.py", "def text():\n    return 'pinned'\n")]);
    Project::new(&[("main.py", HELLO)], &[greeting])
}

fn plan(project: &Project) -> Value {
    let text = fs::read_to_string(project.path().join("permafreeze.lock")).expect("a plan");
    serde_json::from_str(&text).expect("JSON")
}

fn write_plan(project: &Project, plan: &Value) {
    project.write("permafreeze.lock", &format!("{}\n", serde_json::to_string_pretty(plan).expect("JSON")));
}

/// Runs Nix on an attribute of the project's flake, whose files need not be in git.
fn nix(project: &Project, command: &[&str], attribute: &str) -> Outcome {
    let reference = format!("path:{}#{attribute}", project.path().display());
    Command::new("nix")
        .args(["--extra-experimental-features", "nix-command flakes"])
        .args(command)
        .arg(reference)
        .env("NIX_CONFIG", "sandbox = true")
        .output()
        .expect("nix")
        .into()
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_pin_has_the_hashes_of_the_executable_and_is_compared_from_then_on() {
    let project = hello();
    project.permafreeze(&["build", "--pin"]).success();
    assert_eq!(project.run(&[]).success().stdout, "pinned\n");
    let pin = plan(&project)["outputs"][OUTPUT].clone();
    let executable = project.path().join("dist").join(OUTPUT);
    let bytes = fs::read(&executable).expect("the executable");
    assert_eq!(pin["size"], bytes.len());
    assert_eq!(pin["blake3"], blake3::hash(&bytes).to_hex().to_string());
    let sha256 = Command::new("sha256sum").arg(&executable).output().expect("sha256sum");
    assert!(String::from_utf8_lossy(&sha256.stdout).starts_with(pin["sha256"].as_str().expect("a hash")));
    project.permafreeze(&["build", "--locked"]).success();
    project.permafreeze(&["lock", "--check"]).success();

    project.write("main.py", "print('changed')\n");
    let words = [OUTPUT, pin["sha256"].as_str().unwrap(), "permafreeze diff dist/.hello-linux-amd64.pinned dist/hello"];
    project.permafreeze(&["build"]).failure(10, &words);
    assert_eq!(fs::read(project.path().join("dist/.hello-linux-amd64.pinned")).expect("kept"), bytes);
    let check = nix(&project, &["build", "--no-link", "-L"], "checks.x86_64-linux.repro-linux-amd64");
    check.failure(1, &["is not what the plan pins", pin["sha256"].as_str().unwrap(), "permafreeze diff"]);

    project.permafreeze(&["pin", "linux-amd64"]).success();
    assert_ne!(plan(&project)["outputs"][OUTPUT], pin);
    project.permafreeze(&["build"]).success();
    nix(&project, &["build", "--no-link"], "checks.x86_64-linux.repro-linux-amd64").success();
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn pins_accepted_modules_smoke_and_policy_leave_the_derivation_alone() {
    let project = hello();
    project.permafreeze(&["lock"]).success();
    let derivation =
        || nix(&project, &["eval", "--raw"], "packages.x86_64-linux.hello-linux-amd64.drvPath").success().stdout;
    let before = derivation();
    let mut changed = plan(&project);
    let hash = "0".repeat(64);
    changed["outputs"] = serde_json::json!({ OUTPUT: { "sha256": hash, "blake3": hash, "size": 1 } });
    changed["accepted"] = serde_json::json!({ OUTPUT: { "a": "ImportError: no" } });
    changed["smoke"] = serde_json::json!([["--version"]]);
    changed["policy"] = serde_json::json!({ "glibc": "2.31" });
    write_plan(&project, &changed);
    assert_eq!(derivation(), before);
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn only_what_is_pinned_has_a_check() {
    let project = hello();
    project.permafreeze(&["lock"]).success();
    let names = || nix(&project, &["eval", "--json", "--apply", "builtins.attrNames"], "checks.x86_64-linux").success();
    assert_eq!(names().stdout.trim(), r#"["hello-linux-amd64"]"#);
    project.permafreeze(&["pin"]).success();
    assert_eq!(names().stdout.trim(), r#"["hello-linux-amd64","repro-linux-amd64"]"#);
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_changed_plan_drops_the_pin_and_says_so() {
    let project = hello();
    project.permafreeze(&["build", "--pin"]).success();
    let pyproject = fs::read_to_string(project.path().join("pyproject.toml")).expect("a project");
    project.write("pyproject.toml", &format!("{pyproject}smoke = [[]]\n"));
    project.permafreeze(&["lock"]).success();
    assert!(plan(&project)["outputs"][OUTPUT].is_object(), "a smoke command dropped the pin");
    project.write("pyproject.toml", &format!("{pyproject}hidden-imports = [\"colorsys\"]\n"));
    project.permafreeze(&["lock", "--check"]).failure(1, &["is stale"]);
    let lock = project.permafreeze(&["lock"]).success();
    assert!(lock.stderr.contains("the pin of `hello-linux-amd64` is dropped: `executables / hello"), "{}", lock.stderr);
    assert!(lock.stderr.contains("permafreeze pin hello-linux-amd64"), "{}", lock.stderr);
    assert!(plan(&project)["outputs"].is_null());
}
