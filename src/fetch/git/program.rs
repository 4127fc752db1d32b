//! The one place that runs `git`. It gets the user's configuration (proxies, credential helpers, ssh), but no hook, no
//! filter, no helper of another protocol, and no terminal to ask on.
use std::fs::File;
use std::io;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_process::{Running, kill, start};

use super::address::{SCHEMES, Way, redacted};
use crate::git_error::Cause;

/// Settings of every call. Nothing is checked out; what would run then is switched off all the same.
const SETTINGS: [&str; 12] = [
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.alternateRefsCommand=",
    "fetch.recurseSubmodules=false",
    "filter.lfs.smudge=",
    "filter.lfs.process=",
    "filter.lfs.required=false",
    "gc.auto=0",
    "maintenance.auto=false",
    // A server that falls silent is given up before the limit.
    "http.lowSpeedLimit=1000",
    "http.lowSpeedTime=60",
    "protocol.allow=never",
];
/// Variables of a git that runs us, as a hook does: its repository is not ours.
const OF_A_CALLER: [&str; 9] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_TEMPLATE_DIR",
];
/// How often is looked whether a call has ended.
const PAUSE: Duration = Duration::from_millis(20);
/// Lines of what git says that are shown.
const TAIL: usize = 4;

/// Why a call of git did not do its work.
#[derive(Debug)]
pub(super) enum Failed {
    /// There is no `git`.
    Missing,
    /// It said this.
    Said(String),
    /// It did not end in this time.
    Late(Duration),
}

impl From<Failed> for Cause {
    fn from(failed: Failed) -> Cause {
        match failed {
            Failed::Missing => Cause::NoGit,
            Failed::Said(said) => Cause::Said(said),
            Failed::Late(limit) => Cause::Said(format!("`git` does not end within {} seconds", limit.as_secs())),
        }
    }
}

/// Runs `git` in a folder.
#[derive(Debug)]
pub(super) struct Git {
    /// The repository.
    pub folder: Utf8PathBuf,
    /// Whether folders of this machine are repositories that may be read.
    pub way: Way,
    /// How long a call may take.
    pub limit: Duration,
}

impl Git {
    /// Runs it to its end; what it prints is dropped.
    pub(super) fn run(&self, arguments: &[&str]) -> Result<(), Failed> {
        self.finish(arguments, Stdio::null()).map(drop)
    }

    /// Runs it to its end and returns what it printed.
    pub(super) fn output(&self, arguments: &[&str]) -> Result<Vec<u8>, Failed> {
        let path = self.beside("stdout");
        let file = File::create(&path).map_err(|error| said(&error))?;
        self.finish(arguments, file.into())?;
        std::fs::read(&path).map_err(|error| said(&error))
    }

    /// Starts it, to be talked to.
    pub(super) fn start(&self, arguments: &[&str]) -> Result<(Child, Running), Failed> {
        let mut command = self.command(arguments);
        start(command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null())).map_err(not_started)
    }

    fn finish(&self, arguments: &[&str], stdout: Stdio) -> Result<(), Failed> {
        // A file, not a pipe: what git has started may hold a pipe open after git was ended.
        let log = self.beside("stderr");
        let stderr = File::create(&log).map_err(|error| said(&error))?;
        let mut command = self.command(arguments);
        let (child, _running) =
            start(command.stdin(Stdio::null()).stdout(stdout).stderr(stderr)).map_err(not_started)?;
        match wait(child, self.limit).map_err(|error| said(&error))? {
            Some(status) if status.success() => Ok(()),
            Some(status) => Err(Failed::Said(last_lines(&log).unwrap_or_else(|| format!("`git` ended with {status}")))),
            None => Err(Failed::Late(self.limit)),
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        command.arg("-C").arg(&self.folder);
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        let folders = (self.way == Way::Folder).then_some("file");
        for scheme in SCHEMES.into_iter().chain(folders) {
            command.args(["-c", &format!("protocol.{scheme}.allow=always")]);
        }
        for variable in OF_A_CALLER {
            command.env_remove(variable);
        }
        command.env("GIT_TERMINAL_PROMPT", "0").env("LC_ALL", "C").args(arguments);
        command
    }

    fn beside(&self, name: &str) -> Utf8PathBuf {
        Utf8PathBuf::from(format!("{}.{name}", self.folder))
    }
}

fn said(error: &io::Error) -> Failed {
    Failed::Said(error.to_string())
}

fn not_started(error: io::Error) -> Failed {
    if error.kind() == io::ErrorKind::NotFound { Failed::Missing } else { said(&error) }
}

/// Waits for the end; after `limit` there is none, and the program is ended.
fn wait(mut child: Child, limit: Duration) -> io::Result<Option<ExitStatus>> {
    let begin = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if begin.elapsed() > limit {
            kill(&mut child);
            return Ok(None);
        }
        std::thread::sleep(PAUSE);
    }
}

fn last_lines(log: &Utf8Path) -> Option<String> {
    let text = String::from_utf8_lossy(&std::fs::read(log).ok()?).into_owned();
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let shown = lines[lines.len().saturating_sub(TAIL)..].join("; ");
    (!shown.is_empty()).then(|| redacted(&shown))
}
