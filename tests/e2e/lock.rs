//! `permafreeze lock` on the projects in `tests/projects/lock-*`, each copied to a folder of its own.
//!
//! A folder with `expected.txt` is a bad project: its first line is the exit code, the rest is what stderr says. A folder
//! with `permafreeze.lock` is a good one, and that is its plan. `PERMAFREEZE_UPDATE=1` writes what was found instead.
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs, io};

use tempfile::TempDir;

fn cases() -> Vec<PathBuf> {
    let projects = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/projects");
    let mut cases: Vec<PathBuf> = fs::read_dir(projects)
        .expect("tests/projects")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("lock-")))
        .collect();
    cases.sort();
    cases
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let destination = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &destination)?;
        } else {
            fs::copy(entry.path(), destination)?;
        }
    }
    Ok(())
}

/// A copy of the case, without what is expected of it.
fn project(case: &Path) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    copy(case, folder.path()).expect("a copy");
    for expected in ["expected.txt", "permafreeze.lock"] {
        let _ = fs::remove_file(folder.path().join(expected));
    }
    folder
}

fn lock(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_permafreeze"))
        .arg("lock")
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .output()
        .expect("the command runs")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("stderr is UTF-8")
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("no signal")
}

/// Compares what was found with the file that says what is expected, or writes it.
fn compare(file: &Path, found: &str) {
    if env::var_os("PERMAFREEZE_UPDATE").is_some() {
        fs::write(file, found).expect("the file is written");
    }
    let expected = fs::read_to_string(file).unwrap_or_default();
    assert_eq!(found, expected, "{}: run with PERMAFREEZE_UPDATE=1 if what was found is right", file.display());
}

#[test]
fn a_bad_project_is_refused_and_nothing_is_written() {
    let bad: Vec<PathBuf> = cases().into_iter().filter(|case| case.join("expected.txt").exists()).collect();
    assert!(bad.len() > 30, "only {} bad projects found", bad.len());
    for case in bad {
        let folder = project(&case);
        // Offline: no test asks an index.
        let output = lock(folder.path(), &["--offline"]);
        compare(&case.join("expected.txt"), &format!("exit code {}\n{}", code(&output), stderr(&output)));
        assert!(output.stdout.is_empty(), "{}: stdout is not empty", case.display());
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(!left.iter().any(|name| name.to_string_lossy().contains("permafreeze.lock")), "{left:?}");
    }
}

#[test]
fn a_good_project_has_its_plan_and_always_the_same() {
    let good: Vec<PathBuf> = cases().into_iter().filter(|case| !case.join("expected.txt").exists()).collect();
    assert!(good.len() > 2, "only {} good projects found", good.len());
    for case in good {
        let folder = project(&case);
        let output = lock(folder.path(), &[]);
        assert_eq!(code(&output), 0, "{}: {}", case.display(), stderr(&output));
        let plan = folder.path().join("permafreeze.lock");
        compare(&case.join("permafreeze.lock"), &fs::read_to_string(&plan).expect("a plan"));
        let check = lock(folder.path(), &["--check"]);
        assert_eq!(code(&check), 0, "{}: {}", case.display(), stderr(&check));
        let written = fs::metadata(&plan).unwrap().modified().unwrap();
        assert_eq!(code(&lock(folder.path(), &[])), 0);
        assert_eq!(fs::metadata(&plan).unwrap().modified().unwrap(), written, "an equal plan was written again");
    }
}

#[test]
fn another_python_than_the_default_is_said() {
    let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/projects/lock-python");
    let output = lock(project(&case).path(), &[]);
    assert_eq!(stderr(&output), "permafreeze.lock: Python 3.14; 1 package for linux-amd64\n");
}

#[test]
fn a_newer_system_than_usual_is_said_with_the_package_that_needs_it() {
    let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/projects/lock-bad-newer-glibc");
    let folder = project(&case);
    let file = folder.path().join("pyproject.toml");
    let text = fs::read_to_string(&file).expect("a pyproject.toml");
    fs::write(&file, text.replace("glibc = \"2.28\"\n", "")).expect("written");
    let expected = "warning: linux-amd64: the executable needs glibc 2.34 or newer: `six 1.17.0`, as locked, has no wheel for an \
                    older one\nhint: if that is meant, write `glibc = \"2.34\"` in `[tool.permafreeze]`\n\
                    permafreeze.lock: 1 package for linux-amd64\n";
    assert_eq!(stderr(&lock(folder.path(), &[])), expected);
}

fn simple() -> TempDir {
    let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/projects/lock-scripts");
    let folder = project(&case);
    let output = lock(folder.path(), &[]);
    assert_eq!(stderr(&output), "permafreeze.lock: 1 package for linux-amd64, 1 package for windows-amd64\n");
    folder
}

