//! `permafreeze cache info` shows what is kept, `permafreeze clean` frees it, and executables stay.

use std::process::Command;

use crate::project::{Project, Wheel};
use serde_json::Value;

fn info(project: &Project) -> Vec<Value> {
    let said = project.permafreeze(&["cache", "info", "--json"]).success();
    serde_json::from_str(&said.stdout).expect("JSON")
}

fn bytes(rows: &[Value], what: &str) -> u64 {
    let row = rows.iter().find(|row| row["what"] == what).unwrap_or_else(|| panic!("{what}: {rows:#?}"));
    row["bytes"].as_u64().expect("a number")
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn what_is_kept_is_shown_and_freed() {
    // What an earlier run has built needs no wheel.
    let code = format!("def text():\n    return 'kept'  # {}\n", std::process::id());
    let greeting = Wheel::new("greeting", "1.0", &[("greeting.py", &code)]);
    let project = Project::new(&[("main.py", "import greeting\nprint(greeting.text())\n")], &[greeting]);
    project.permafreeze(&["build"]).success();
    let kept = info(&project);
    assert!(bytes(&kept, "wheels in the store") > 0 && bytes(&kept, "objects in the store") > 1 << 20, "{kept:#?}");
    let list = std::fs::read_to_string(project.path().join(".permafreeze/built-hello-linux-amd64")).expect("a list");
    let object = list.lines().find(|path| path.contains("-object-greeting-")).expect("an object").to_owned();

    // Another home: the user's own stays.
    let home = tempfile::tempdir().expect("a folder");
    let mut command = project.command(&["clean", "--all"]);
    let cleaned = command.env("XDG_CACHE_HOME", home.path()).output().expect("it runs");
    let said = String::from_utf8_lossy(&cleaned.stderr);
    assert!(cleaned.status.success() && said.contains("no longer kept: objects in the store"), "{said}");
    assert_eq!(bytes(&info(&project), "objects in the store"), 0);
    let roots = Command::new("nix-store").args(["--query", "--roots", &object]).output().expect("nix-store").stdout;
    assert!(!String::from_utf8_lossy(&roots).contains(project.path().to_str().expect("UTF-8")), "{object}");
    assert_eq!(project.run(&[]).success().stdout, "kept\n");
    project.permafreeze(&["build"]).success();
}
