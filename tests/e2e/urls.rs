//! Plans that say where their files are: Nix builds of them alone; what is where decides nothing of what is built.

use std::fs;
use std::process::Command;

use crate::project::{Project, Wheel};
use crate::server::{Reply, Server};
use serde_json::Value;

const MAIN: &str = "import greeting\nprint(greeting.text())\n";

/// A wheel that no other test has.
fn greeting(name: &str) -> Wheel {
    let code = format!("def text():\n    return '{name} {}'\n", std::process::id());
    Wheel::new("greeting", "1.0", &[("greeting/__init__.py", &code)])
}

/// An index of one wheel, whose link has what must not come into a plan.
fn index(wheel: &Wheel) -> Server {
    let Wheel { file, bytes, .. } = wheel.clone();
    Server::start(move |request| {
        let path = request.path.split('?').next().unwrap_or_default();
        if path == format!("/files/{file}") || path.starts_with("/mirror/") {
            return Reply::file(request, &bytes);
        }
        match path {
            "/simple/greeting/" => {
                Reply::html(&format!("<a href=\"/files/{file}?token=secret#egg=greeting\">{file}</a>"))
            }
            _ => Reply::new(404, ""),
        }
    })
}

/// Removes the wheel and what is made of it from the store.
fn forget(project: &Project, wheel: &Wheel) {
    for kept in ["dist", ".permafreeze"] {
        let _ = fs::remove_dir_all(project.path().join(kept));
    }
    let path = permafreeze_nix::StorePath::flat(&wheel.file, &wheel.sha256()).expect("a path");
    let closure = Command::new("nix-store").args(["--query", "--referrers-closure", path.as_str()]).output();
    let closure = String::from_utf8(closure.expect("nix-store").stdout).expect("paths");
    let deleted = Command::new("nix-store").arg("--delete").args(closure.lines()).output().expect("nix-store");
    assert!(deleted.status.success(), "{}", String::from_utf8_lossy(&deleted.stderr));
    assert!(!std::path::Path::new(path.as_str()).exists());
}

fn fetch(project: &Project, server: &Server) -> crate::project::Outcome {
    let mut command = project.command(&["fetch"]);
    command.env("PIP_INDEX_URL", server.url("/simple")).env("PIP_CONFIG_FILE", "/dev/null");
    command.output().expect("it runs").into()
}

fn plan(project: &Project) -> Value {
    serde_json::from_str(&fs::read_to_string(project.path().join("permafreeze.lock")).expect("a plan")).expect("JSON")
}

fn nix_build(project: &Project, flake: &str) -> std::process::Output {
    let features = ["--extra-experimental-features", "nix-command flakes", "build", "--no-link", "-L"];
    let mut nix = Command::new("nix");
    nix.args(features).arg(format!("path:{}#{flake}", project.path().display())).output().expect("nix runs")
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn nix_alone_builds_what_was_fetched_once() {
    let wheel = greeting("urls");
    let server = index(&wheel);
    let project = Project::new(&[("main.py", MAIN)], std::slice::from_ref(&wheel));
    project.permafreeze(&["lock"]).success();
    let before = plan(&project);
    assert_eq!(before["files"][&wheel.file]["url"], Value::Null);
    fetch(&project, &server).success();
    let after = plan(&project);
    assert_eq!(after["files"][&wheel.file]["url"], server.url(&format!("/files/{}", wheel.file)));
    assert_eq!(after["digests"], before["digests"]);
    project.permafreeze(&["lock", "--check"]).success();
    project.permafreeze(&["lock"]).success();
    assert_eq!(plan(&project), after, "it stays as long as the file is the same");
    let asked = server.requests().len();
    fetch(&project, &server).success();
    assert_eq!(server.requests().len(), asked, "what is known is not asked again");

    forget(&project, &wheel);
    let built = nix_build(&project, "hello-linux-amd64");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    assert!(server.requests().len() > asked, "Nix has not downloaded the wheel");
    project.permafreeze(&["build", "--locked", "--offline"]).success();
    assert!(project.run(&[]).success().stdout.starts_with("urls "));
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_mirror_serves_what_the_plan_says_nothing_of() {
    let wheel = greeting("mirror");
    let server = index(&wheel);
    let project = Project::new(&[("main.py", MAIN)], std::slice::from_ref(&wheel));
    project.permafreeze(&["lock"]).success();
    let mirror = server.url("/mirror/{sha256}/{file}");
    let flake = format!(
        "{{ outputs = _: import ./permafreeze-nix/mk-flake.nix {{ root = ./.; mirrors = [ \"{mirror}\" ]; }}; }}\n"
    );
    project.write("flake.nix", &flake);
    forget(&project, &wheel);
    let built = nix_build(&project, "hello-linux-amd64");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let asked: Vec<_> = server.requests().into_iter().map(|request| request.path).collect();
    assert!(asked.contains(&format!("/mirror/{}/{}", wheel.sha256(), wheel.file)), "{asked:?}");
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_place_that_has_it_no_more_is_passed_over() {
    let wheel = greeting("gone");
    let server = index(&wheel);
    let project = Project::new(&[("main.py", MAIN)], std::slice::from_ref(&wheel));
    project.permafreeze(&["lock"]).success();
    fetch(&project, &server).success();
    let text = fs::read_to_string(project.path().join("permafreeze.lock")).expect("a plan");
    project.write("permafreeze.lock", &text.replace("/files/", "/gone/"));
    forget(&project, &wheel);
    fetch(&project, &server).success();
    // A place that is no server's is nothing that Nix is given.
    project.write("permafreeze.lock", &text.replace("http://", "file://"));
    let built = nix_build(&project, "hello-linux-amd64");
    let said = String::from_utf8_lossy(&built.stderr).into_owned();
    assert!(!built.status.success() && said.contains("expected a URL with `http` or `https`"), "{said}");
    project.permafreeze(&["lock"]).success();
    assert_eq!(plan(&project)["files"][&wheel.file]["url"], Value::Null);
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_project_may_keep_places_out_of_its_plan() {
    let wheel = greeting("none");
    let server = index(&wheel);
    let project = Project::with_options(&[("main.py", MAIN)], std::slice::from_ref(&wheel), "urls = false\n");
    project.permafreeze(&["lock"]).success();
    let before = plan(&project);
    forget(&project, &wheel);
    fetch(&project, &server).success();
    assert_eq!(plan(&project), before);
}
