//! Pinned executables: what `lock`, `build`, `pin` and Nix's check say of them, and what decides a derivation. With real Nix.
//! Runs after `make build-binary`, which brings the toolchain into the store.

use std::fs;
use std::process::Command;

use crate::project::{Outcome, Project, Wheel};
use serde_json::Value;

const HELLO: &str = "import greeting\n\nprint(greeting.text())\n";
const OUTPUT: &str = "hello-linux-amd64";

fn hello() -> Project {
    let greeting = Wheel::new("greeting", "1.0", &[("greeting/__init__.py", "def text():\n    return 'pinned'\n")]);
    Project::new(&[("main.py", HELLO)], &[greeting])
}

fn json(project: &Project, file: &str) -> Value {
    let text = fs::read_to_string(project.path().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    serde_json::from_str(&text).expect("JSON")
}

fn plan(project: &Project) -> Value {
    json(project, "permafreeze.lock")
}

/// The pin of the executable.
fn pin(project: &Project) -> Value {
    json(project, "permafreeze.expected.json")["pins"][OUTPUT].clone()
}

/// The path of an artifact's derivation.
fn derivation(project: &Project, artifact: &str) -> String {
    nix(project, &["eval", "--raw"], &format!("packages.x86_64-linux.{artifact}.drvPath")).success().stdout
}

fn write_json(project: &Project, file: &str, value: &Value) {
    project.write(file, &format!("{}\n", serde_json::to_string_pretty(value).expect("JSON")));
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
    let digest = plan(&project)["digests"][OUTPUT].clone();
    let whole = pin(&project);
    assert_eq!((whole["digest"].as_str(), digest.as_str().map(str::len)), (digest.as_str(), Some(64)));
    let pinned = whole["executable"].clone();
    let executable = project.path().join("dist").join(OUTPUT);
    let bytes = fs::read(&executable).expect("the executable");
    assert_eq!(pinned["size"], bytes.len());
    assert_eq!(pinned["blake3"], blake3::hash(&bytes).to_hex().to_string());
    let sha256 = Command::new("sha256sum").arg(&executable).output().expect("sha256sum");
    assert!(String::from_utf8_lossy(&sha256.stdout).starts_with(pinned["sha256"].as_str().expect("a hash")));
    let evidence: Vec<&String> = whole["evidence"].as_object().expect("hashes").keys().collect();
    assert_eq!(evidence, ["provenance.json@x86_64-linux", "reasons.json", "report.json", "sbom.cdx.json"]);
    project.permafreeze(&["build", "--locked"]).success();
    project.permafreeze(&["lock", "--check"]).success();

    // The provenance names the tools of the host: another host's says nothing here, and stays.
    let mut expected = json(&project, "permafreeze.expected.json");
    let other = "0".repeat(64);
    expected["pins"][OUTPUT]["evidence"]["provenance.json@aarch64-linux"] = other.clone().into();
    write_json(&project, "permafreeze.expected.json", &expected);
    project.permafreeze(&["build", "--locked"]).success();
    project.permafreeze(&["pin"]).success();
    assert_eq!(pin(&project)["evidence"]["provenance.json@aarch64-linux"], other);
    expected["pins"][OUTPUT]["evidence"]["provenance.json@x86_64-linux"] = other.into();
    write_json(&project, "permafreeze.expected.json", &expected);
    let words =
        ["share/permafreeze/provenance.json` is not the pinned one", "`permafreeze pin hello-linux-amd64` pins it"];
    project.permafreeze(&["build", "--locked"]).failure(10, &words);
    project.permafreeze(&["pin"]).success();

    project.write("main.py", "print('changed')\n");
    let words = [OUTPUT, pinned["sha256"].as_str().unwrap(), "permafreeze diff dist/hello-linux-amd64 /nix/store/"];
    project.permafreeze(&["build"]).failure(10, &words);
    assert_eq!(fs::read(&executable).expect("kept"), bytes);
    let check = nix(&project, &["build", "--no-link", "-L"], "checks.x86_64-linux.repro-linux-amd64");
    check.failure(1, &["is not the pinned one", pinned["sha256"].as_str().unwrap(), "permafreeze diff"]);

    project.permafreeze(&["pin", "linux-amd64"]).success();
    assert_ne!(pin(&project)["executable"], pinned);
    project.permafreeze(&["build"]).success();
    nix(&project, &["build", "--no-link"], "checks.x86_64-linux.repro-linux-amd64").success();
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn pins_accepted_modules_smoke_and_policy_leave_the_derivation_alone() {
    let project = hello();
    project.permafreeze(&["lock"]).success();
    let before = derivation(&project, OUTPUT);
    let hash = "0".repeat(64);
    let expected = serde_json::json!({
        "version": 1,
        "pins": { OUTPUT: { "digest": hash, "executable": { "sha256": hash, "blake3": hash, "size": 1 } } },
        "accepted": { OUTPUT: { "a": "ImportError: no" } },
    });
    write_json(&project, "permafreeze.expected.json", &expected);
    let pyproject = fs::read_to_string(project.path().join("pyproject.toml")).expect("a project");
    let options = "smoke = [[\"--version\"]]\n\n[tool.permafreeze.policy]\nglibc = \"2.31\"\n";
    project.write("pyproject.toml", &format!("{pyproject}{options}"));
    project.permafreeze(&["lock"]).success();
    assert_eq!(plan(&project)["policy"]["glibc"], "2.31");
    assert_eq!(derivation(&project, OUTPUT), before);
}

/// A project for two targets; the one wheel that is not pure is `sha256` for arm64.
fn two_targets() -> Project {
    let greeting = Wheel::new("greeting", "1.0", &[("greeting/__init__.py", "def text():\n    return 'pinned'\n")]);
    let fast = |platform: &str| Wheel::new("fast", "1.0", &[("fast.py", "")]).for_platform(platform);
    let targets = "targets = [\"linux-amd64\", \"linux-arm64\"]\n";
    let project = Project::with_options(&[("main.py", HELLO)], &[greeting, fast("manylinux_2_17_x86_64")], targets);
    let arm64 = fast("manylinux_2_17_aarch64").file;
    let lock = fs::read_to_string(project.path().join("poetry.lock")).expect("a lock");
    let line = format!("    {{file = \"{arm64}\", hash = \"sha256:{}\"}},\n", "0".repeat(64));
    let (before, after) = lock.rsplit_once("]\n\n[metadata]").expect("a list of files");
    project.write("poetry.lock", &format!("{before}{line}]\n\n[metadata]{after}"));
    project.permafreeze(&["lock"]).success();
    project
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_wheel_of_another_target_relinks_nothing_and_keeps_the_pin() {
    let project = two_targets();
    let derivations = || [OUTPUT, "hello-linux-arm64"].map(|artifact| derivation(&project, artifact));
    let [amd64, arm64] = derivations();
    let old = plan(&project)["digests"].clone();
    let lock = fs::read_to_string(project.path().join("poetry.lock")).expect("a lock");
    project.write("poetry.lock", &lock.replace(&"0".repeat(64), &"1".repeat(64)));
    project.permafreeze(&["lock"]).success();
    let new = plan(&project)["digests"].clone();
    assert_eq!(new[OUTPUT], old[OUTPUT]);
    assert_ne!(new["hello-linux-arm64"], old["hello-linux-arm64"]);
    let [amd64_now, arm64_now] = derivations();
    assert_eq!(amd64_now, amd64, "the other target's executable would be linked again");
    assert_ne!(arm64_now, arm64);
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_line_of_the_application_relinks_its_executables_and_compiles_no_wheel() {
    let project = two_targets();
    let derivations = || [OUTPUT, "hello-linux-arm64"].map(|artifact| derivation(&project, artifact));
    let before = derivations();
    let inputs = |derivation: &str| -> Vec<String> {
        let output =
            Command::new("nix-store").args(["--query", "--references", derivation]).output().expect("nix-store");
        String::from_utf8(output.stdout).expect("paths").lines().map(str::to_owned).collect()
    };
    let old = inputs(&before[0]);
    project.write("main.py", &format!("{HELLO}print('changed')\n"));
    let after = derivations();
    assert!(before.iter().zip(&after).all(|(before, after)| before != after), "{before:?} {after:?}");
    let new = inputs(&after[0]);
    let gone: Vec<&String> = old.iter().filter(|input| !new.contains(input)).collect();
    assert_eq!((gone.len(), old.len()), (1, new.len()), "more than the application's object: {gone:?}");
    assert!(gone[0].ends_with("-object-hello.drv"), "{gone:?}");
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
fn a_changed_plan_makes_the_pin_stale_says_so_and_loses_nothing() {
    let project = hello();
    project.permafreeze(&["lock"]).success();
    let hash = "0".repeat(64);
    let executable = serde_json::json!({ "sha256": hash, "blake3": hash, "size": 1 });
    let pinned = serde_json::json!({ "digest": plan(&project)["digests"][OUTPUT], "executable": executable });
    let expected = serde_json::json!({ "version": 1, "pins": { OUTPUT: pinned } });
    write_json(&project, "permafreeze.expected.json", &expected);
    let pyproject = fs::read_to_string(project.path().join("pyproject.toml")).expect("a project");
    project.write("pyproject.toml", &format!("{pyproject}smoke = [[\"--version\"]]\n"));
    let lock = project.permafreeze(&["lock"]).success();
    assert!(!lock.stderr.contains("warning"), "a smoke command made the pin stale: {}", lock.stderr);

    project.write("pyproject.toml", &format!("{pyproject}hidden-imports = [\"colorsys\"]\n"));
    for command in [&["lock", "--check"][..], &["pin", "--locked"], &["build", "--locked"]] {
        project.permafreeze(command).failure(1, &["is stale: `executables / hello / hidden-imports`"]);
    }
    let stale = "warning: the pin of `hello-linux-amd64` is not compared: the plan has changed since it was made\n\
                 hint: `permafreeze pin hello-linux-amd64` builds it and pins it again\n";
    for command in [&["lock"][..], &["lock", "--check"]] {
        let outcome = project.permafreeze(command).success();
        assert!(outcome.stderr.contains(stale), "{command:?}: {}", outcome.stderr);
    }
    assert_eq!(pin(&project), pinned, "the pin is lost");
    let check = nix(&project, &["eval", "--raw"], "checks.x86_64-linux.repro-linux-amd64.drvPath");
    check.failure(1, &["the pin of hello-linux-amd64 was made before the plan changed: run `permafreeze pin"]);

    project.write("pyproject.toml", &pyproject);
    let lock = project.permafreeze(&["lock"]).success();
    assert!(!lock.stderr.contains("warning"), "the plan is the old one again: {}", lock.stderr);
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_plan_of_version_1_is_migrated_once_and_loses_nothing() {
    let project = hello();
    project.permafreeze(&["lock"]).success();
    let mut old = plan(&project);
    let hash = "0".repeat(64);
    let pinned = serde_json::json!({ "sha256": hash, "blake3": hash, "size": 1 });
    let fields = old.as_object_mut().expect("an object");
    let digests = fields.remove("digests").expect("digests");
    fields.insert("version".to_owned(), 1.into());
    fields.insert("outputs".to_owned(), serde_json::json!({ OUTPUT: pinned }));
    fields.insert("accepted".to_owned(), serde_json::json!({ OUTPUT: { "tkinter": "ImportError: no" } }));
    write_json(&project, "permafreeze.lock", &old);

    let words = ["has format version 1, this permafreeze writes version 2", "hint: run `permafreeze lock`"];
    project.permafreeze(&["lock", "--check"]).failure(1, &words);
    assert!(!project.path().join("permafreeze.expected.json").exists(), "`--check` wrote a file");
    let lock = project.permafreeze(&["lock"]).success();
    assert!(lock.stderr.contains("permafreeze.expected.json: has the pins and accepted modules of"), "{}", lock.stderr);
    assert!(!lock.stderr.contains("warning"), "the pin does not hold: {}", lock.stderr);
    assert_eq!(plan(&project)["version"], 2);
    let expected = json(&project, "permafreeze.expected.json");
    assert_eq!(expected["pins"][OUTPUT], serde_json::json!({ "digest": digests[OUTPUT], "executable": pinned }));
    assert_eq!(expected["accepted"][OUTPUT]["tkinter"], "ImportError: no");

    let again = project.permafreeze(&["lock"]).success();
    assert!(!again.stderr.contains("expected.json"), "{}", again.stderr);
    assert_eq!(json(&project, "permafreeze.expected.json"), expected);
}