/// A version that only git knows is that of the last tag; a plan that is to hold keeps its own.
#[test]
fn a_version_of_a_tag_and_of_none() {
    let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/projects/lock-dynamic-version");
    let folder = project(&case);
    let git = |arguments: &[&str]| {
        let who = ["GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"];
        let mut command = Command::new("git");
        command.arg("-C").arg(folder.path()).args(arguments).envs(who.map(|name| (name, "a")));
        assert!(command.output().expect("git").status.success(), "{arguments:?}");
    };
    let lock = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_permafreeze"));
        let output = command.arg("lock").args(arguments).current_dir(folder.path()).output().expect("the command runs");
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        let text = fs::read_to_string(folder.path().join("permafreeze.lock")).expect("a plan");
        let plan: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        (plan["sources"]["."]["distribution"]["version"].as_str().expect("a version").to_owned(), stderr(&output))
    };
    let (version, said) = lock(&[]);
    assert_eq!(version, "0.0.0");
    assert!(
        said.contains("warning: `pyproject.toml`: neither it,") && said.contains("hint: write `version = "),
        "{said}"
    );
    git(&["init", "--quiet"]);
    git(&["add", "--all"]);
    git(&["commit", "--quiet", "--message=x"]);
    git(&["tag", "v1.4"]);
    let (version, said) = lock(&[]);
    assert_eq!(version, "1.4");
    assert!(!said.contains("warning"), "{said}");
    git(&["commit", "--quiet", "--allow-empty", "--message=y"]);
    git(&["tag", "v1.5"]);
    assert_eq!(lock(&["--check"]).0, "1.4");
    assert_eq!(lock(&[]).0, "1.5");
    // A clone without tags keeps what the plan has.
    git(&["tag", "--delete", "v1.4", "v1.5"]);
    assert_eq!(lock(&[]).0, "1.5");
}

#[test]
fn check_names_the_first_difference_and_writes_nothing() {
    let folder = simple();
    let plan = folder.path().join("permafreeze.lock");
    let other = fs::read_to_string(&plan).unwrap().replace("\"glibc\": \"2.28\"", "\"glibc\": \"2.17\"");
    fs::write(&plan, &other).unwrap();
    let output = lock(folder.path(), &["--check"]);
    assert_eq!(code(&output), 1);
    assert_eq!(
        stderr(&output),
        "error: `permafreeze.lock` is stale: `targets / linux-amd64 / glibc` is `\"2.17\"`, it would become `\"2.28\"`\n\
         hint: run `permafreeze lock`, and commit the file\n"
    );
    assert_eq!(fs::read_to_string(&plan).unwrap(), other);
}

#[test]
fn check_wants_a_plan() {
    let folder = simple();
    fs::remove_file(folder.path().join("permafreeze.lock")).unwrap();
    let output = lock(folder.path(), &["--check"]);
    assert_eq!(code(&output), 1);
    assert_eq!(
        stderr(&output),
        "error: `permafreeze.lock` does not exist\nhint: run `permafreeze lock`, and commit the file\n"
    );
}

#[test]
fn quiet_says_nothing() {
    let folder = simple();
    assert_eq!(stderr(&lock(folder.path(), &["--quiet"])), "");
}

#[test]
fn the_project_may_lie_elsewhere() {
    let folder = simple();
    let elsewhere = TempDir::new().unwrap();
    let path = folder.path().to_str().unwrap();
    let output = lock(elsewhere.path(), &["--project", path]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stderr(&output).starts_with(&format!("{path}/permafreeze.lock: ")));
    let output = lock(elsewhere.path(), &["--project", "nowhere"]);
    assert_eq!(
        stderr(&output),
        "error: `nowhere/pyproject.toml` does not exist\nhint: give the folder of the project with `--project DIR`\n"
    );
}

/// As git, cargo, uv and Poetry do; no further than the repository (tests/attacks/planted_project.rs).
#[test]
fn in_a_folder_below_the_project_is_found() {
    let folder = simple();
    let plan = fs::read_to_string(folder.path().join("permafreeze.lock")).unwrap();
    let below = folder.path().join("a/b");
    fs::create_dir_all(&below).unwrap();
    fs::create_dir(folder.path().join(".git")).unwrap();
    fs::remove_file(folder.path().join("permafreeze.lock")).unwrap();
    let output = lock(&below, &[]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(fs::read_to_string(folder.path().join("permafreeze.lock")).unwrap(), plan);
    assert_eq!(fs::read_dir(&below).unwrap().count(), 0);
}

#[test]
fn a_variable_stands_for_an_option() {
    let case = cases().into_iter().find(|case| case.ends_with("lock-default-script")).expect("the case");
    let folder = project(&case);
    let code_with = |value: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_permafreeze"));
        let command = command.arg("lock").current_dir(folder.path()).env_clear().env("PERMAFREEZE_OFFLINE", value);
        let output = command.output().expect("the command runs");
        (code(&output), stderr(&output))
    };
    for value in ["1", "true", "yes", "0", "false", ""] {
        let (code, said) = code_with(value);
        assert_eq!(code, 0, "{value:?}: {said}");
    }
    let (code, said) = code_with("maybe");
    assert_eq!(code, 2);
    assert!(said.contains("'maybe' for '--offline': expected 1, true, yes or on; or 0"), "{said}");
}
