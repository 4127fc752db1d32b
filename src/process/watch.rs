//! A second process that ends programs when the first one was killed (SIGKILL, out of memory) and could not.
//!
//! The first writes to the second's stdin which groups run, a line each: `+GROUP`, `-GROUP`. When the first is gone,
//! however it went, its end of the pipe is closed; what is left then is ended.
use std::collections::BTreeSet;
use std::io::{BufRead, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;

use rustix::process::Pid;

use crate::{PATIENCE, groups};

/// The one argument of the second process.
pub const WATCH: &str = "--end-programs-when-stdin-closes";
pub(crate) const STARTED: char = '+';
pub(crate) const ENDED: char = '-';

static PROGRAM: OnceLock<PathBuf> = OnceLock::new();

/// Lets the first program that is started be preceded by a second process of `program`, which calls [`watch`] when its
/// one argument is [`WATCH`].
pub fn allow_watch(program: PathBuf) {
    let _ = PROGRAM.set(program);
}

/// Is the second process: returns when the first one is gone, and no program of it is left.
pub fn watch(messages: impl BufRead) {
    let mut running = BTreeSet::new();
    for message in messages.lines().map_while(Result::ok) {
        let parsed = message.get(1..).and_then(|id| id.parse().ok()).and_then(Pid::from_raw);
        match (message.chars().next(), parsed) {
            (Some(STARTED), Some(group)) => drop(running.insert(group.as_raw_nonzero())),
            (Some(ENDED), Some(group)) => drop(running.remove(&group.as_raw_nonzero())),
            _ => {}
        }
    }
    let left: Vec<Pid> = running.into_iter().filter_map(|id| Pid::from_raw(id.get())).collect();
    groups::end(&left, PATIENCE);
}

/// The second process, as the first sees it.
pub(crate) struct Watcher {
    process: Child,
    stdin: Option<ChildStdin>,
}

impl Watcher {
    /// Starts it; where that is not possible, programs are watched by nobody.
    pub(crate) fn start() -> Option<Watcher> {
        let mut command = Command::new(PROGRAM.get()?);
        // In a group of its own: a terminal's interrupt is not for it.
        command.arg(WATCH).process_group(0).env_clear().current_dir("/");
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut process = command.spawn().ok()?;
        let stdin = process.stdin.take();
        Some(Watcher { process, stdin })
    }

    /// Tells that a group [`STARTED`] or [`ENDED`].
    pub(crate) fn tell(&mut self, what: char, group: Pid) {
        let message = format!("{what}{}\n", group.as_raw_nonzero());
        // Where the second process was killed there is nobody to tell.
        let _ = self.stdin.as_mut().map(|stdin| stdin.write_all(message.as_bytes()));
    }

    /// Lets it end, and waits for it; `ended` are groups that it need not end.
    pub(crate) fn finish(mut self, ended: &[Pid]) {
        ended.iter().for_each(|group| self.tell(ENDED, *group));
        drop(self.stdin.take());
        let _ = self.process.wait();
    }
}
