//! A machine whose builds are not sandboxed, whatever its settings say: nothing is built there unless the user allows it.
use std::fs;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use crate::project::{Outcome, Project, Wheel, checkout};

/// Sources of its own, so that no other test has built it.
fn project(name: &str) -> Project {
    let text = format!("def text():\n    return '{name} {}'\n", std::process::id());
    let greeting = Wheel::new("greeting", "1.0", &[("greeting/__init__.py", &text)]);
    let project = Project::new(&[("main.py", "import greeting\nprint(greeting.text())\n")], &[greeting]);
    project.permafreeze(&["lock"]).success();
    project
}

fn provenance(project: &Project) -> String {
    project.permafreeze(&["sbom", "--provenance"]).success().stdout
}

/// Runs a command of `permafreeze` as on a machine without namespaces.
pub(crate) fn without_namespaces(project: &Project, arguments: &[&str]) -> Outcome {
    let mut command = Command::new("python3");
    command.arg(checkout().join("tests/support/no_namespaces.py")).arg(env!("CARGO_BIN_EXE_permafreeze"));
    command.args(arguments).current_dir(project.path()).env("NO_COLOR", "1");
    command.env("NIX_CONFIG", "sandbox = true\nsandbox-fallback = true").output().expect("python3").into()
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_machine_without_namespaces() {
    let project = project("no namespaces");
    let words = ["error: Nix cannot build in a sandbox on this machine", "hint: allow user namespaces"];
    without_namespaces(&project, &["build"]).failure(3, &words);
    assert!(!project.path().join("dist").exists());
    let doctor = without_namespaces(&project, &["doctor"]);
    assert_eq!(doctor.code, 1);
    assert!(doctor.stdout.contains("FAIL  sandbox: Nix cannot build in a sandbox"), "{}", doctor.stdout);

    let allowed = without_namespaces(&project, &["build", "--allow-unsandboxed"]).success();
    assert!(allowed.stderr.contains("warning: builds are not sandboxed"), "{}", allowed.stderr);
    assert!(provenance(&project).contains("urn:permafreeze:nix-without-sandbox:1"));
    let bytes = fs::read(project.path().join("dist/hello-linux-amd64")).expect("the executable");
    project.permafreeze(&["build"]).success();
    assert!(provenance(&project).contains("urn:permafreeze:nix-sandbox:1"));
    assert_eq!(fs::read(project.path().join("dist/hello-linux-amd64")).expect("the executable"), bytes);
}

/// A daemon that does not trust its users and builds without a sandbox.
struct Daemon(Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn a_daemon_that_does_not_sandbox_and_ignores_what_users_want() {
    let project = project("a daemon");
    let folder = tempfile::tempdir().expect("a folder");
    let socket = folder.path().join("socket");
    let config = "sandbox = false\ntrusted-users = nobody\nbuild-users-group =\nsubstitute = false\n\
                  experimental-features = nix-command flakes";
    let mut command = Command::new("nix-daemon");
    let _daemon = Daemon(command.env("NIX_CONFIG", config).env("NIX_DAEMON_SOCKET_PATH", &socket).spawn().expect("it"));
    let began = Instant::now();
    while !socket.exists() {
        assert!(began.elapsed() < Duration::from_secs(30), "no daemon");
        std::thread::sleep(Duration::from_millis(20));
    }
    let run = |arguments: &[&str]| -> Outcome {
        let remote = format!("unix://{}", socket.display());
        project.command(arguments).env("NIX_REMOTE", remote).output().expect("it runs").into()
    };
    let words = ["error: builds on this machine are not sandboxed", "/etc/nix/nix.conf"];
    run(&["build"]).failure(3, &words);
    assert!(run(&["doctor"]).stdout.contains("FAIL  sandbox: builds on this machine are not sandboxed"));
    run(&["build", "--allow-unsandboxed"]).success();
    assert!(provenance(&project).contains("urn:permafreeze:nix-without-sandbox:1"));
}
