//! What is said when Nix is missing, its daemon is down, or its store is read-only: three causes, three messages.

use std::io::Write as _;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

use crate::project::{Outcome, Project};

/// Mounts the folder `$1` read-only for the command that follows, and for nothing else.
const READ_ONLY: &str = "mount --bind \"$1\" \"$1\" && mount -o remount,ro,bind \"$1\" && shift && exec \"$@\"";

fn locked() -> Project {
    let project = Project::new(&[("main.py", "print('hello')\n")], &[]);
    project.permafreeze(&["lock"]).success();
    project
}

/// Prepares a command whose store is the folder, which may be read-only then.
fn with_read_only(folder: &Path, program: &Path, arguments: &[&str]) -> Command {
    // Its own user namespace, unless it is root's already: mounting is root's.
    let as_root = if is_root() { "--mount" } else { "--map-root-user" };
    let mut command = Command::new("unshare");
    command.args([as_root, "--mount", "sh", "-c", READ_ONLY, "sh"]).arg(folder).arg(program).args(arguments);
    command
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().expect("id");
    id.stdout.trim_ascii() == b"0"
}

fn outcome(command: &mut Command) -> Outcome {
    command.output().expect("it runs").into()
}

#[test]
#[ignore = "needs Nix: `make test STEP=integration`"]
fn nix_that_is_not_on_the_path() {
    let project = locked();
    let said = outcome(project.command(&["build"]).env("PATH", "/nonexistent"));
    said.failure(3, &["error: `nix` is not on the PATH\n", "hint: install Nix"]);
}

#[test]
#[ignore = "needs Nix: `make test STEP=integration`"]
fn a_daemon_that_is_down() {
    let project = locked();
    let socket = project.path().join("socket");
    // A socket that nobody listens on any more, and one that there never was.
    drop(UnixListener::bind(&socket).expect("a socket"));
    for socket in [socket, project.path().join("never")] {
        let remote = format!("unix://{}", socket.display());
        let said = outcome(project.command(&["build"]).env("NIX_REMOTE", &remote));
        let said = said.failure(
            3,
            &["`nix eval --json` failed (exit 1)", "the Nix daemon cannot be reached", "hint: is nix-daemon running?"],
        );
        assert!(!said.stderr.contains("PATH"), "{}", said.stderr);

        let fetched = outcome(project.command(&["fetch"]).env("NIX_REMOTE", &remote));
        fetched.failure(3, &["`nix-store --check-validity", "the Nix daemon cannot be reached"]);

        let listed = outcome(project.command(&["toolchain", "list"]).env("NIX_REMOTE", &remote));
        listed.failure(3, &["the Nix daemon cannot be reached"]);

        let checked = outcome(project.command(&["doctor"]).env("NIX_REMOTE", &remote));
        assert!(checked.stdout.contains("FAIL  store: "), "{}", checked.stdout);
        assert!(checked.stdout.contains("ok    nix: "), "{}", checked.stdout);
    }
}

#[test]
#[ignore = "needs Nix: `make test STEP=integration`"]
fn a_store_that_is_read_only() {
    let project = locked();
    let folder = tempfile::tempdir().expect("a folder");
    let possible = with_read_only(folder.path(), Path::new("true"), &[]).output();
    if !possible.is_ok_and(|output| output.status.success()) {
        // Past the harness, which would swallow it.
        let _ = writeln!(std::io::stderr(), "SKIPPED: a_store_that_is_read_only: this machine lets nobody mount");
        return;
    }
    let remote = format!("local?root={}", folder.path().display());
    let program = Path::new(env!("CARGO_BIN_EXE_permafreeze"));
    let run = |arguments: &[&str]| {
        let mut command = with_read_only(folder.path(), program, arguments);
        outcome(command.current_dir(project.path()).env("NIX_REMOTE", &remote).env("NO_COLOR", "1"))
    };
    let said = run(&["build"]).failure(3, &["`nix eval --json` failed (exit 1)", "the Nix store cannot be written to"]);
    assert!(said.stderr.contains("hint: is the file system of /nix mounted read-only"), "{}", said.stderr);
    assert!(!said.stderr.contains("PATH") && !said.stderr.contains("daemon"), "{}", said.stderr);
    run(&["fetch"]).failure(3, &["the Nix store cannot be written to"]);
}
