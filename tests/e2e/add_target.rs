//! `permafreeze add-target`: pyproject.toml before and after, and what is said.
use std::fs;
use std::process::Command;

const BEFORE: &str = "# ours\n[tool.permafreeze]\ntargets = [\n    \"linux-amd64\", # servers\n]\nmode = 'onedir'\n";

struct Said {
    code: Option<i32>,
    stderr: String,
    /// pyproject.toml afterwards.
    after: String,
}

/// Runs the command on a project that is one file, and checks that no other is written.
fn add(before: &str, targets: &[&str]) -> Said {
    let project = tempfile::tempdir().expect("a folder");
    let file = project.path().join("pyproject.toml");
    fs::write(&file, before).expect("written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_permafreeze"));
    let run =
        command.arg("add-target").args(targets).current_dir(project.path()).env_clear().output().expect("it runs");
    assert_eq!(fs::read_dir(project.path()).expect("the folder").count(), 1, "nothing is left beside it");
    let stderr = String::from_utf8(run.stderr).expect("UTF-8");
    Said { code: run.status.code(), stderr, after: fs::read_to_string(file).expect("the file") }
}

#[test]
fn what_it_has_not_is_added_and_the_next_command_said() {
    let said = add(BEFORE, &["linux-amd64", "windows-amd64", "darwin-arm64"]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    let lines = "    \"linux-amd64\", # servers\n    \"windows-amd64\",\n    \"darwin-arm64\",\n";
    assert_eq!(said.after, BEFORE.replace("    \"linux-amd64\", # servers\n", lines));
    let next = "`permafreeze build windows-amd64 darwin-arm64` locks and builds";
    assert_eq!(said.stderr, format!("pyproject.toml: added `windows-amd64`, `darwin-arm64` to `targets`; {next}\n"));
}

#[test]
fn what_it_has_is_no_failure_and_writes_nothing() {
    let said = add(BEFORE, &["linux-amd64"]);
    let expected = (Some(0), "pyproject.toml: it has `linux-amd64`\n", BEFORE);
    assert_eq!((said.code, said.stderr.as_str(), said.after.as_str()), expected);
    assert_eq!(add(BEFORE, &["linux-arm64", "--quiet"]).stderr, "");
}

#[test]
fn what_cannot_be_added_leaves_the_file_and_says_what_can() {
    let init = "hint: `permafreeze init --target linux-arm64` writes it";
    for (before, target, code, words) in [
        (
            BEFORE,
            "linux-arm46",
            2,
            "[possible values: linux-amd64, linux-arm64, darwin-amd64, darwin-arm64, windows-amd64]",
        ),
        (BEFORE, "linux-arm46", 2, "tip: a similar value exists: 'linux-arm64'"),
        ("[tool.poetry]\n", "linux-arm64", 1, init),
        ("[tool.permafreeze]\ntargets = 'x'\n", "linux-arm64", 1, "`tool.permafreeze.targets` is no list"),
        ("[tool", "linux-arm64", 1, "error: `pyproject.toml`: it is no TOML"),
    ] {
        let said = add(before, &[target]);
        assert_eq!((said.code, said.after.as_str()), (Some(code), before), "{}", said.stderr);
        assert!(said.stderr.contains(words), "{}", said.stderr);
    }
}
