//! Programs in place of Nix's: for what is tried before Nix is asked, or while it answers.
#![allow(dead_code, reason = "each test uses a part of it")]
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

/// How long a test waits for an event that comes in milliseconds.
const LIMIT: Duration = Duration::from_secs(60);

/// Programs named as Nix's in a folder that goes away with it.
pub(crate) struct StubNix {
    folder: tempfile::TempDir,
}

impl StubNix {
    /// Makes a Nix of `version` whose store has every path, and whose `nix eval` is the shell script `eval`; in it
    /// `$HERE` is the stub's folder.
    pub(crate) fn new(version: &str, eval: &str) -> StubNix {
        let stub = StubNix { folder: tempfile::tempdir().expect("a folder") };
        let here = stub.file("").display().to_string();
        let nix = format!(
            "HERE={here}\ncase $1 in\n--version) echo 'nix (Nix) {version}' ;;\nshow-config) echo 'sandbox = true' ;;\n\
             eval)\nprintf '%s\\n' \"$@\" >\"$HERE/asked\"\n{eval}\n;;\nesac"
        );
        for (name, script) in [("nix", nix.as_str()), ("nix-store", "exit 0"), ("nix-instantiate", "exit 1")] {
            fs::write(stub.file(name), format!("#!/bin/sh\n{script}\n")).expect("a script");
            fs::set_permissions(stub.file(name), fs::Permissions::from_mode(0o755)).expect("a mode");
        }
        stub
    }

    /// Returns a PATH that has it first.
    pub(crate) fn path(&self) -> String {
        format!("{}:{}", self.folder.path().display(), std::env::var("PATH").unwrap_or_default())
    }

    /// Returns the path of a file beside the programs.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Returns the arguments of the last `nix eval`, a line each; none if there was none.
    pub(crate) fn arguments(&self) -> String {
        fs::read_to_string(self.file("asked")).unwrap_or_default()
    }

    /// Returns the flake that `nix eval` was asked for, if it was.
    pub(crate) fn asked(&self) -> Option<String> {
        let arguments = fs::read_to_string(self.file("asked")).ok()?;
        arguments.lines().find_map(|argument| argument.split_once("#packages")).map(|(flake, _)| flake.to_owned())
    }
}

/// Waits until a file has a whole line, and returns it.
#[track_caller]
pub(crate) fn line_of(file: &Path) -> String {
    wait_until(|| fs::read_to_string(file).is_ok_and(|text| text.ends_with('\n')));
    fs::read_to_string(file).expect("it was read").trim().to_owned()
}

/// Waits until something is so.
#[track_caller]
pub(crate) fn wait_until(is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < LIMIT, "it never is so");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Tells whether a process runs: one that has ended, and only waits for its parent to notice, does not.
pub(crate) fn runs(id: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}

/// Returns the processes that a process has started, and those that they have.
pub(crate) fn started_by(id: u32) -> Vec<String> {
    let parent = |process: &Path| {
        let stat = fs::read_to_string(process.join("stat")).ok()?;
        stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse::<u32>().ok()
    };
    let processes: Vec<PathBuf> = fs::read_dir("/proc").expect("/proc").flatten().map(|entry| entry.path()).collect();
    let mut started = Vec::new();
    for process in processes.iter().filter(|process| parent(process) == Some(id)) {
        let child = process.file_name().and_then(|name| name.to_str()).expect("a number");
        started.push(child.to_owned());
        started.extend(started_by(child.parse().expect("a number")));
    }
    started
}

/// Sends a signal, and returns the exit code.
#[track_caller]
pub(crate) fn end(mut command: Child, signal: &str) -> Option<i32> {
    let sent = Command::new("kill").args([format!("-{signal}"), command.id().to_string()]).status();
    assert!(sent.expect("kill").success());
    command.wait().expect("it ends").code()
}
