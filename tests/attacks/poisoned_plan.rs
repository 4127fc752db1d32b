//! A pull request changes the plan alone: a wheel that the project's lock does not have is to be installed.
use std::fs;
use std::process::Command;

use crate::project::{Project, Wheel};

/// A project whose plan names another wheel than its lock, by hash; the other is in the store.
fn poisoned() -> (Project, String) {
    let greeting = |text: &str| {
        let code = format!("def text():\n    return '{text}'\n");
        Wheel::new("greeting", "1.0", &[("greeting/__init__.py", &code)])
    };
    let (good, evil) = (greeting("good"), greeting("evil"));
    // It brings the wheel into the store.
    Project::new(&[("main.py", "")], std::slice::from_ref(&evil));
    let project =
        Project::new(&[("main.py", "import greeting\nprint(greeting.text())\n")], std::slice::from_ref(&good));
    project.permafreeze(&["lock"]).success();
    let plan = fs::read_to_string(project.path().join("permafreeze.lock")).expect("a plan");
    project.write("permafreeze.lock", &plan.replace(&good.sha256(), &evil.sha256()));
    (project, evil.sha256())
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn nix_build_refuses_it() {
    let (project, sha256) = poisoned();
    let said = nix_build(&project);
    assert!(said.contains(&sha256) && said.contains("poetry.lock has no file with it"), "{said}");
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn fetch_and_a_locked_build_refuse_it_and_lock_mends_it() {
    let (project, sha256) = poisoned();
    let words = [&*sha256, "`poetry.lock` has no file with it", "hint: run `permafreeze lock`"];
    project.permafreeze(&["fetch"]).failure(1, &words);
    project.permafreeze(&["build", "--locked"]).failure(1, &["is stale"]);
    project.permafreeze(&["build"]).success();
    assert_eq!(project.run(&[]).success().stdout, "good\n");
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_wheel_that_poses_as_the_tree_of_a_locked_commit_is_refused_too() {
    let (project, sha256) = poisoned();
    let commit = "0123456789".repeat(4);
    let lock = fs::read_to_string(project.path().join("poetry.lock")).expect("a lock");
    let package = format!(
        "[[package]]\nname = \"forked\"\nversion = \"1\"\npython-versions = \"*\"\ngroups = [\"dev\"]\nfiles = []\n\
         [package.source]\ntype = \"git\"\nurl = \"https://h.example/x\"\nresolved_reference = \"{commit}\"\n\n[metadata]"
    );
    project.write("poetry.lock", &lock.replace("[metadata]", &package));
    let plan = fs::read_to_string(project.path().join("permafreeze.lock")).expect("a plan");
    let git =
        format!("\"git\": {{\"url\": \"https://h.example/x\", \"commit\": \"{commit}\"}}, \"sha256\": \"{sha256}\"");
    project.write("permafreeze.lock", &plan.replace(&format!("\"sha256\": \"{sha256}\""), &git));
    project.permafreeze(&["fetch"]).failure(1, &[&*sha256, "`poetry.lock` has no file with it"]);
    let said = nix_build(&project);
    assert!(said.contains(&sha256) && said.contains("poetry.lock has no file with it"), "{said}");
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn code_in_the_text_of_a_version_file_is_refused() {
    let table = "name = \"hello\"\nentry = \"hello:main\"\n\n[build-system]\nrequires = []\n\
                 build-backend = \"hatchling.build\"\n\n[tool.hatch.build.hooks.vcs]\nversion-file = \"hello/_version.py\"\n";
    let project = Project::with_table(&[("hello/__init__.py", "def main():\n    import hello._version\n")], &[], table);
    let pyproject = fs::read_to_string(project.path().join("pyproject.toml")).expect("pyproject.toml");
    project.write("pyproject.toml", &pyproject.replace("package-mode = false\n", ""));
    project.permafreeze(&["lock"]).success();
    let plan = fs::read_to_string(project.path().join("permafreeze.lock")).expect("a plan");
    let evil = plan.replace("commit_id = None\\n", "commit_id = None\\nprint('evil')\\n");
    assert_ne!(plan, evil);
    project.write("permafreeze.lock", &evil);
    project.permafreeze(&["build", "--locked"]).failure(1, &["is stale"]);
    let said = nix_build(&project);
    assert!(said.contains("the plan has the text of `hello/_version.py`"), "{said}");
}

/// What Nix says of a build that it must refuse.
fn nix_build(project: &Project) -> String {
    let reference = format!("path:{}#packages.x86_64-linux.hello-linux-amd64", project.path().display());
    let output = Command::new("nix")
        .args(["--extra-experimental-features", "nix-command flakes", "build", "--no-link", &reference])
        .output()
        .expect("nix");
    assert!(!output.status.success(), "it was built");
    String::from_utf8_lossy(&output.stderr).into_owned()
}
