//! `permafreeze lock --entry`, and what else says what is run, on copies of `tests/projects/lock-bad-several-scripts`.
use std::path::Path;
use std::process::{Command, Output};
use std::{env, fs};

use tempfile::TempDir;

/// A project with the scripts `serve`, `serve-forever` (the same) and `worker`.
fn project() -> TempDir {
    let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/projects/lock-bad-several-scripts");
    let folder = TempDir::new().expect("a folder");
    for file in ["app.py", "poetry.lock", "pyproject.toml"] {
        fs::copy(case.join(file), folder.path().join(file)).expect("a copy");
    }
    folder
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_permafreeze"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .output()
        .expect("the command runs")
}

#[track_caller]
fn succeeds(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(0), "{said}");
    said
}

#[track_caller]
fn fails(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(1), "{said}");
    said
}

fn plan(folder: &Path) -> serde_json::Value {
    let text = fs::read_to_string(folder.join("permafreeze.lock")).expect("a plan");
    serde_json::from_str(&text).expect("JSON")
}

fn append(folder: &Path, text: &str) {
    let file = folder.join("pyproject.toml");
    let old = fs::read_to_string(&file).expect("a pyproject.toml");
    fs::write(file, format!("{old}\n{text}")).expect("written");
}

#[test]
fn both_ways_out_of_several_scripts_work_when_they_are_pasted() {
    let folder = project();
    let said = fails(folder.path(), &["lock"]);
    let command = said.split_once("as in `permafreeze ").and_then(|(_, rest)| rest.split_once('`')).expect(&said).0;
    succeeds(folder.path(), &command.split(' ').collect::<Vec<_>>());
    assert_eq!(plan(folder.path())["executables"]["app"]["entry"]["function"], "serve");

    let folder = project();
    let tables = &said[said.find("[[tool").expect("tables")..];
    append(folder.path(), tables);
    let said = succeeds(folder.path(), &["lock"]);
    assert_eq!(said, "permafreeze.lock: 2 executables (`serve`, `worker`); 1 package for linux-amd64\n");
    assert_eq!(plan(folder.path())["executables"]["worker"]["entry"]["function"], "work");
}

#[test]
fn a_chosen_entry_stays_until_another_is_chosen() {
    let folder = project();
    succeeds(folder.path(), &["lock", "--entry", "worker"]);
    for arguments in [&["lock", "--check"][..], &["lock"], &["lock", "--check", "--entry", "worker"]] {
        succeeds(folder.path(), arguments);
        assert_eq!(plan(folder.path())["entry"], "worker");
        assert_eq!(plan(folder.path())["executables"]["app"]["entry"]["function"], "work");
    }
    let said = fails(folder.path(), &["lock", "--check", "--entry", "serve"]);
    assert!(
        said.contains("`permafreeze.lock` is stale: `entry` is `\"worker\"`, it would become `\"serve\"`"),
        "{said}"
    );
    succeeds(folder.path(), &["lock", "--entry", "-m app"]);
    assert_eq!(plan(folder.path())["executables"]["app"]["entry"], serde_json::json!({"module": "app"}));
    succeeds(folder.path(), &["lock", "--entry=app.py"]);
    assert_eq!(plan(folder.path())["executables"]["app"]["entry"], serde_json::json!({"script": "app.py"}));
}

#[test]
fn pyproject_has_the_last_word() {
    let folder = project();
    succeeds(folder.path(), &["lock", "--entry", "worker"]);
    append(folder.path(), "[tool.permafreeze]\nentry = \"serve\"\n");
    succeeds(folder.path(), &["lock"]);
    assert_eq!(plan(folder.path())["entry"], serde_json::Value::Null);
    assert_eq!(plan(folder.path())["executables"]["app"]["entry"]["function"], "serve");
    assert_eq!(
        fails(folder.path(), &["lock", "--entry", "worker"]),
        "error: `--entry` is `worker`: `pyproject.toml` has the last word: `tool.permafreeze.entry` is `serve`\n\
         hint: change `entry` in `pyproject.toml`\n"
    );
    succeeds(folder.path(), &["lock", "--entry", "serve"]);
}

#[test]
fn a_wrong_choice_is_told_as_what_it_is() {
    let folder = project();
    let said = fails(folder.path(), &["lock", "--entry", "workr"]);
    assert!(said.starts_with("error: `--entry` is `workr`: it is neither one of the project's scripts"), "{said}");
    assert!(said.ends_with("hint: did you mean `worker`?\n"), "{said}");
    assert!(!folder.path().join("permafreeze.lock").exists());

    succeeds(folder.path(), &["lock", "--entry", "worker"]);
    let file = folder.path().join("pyproject.toml");
    let text = fs::read_to_string(&file).expect("a pyproject.toml").replace("worker =", "labourer =");
    fs::write(&file, text).expect("written");
    let said = fails(folder.path(), &["lock"]);
    let start =
        "error: `permafreeze.lock`: `entry`, which `permafreeze lock --entry` chose, is `worker`: it is neither";
    assert!(said.starts_with(start), "{said}");
    assert!(said.ends_with("hint: choose again: `permafreeze lock --entry NAME`\n"), "{said}");
}

#[test]
fn a_merge_does_not_lose_the_choice() {
    let folder = project();
    succeeds(folder.path(), &["lock", "--entry", "worker"]);
    let file = folder.path().join("permafreeze.lock");
    let good = fs::read_to_string(&file).expect("a plan");
    let conflict = |other: &str| {
        let line = "  \"entry\": \"worker\",\n";
        assert!(good.contains(line));
        good.replace(line, &format!("<<<<<<< a\n{line}=======\n  \"entry\": \"{other}\",\n>>>>>>> b\n"))
    };
    fs::write(&file, conflict("worker")).expect("written");
    succeeds(folder.path(), &["lock"]);
    assert_eq!(fs::read_to_string(&file).expect("a plan"), good);
    fs::write(&file, conflict("serve")).expect("written");
    let said = fails(folder.path(), &["lock"]);
    assert!(said.contains("records several entries: `serve`, `worker`"), "{said}");
    succeeds(folder.path(), &["lock", "--entry", "worker"]);
    assert_eq!(fs::read_to_string(&file).expect("a plan"), good);
}

#[test]
fn an_executable_of_several_is_chosen_by_its_name() {
    let folder = project();
    append(
        folder.path(),
        "[[tool.permafreeze.executable]]\nname = \"serve\"\n[[tool.permafreeze.executable]]\nname = \"worker\"\n",
    );
    succeeds(folder.path(), &["lock"]);
    // Nothing is built: the name was understood.
    let said = fails(folder.path(), &["sbom", "worker"]);
    assert!(said.starts_with("error: `worker-linux-amd64` has not been built"), "{said}");
    let output = run(folder.path(), &["sbom", "wrker"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("did you mean `worker`?"));
    let said = fails(folder.path(), &["lock", "--entry", "worker"]);
    assert!(said.contains("`[[tool.permafreeze.executable]]` says what is run"), "{said}");
}
