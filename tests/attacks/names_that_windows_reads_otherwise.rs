//! A wheel has files whose names are good on Linux, where it is linked, and mean something else on Windows: a device, a
//! stream of another file, one file under two names, another name than the one that is audited.
use crate::project::{Project, Wheel};

const OPTIONS: &str =
    "targets = [\"windows-amd64\"]\nruntimes = { windows-amd64 = \"wheels\" }\ncollect-data = [\"evil\"]\n";

fn project(files: &[(&str, &str)]) -> Project {
    let module = [("evil/__init__.py", "")];
    let wheel = Wheel::new("evil", "1.0", &[&module[..], files].concat());
    Project::with_options(&[("main.py", "import evil\n")], &[wheel], OPTIONS)
}

/// The link fails and says which file of which wheel is wrong; nothing is delivered.
#[track_caller]
fn is_refused(files: &[(&str, &str)], words: &[&str]) {
    let project = project(files);
    let words = [words, &["evil-1.0-py3-none-any.whl"]].concat();
    project.permafreeze(&["build"]).failure(1, &words);
    assert!(!project.path().join("dist/hello-windows-amd64.exe").exists());
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn devices_and_streams() {
    is_refused(&[("evil/aux.txt", "x")], &["`evil/aux.txt`", "is a device on Windows"]);
    is_refused(&[("evil/data.txt:hidden", "x")], &["`evil/data.txt:hidden`", "the character `:`"]);
    is_refused(&[("evil/data.txt.", "x")], &["`evil/data.txt.`", "which Windows removes"]);
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn one_file_under_two_names() {
    let files = [("evil/data.txt", "good"), ("evil/Data.txt", "evil")];
    is_refused(&files, &["`evil/Data.txt`", "`evil/data.txt`", "are one file on `windows-amd64`"]);
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_path_that_leads_out() {
    is_refused(&[("evil/..\\..\\startup.bat", "x")], &["startup.bat` has a refused name", "it has a backslash"]);
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn the_same_wheel_without_them_is_linked() {
    let project = project(&[("evil/data.txt", "good"), ("evil/more.txt", "good")]);
    project.permafreeze(&["build"]).success();
    assert!(project.path().join("dist/hello-windows-amd64.exe").exists());
}
