//! A pattern of the project's that takes for ever to match where a matcher goes back and forth.
use std::fs;
use std::time::{Duration, Instant};

use crate::project::Project;

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn it_is_matched_in_no_time() {
    let name = "a".repeat(60);
    let deep = ["a"; 16].join("/");
    let files = [("main.py", "print('hello')\n"), (&*format!("{deep}/{name}.py"), ""), (&*format!("{name}.txt"), "")];
    let project = Project::new(&files, &[]);
    let pattern = format!("{}{}b", "**/".repeat(14), "*a".repeat(18));
    let pyproject = fs::read_to_string(project.path().join("pyproject.toml")).expect("a project");
    project.write("pyproject.toml", &format!("{pyproject}precedence = {{ \"{pattern}\" = \"hello\" }}\n"));
    let began = Instant::now();
    project.permafreeze(&["build"]).failure(1, &["which has no such file"]);
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
}
