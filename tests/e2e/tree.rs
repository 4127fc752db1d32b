//! `permafreeze tree` on projects in `tests/projects/lock-*`, one of each lock file.
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn folder(project: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/projects").join(project)
}

fn tree(project: &str, arguments: &[&str]) -> Output {
    tree_in(&folder(project), arguments)
}

fn tree_in(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_permafreeze"));
    command.arg("tree").args(arguments).current_dir(folder).env_clear().output().expect("the command runs")
}

fn stdout(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).expect("stdout is UTF-8")
}

#[test]
fn a_lock_of_poetry_says_who_requires_what_on_the_target() {
    let output = tree("lock-poetry-table-2.1", &["linux-amd64"]);
    let expected = "\
Fleet_Tools v0.3.0rc1 (linux-amd64)
├── attrs v25.4.0
├── click v8.1.8
├── httpx[http2] v0.28.1
│   ├── anyio v4.16.0
│   │   ├── idna v3.20
│   │   └── typing-extensions v4.16.0
│   ├── certifi v2026.10.18
│   ├── h2 v4.4.1
│   │   ├── hpack v4.2.0
│   │   └── hyperframe v6.1.0
│   ├── httpcore v1.0.9
│   │   ├── certifi v2026.10.18
│   │   └── h11 v0.16.0
│   └── idna v3.20
├── numpy v2.4.6
├── psutil v7.2.2
└── tqdm v4.70.1
";
    assert_eq!(stdout(&output), expected);
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(
        stdout(&tree("lock-poetry-table-1.1", &["linux-amd64"])),
        expected,
        "the lock of Poetry 1 leads to the same"
    );
}

#[test]
fn a_lock_of_uv_has_a_tree_for_each_target() {
    let linux = stdout(&tree("lock-uv", &["linux-amd64", "--depth", "1"]));
    assert!(linux.contains("├── drum v0.1.0 (libs/drum)\n") && linux.contains("├── uvloop v"), "{linux}");
    let windows = stdout(&tree("lock-uv", &["windows-amd64", "--depth", "1"]));
    assert!(windows.contains("├── pywin32 v312\n") && !windows.contains("uvloop"), "{windows}");
    let inverted = stdout(&tree("lock-uv", &["windows-amd64", "--invert", "Typing_Extensions"]));
    assert_eq!(inverted, "typing-extensions v4.16.0\n└── anyio v4.16.0\n    └── winch v2.1 (windows-amd64)\n");
}

#[test]
fn json_has_all_packages_once() {
    let text = stdout(&tree("lock-uv", &["darwin-arm64", "--json"]));
    let found: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!((&found["target"], &found["roots"]), (&"darwin-arm64".into(), &serde_json::json!(["winch"])));
    let drum = serde_json::json!({"name": "drum", "version": "0.1.0", "path": "libs/drum",
        "requires": [{"name": "sniffio", "extras": []}]});
    assert_eq!(found["packages"]["drum"], drum);
}

#[test]
fn a_lock_that_does_not_say_it_is_named() {
    let output = tree("lock-pylock", &["linux-amd64"]);
    let (said, tree) = (String::from_utf8_lossy(&output.stderr), stdout(&output));
    assert!(said.starts_with("warning: `pylock.deploy.toml` does not say what packages require"), "{said}");
    assert!(tree.starts_with("reel v1.0 (linux-amd64)\n├── anyio v4.16.0\n└── rich v15.0.0\nidna v3.20\n"), "{tree}");
}

#[test]
fn without_a_plan_the_tree_is_that_of_the_lock_file_which_is_said_and_nothing_is_written() {
    let project = tempfile::tempdir().expect("a folder");
    let package = project.path().join("src/app");
    fs::create_dir_all(&package).expect("a folder");
    for file in ["pyproject.toml", "poetry.lock", "src/app/__init__.py", "src/app/__main__.py"] {
        fs::copy(folder("lock-program").join(file), project.path().join(file)).expect("a copy");
    }
    let output = tree_in(project.path(), &["linux-amd64"]);
    assert_eq!(stdout(&output), "app v1.0 (linux-amd64)\n└── six v1.17.0\n");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(said, "warning: `permafreeze.lock` does not exist; the tree is that of the lock file\n");
    assert!(tree_in(project.path(), &["linux-amd64", "--quiet"]).stderr.is_empty());
    assert!(!project.path().join("permafreeze.lock").exists());
}

#[test]
fn what_is_not_in_the_plan_is_refused_with_the_nearest() {
    for (arguments, code, hint) in [
        (vec!["linux-amd64", "-i", "sniffoi"], 1, "hint: did you mean `sniffio`?"),
        (vec!["linux-amd64", "-i", "pywin32"], 1, "the plan has no package `pywin32` for linux-amd64"),
        (vec!["linux-amd6"], 2, "hint: did you mean `linux-amd64`?"),
        (vec!["--json", "--depth", "1"], 2, "cannot be used with"),
    ] {
        let output = tree("lock-uv", &arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.contains(hint), "{arguments:?}: {said}");
    }
}
