//! Programs of an executable under test: an empty environment, an empty folder, a time limit, nothing left behind.
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_process::{kill, start};
use tempfile::TempDir;

/// How often a running program is looked at.
const TICK: Duration = Duration::from_millis(20);
/// How much of what a program says is kept, in bytes.
const OUTPUT_LIMIT: u64 = 1 << 16;

/// An empty folder with an empty folder for temporary files beside it; both go away with it.
#[derive(Debug)]
pub struct Place {
    _folder: TempDir,
    working: Utf8PathBuf,
    temporary: Utf8PathBuf,
}

impl Place {
    /// Makes the folders below `scratch`.
    ///
    /// # Errors
    /// If they cannot be made.
    pub fn new(scratch: &Utf8Path) -> io::Result<Place> {
        let folder = tempfile::Builder::new().prefix("permafreeze-smoke-").tempdir_in(scratch)?;
        let path = Utf8Path::from_path(folder.path()).ok_or_else(|| io::Error::other("the path is not UTF-8"))?;
        let (working, temporary) = (path.join("empty"), path.join("tmp"));
        std::fs::create_dir(&working)?;
        std::fs::create_dir(&temporary)?;
        Ok(Place { _folder: folder, working, temporary })
    }

    /// Prepares a program with nothing of the caller's environment; the folder for temporary files is where an
    /// executable unpacks itself.
    pub fn command(&self, line: &CommandLine) -> Command {
        let mut command = Command::new(&line.program);
        command.args(&line.arguments).env_clear().envs(&line.environment).env("TMPDIR", &self.temporary);
        command.current_dir(&self.working).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}

/// A command line and its environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommandLine {
    /// The program: a path, or a name that is looked for on the PATH.
    pub program: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Its environment, by name.
    pub environment: BTreeMap<String, String>,
}

/// How a program ended, and what it said.
#[derive(Debug)]
pub struct Ended {
    /// Its status; `None` if it was killed since its time was over.
    pub status: Option<ExitStatus>,
    /// The end of what it wrote to stdout and stderr.
    pub output: String,
}

/// Runs a program to its end, at most for `limit`.
///
/// # Errors
/// If it cannot be started.
pub fn run(command: &mut Command, limit: Duration) -> io::Result<Ended> {
    let (mut child, _running) = start(command)?;
    let (sender, receiver) = mpsc::channel();
    let pipes: [Option<Box<dyn Read + Send>>; 2] =
        [child.stdout.take().map(|pipe| Box::new(pipe) as _), child.stderr.take().map(|pipe| Box::new(pipe) as _)];
    let readers: usize = pipes.iter().flatten().count();
    for pipe in pipes.into_iter().flatten() {
        let sender = sender.clone();
        thread::spawn(move || sender.send(last_bytes(pipe)));
    }
    let status = wait(&mut child, limit)?;
    // Whatever the program has left running holds the pipes open.
    kill(&mut child);
    let texts = (0..readers).filter_map(|_| receiver.recv_timeout(Duration::from_secs(5)).ok());
    Ok(Ended { status, output: texts.collect::<Vec<_>>().concat() })
}

/// Waits for the end of a program, at most for `limit`.
///
/// # Errors
/// If the system cannot say whether it runs.
pub fn wait(child: &mut Child, limit: Duration) -> io::Result<Option<ExitStatus>> {
    let begun = Instant::now();
    loop {
        match child.try_wait()? {
            None if begun.elapsed() < limit => thread::sleep(TICK),
            status => return Ok(status),
        }
    }
}

/// Returns the last [`OUTPUT_LIMIT`] bytes of what a pipe gives until its end, as text.
pub fn last_bytes(mut pipe: impl Read) -> String {
    let mut kept = Vec::new();
    let mut buffer = [0; 8192];
    while let Ok(length @ 1..) = pipe.read(&mut buffer) {
        kept.extend_from_slice(&buffer[..length]);
        let surplus = kept.len().saturating_sub(OUTPUT_LIMIT as usize);
        kept.drain(..surplus);
    }
    String::from_utf8_lossy(&kept).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, limit: Duration) -> Ended {
        let scratch = tempfile::tempdir().expect("a folder");
        let place = Place::new(Utf8Path::from_path(scratch.path()).expect("UTF-8")).expect("folders");
        let arguments = vec!["-c".to_owned(), script.to_owned()];
        let line = CommandLine { program: "/bin/sh".to_owned(), arguments, ..CommandLine::default() };
        run(&mut place.command(&line), limit).expect("the shell starts")
    }

    #[test]
    fn the_environment_and_the_folder_are_empty() {
        let ended = shell("ls -A; env", Duration::from_secs(30));
        assert!(ended.status.expect("it ends").success());
        let names: Vec<&str> = ended.output.lines().filter_map(|line| line.split('=').next()).collect();
        // What the shell itself sets.
        assert!(names.iter().all(|name| ["TMPDIR", "PWD", "OLDPWD", "SHLVL", "_"].contains(name)), "{names:?}");
    }

    #[test]
    fn what_takes_too_long_is_killed_with_all_it_has_started() {
        let begun = Instant::now();
        let ended = shell("echo begun; sleep 100 & sleep 100", Duration::from_millis(300));
        assert_eq!(ended.status, None);
        assert_eq!(ended.output, "begun\n");
        assert!(begun.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn the_end_of_a_long_output_is_kept() {
        assert_eq!(last_bytes(io::repeat(b'x').take(OUTPUT_LIMIT + 9)).len() as u64, OUTPUT_LIMIT);
    }
}
