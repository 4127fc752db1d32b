//! Programs that this one runs: each in a process group of its own, so it can be ended with all that it has started,
//! and none outlives this one.
//!
//! [`start`] and [`run`] start a program and remember its group while it runs; [`end`] ends all of them. If this
//! process is killed so that it cannot do that, a second one does ([`watch`]).
mod groups;
mod watch;

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Output};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use duct::{Expression, ReaderHandle};
use rustix::process::Pid;

pub use groups::kill;
pub use watch::{WATCH, allow_watch, watch};

/// How long a program may take to end when it is asked to, before it is killed. Nix deletes what its builders have
/// left in that time.
pub const PATIENCE: Duration = Duration::from_secs(3);

#[derive(Default)]
struct State {
    running: Vec<Pid>,
    is_ending: bool,
    watcher: Option<watch::Watcher>,
}

static STATE: Mutex<State> = Mutex::new(State { running: Vec::new(), is_ending: false, watcher: None });

fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A program that runs, as long as this value lives.
#[derive(Debug)]
pub struct Running {
    group: Pid,
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut state = state();
        state.running.retain(|group| *group != self.group);
        if let Some(watcher) = &mut state.watcher {
            watcher.tell(watch::ENDED, self.group);
        }
    }
}

/// Starts a program in a group of its own. Drop the second value once the program has ended.
///
/// # Errors
/// If it cannot be started, or [`end`] was called.
pub fn start(command: &mut Command) -> io::Result<(Child, Running)> {
    command.process_group(0);
    remembered(|| command.spawn(), |child| vec![child.id()])
}

/// Runs a program to its end, as `Expression::run`.
///
/// # Errors
/// As of `Expression::run`; also if [`end`] was called.
pub fn run(expression: &Expression) -> io::Result<Output> {
    let (handle, _running) = remembered(|| in_group(expression).start(), duct::Handle::pids)?;
    handle.into_output()
}

/// Runs a program to its end and returns what it wrote to stdout, as `Expression::read`.
///
/// # Errors
/// As of `Expression::read`; also if [`end`] was called.
pub fn read(expression: &Expression) -> io::Result<String> {
    let output = run(&expression.stdout_capture())?;
    let text = String::from_utf8(output.stdout).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// Starts a program whose output is read, as `Expression::reader`.
///
/// # Errors
/// As of `Expression::reader`; also if [`end`] was called.
pub fn reader(expression: &Expression) -> io::Result<(ReaderHandle, Running)> {
    remembered(|| in_group(expression).reader(), ReaderHandle::pids)
}

/// Ends what runs and puts a program in the place of this process: the caller's terminal, signals and exit code are the
/// program's. Returns only if it cannot be started, and why.
pub fn replace(command: &mut Command) -> io::Error {
    end(PATIENCE);
    command.exec()
}

fn in_group(expression: &Expression) -> Expression {
    expression.before_spawn(|command| {
        command.process_group(0);
        Ok(())
    })
}

/// While it starts, [`end`] waits: no program can start unseen. The first id is the group's.
fn remembered<T>(start: impl FnOnce() -> io::Result<T>, ids: impl Fn(&T) -> Vec<u32>) -> io::Result<(T, Running)> {
    let mut state = state();
    if state.is_ending {
        return Err(io::Error::new(io::ErrorKind::Interrupted, "this command is ending"));
    }
    if state.watcher.is_none() {
        state.watcher = watch::Watcher::start();
    }
    let started = start()?;
    let id = ids(&started).first().and_then(|id| Pid::from_raw(i32::try_from(*id).ok()?));
    let group = id.ok_or_else(|| io::Error::other("a program has no process id"))?;
    state.running.push(group);
    if let Some(watcher) = &mut state.watcher {
        watcher.tell(watch::STARTED, group);
    }
    Ok((started, Running { group }))
}

/// Ends every program that runs, with all that it has started, and lets no other one start. What does not end in
/// `patience` is killed. Returns whether there was any.
pub fn end(patience: Duration) -> bool {
    let (running, watcher) = {
        let mut state = state();
        state.is_ending = true;
        (state.running.clone(), state.watcher.take())
    };
    groups::end(&running, patience);
    if let Some(watcher) = watcher {
        watcher.finish(&running);
    }
    !running.is_empty()
}

#[cfg(test)]
mod tests;
