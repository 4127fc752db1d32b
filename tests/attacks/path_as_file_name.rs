//! A poetry.lock, or a plan, whose file names lead out of the folders that files are looked for in.
use serde_json::json;

use crate::fetching::{Case, pinned};
use crate::locked::lock;

const NAMES: [&str; 6] =
    ["../../etc/x-1-py3-none-any.whl", "/etc/x-1-py3-none-any.whl", "a\\b-1-py3-none-any.whl", "", ".", ".."];

#[test]
fn lock_names_the_line() {
    for name in NAMES {
        let written = name.replace('\\', "\\\\");
        let project = lock(&format!("{{file = \"{written}\", hash = \"sha256:{}\"}}", "0".repeat(64)), "");
        let words = format!("`poetry.lock`: line 7, column 18: `{name}` is not one part of a path");
        assert!(project.stderr.contains(&words) && project.code == 1, "{}", project.stderr);
        assert_eq!(project.plan, None);
    }
}

#[test]
fn lock_refuses_control_characters() {
    for name in ["a\\u001b]0;x\\u0007.whl", "a\\nhint: x.whl"] {
        let project = lock(&format!("{{file = \"{name}\", hash = \"sha256:{}\"}}", "0".repeat(64)), "");
        assert!(project.stderr.contains("line 7, column 18: control character `\\"), "{}", project.stderr);
        assert!(!project.stderr.contains(['\u{1b}', '\u{7}']) && !project.stderr.contains("\nhint: x"));
    }
}

#[test]
#[ignore = "needs Nix: `make test STEP=integration`"]
fn fetch_takes_none_from_a_plan() {
    let case = Case::new(&[]);
    case.write("home/x.whl", "found");
    let wheels = case.path("home/wheels");
    std::fs::create_dir(&wheels).expect("made");
    let case = case.set("PIP_FIND_LINKS", &wheels).set("PIP_NO_INDEX", "1");
    case.plan(&json!({ "../x.whl": pinned("x.whl", b"found") }));
    case.attacked("").refused(1, "bad file name `../x.whl`: expected one part of a path\nhint: run `permafreeze lock`");
}
