//! A parent that waits for the application, passes signals on, stops and ends as it does.
//!
//! Both are in one process group: what a terminal sends reaches the application without help. What is sent to this process
//! alone is passed on. A signal does not say which of the two it was; with this group in the terminal's foreground,
//! those that terminals send are taken to be the terminal's.
use std::fs::File;
use std::process::Child;

use rustix::process::{Pid, Resource, Rlimit, Signal, WaitOptions, WaitStatus, getpgrp, kill_process, setrlimit};
use signal_hook::consts::{
    SIGALRM, SIGCHLD, SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU, SIGUSR1, SIGUSR2, SIGWINCH,
};
use signal_hook::low_level::emulate_default_handler;

/// What a terminal sends to its foreground.
const OF_TERMINALS: [i32; 5] = [SIGINT, SIGQUIT, SIGTSTP, SIGWINCH, SIGHUP];
/// What ends a process that does not expect it.
const ENDING: [i32; 7] = [SIGINT, SIGQUIT, SIGHUP, SIGTERM, SIGALRM, SIGUSR1, SIGUSR2];
/// What else is passed on.
const OTHERS: [i32; 5] = [SIGCONT, SIGTSTP, SIGTTIN, SIGTTOU, SIGWINCH];

/// How an application ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// With an exit code.
    Exit(i32),
    /// By a signal.
    Signal(i32),
}

impl Ended {
    /// Ends this process in the same way, if it was a signal; returns the exit code.
    pub fn end(self) -> i32 {
        match self {
            Ended::Exit(code) => code,
            Ended::Signal(number) => {
                // The application has written its core, if it has to.
                let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
                end_by(number);
                128 + number
            }
        }
    }
}

/// Ends this process by a signal. Those that are not known to end one by default do it by another way: the exit code.
fn end_by(number: i32) {
    if number == Signal::KILL.as_raw() {
        let _ = kill_process(rustix::process::getpid(), Signal::KILL);
    }
    let _ = emulate_default_handler(number);
}

/// The signals that this process gets.
pub struct Signals(Option<signal_hook::iterator::Signals>);

impl Default for Signals {
    fn default() -> Signals {
        Signals::new()
    }
}

impl Signals {
    /// From now on signals are noted.
    pub fn new() -> Signals {
        Signals(signal_hook::iterator::Signals::new(ENDING.iter().chain(&OTHERS).chain(&[SIGCHLD])).ok())
    }

    /// Returns the signal that would have ended this process by now.
    pub fn ended_meanwhile(&mut self) -> Option<Ended> {
        let mut pending = self.0.as_mut()?.pending();
        pending.find(|number| ENDING.contains(number)).map(Ended::Signal)
    }

    /// Waits for a child.
    pub fn wait(&mut self, child: &Child) -> Ended {
        let pid = Pid::from_child(child);
        let Some(signals) = &mut self.0 else { return blocking(pid) };
        // It may have ended before the first signal is seen.
        if let Some(ended) = look(pid) {
            return ended;
        }
        for number in signals.forever() {
            if number == SIGCHLD {
                if let Some(ended) = look(pid) {
                    return ended;
                }
            } else if !(OF_TERMINALS.contains(&number) && is_in_foreground())
                && let Some(signal) = Signal::from_named_raw(number)
            {
                let _ = kill_process(pid, signal);
            }
        }
        blocking(pid)
    }
}

/// Looks what has become of the child. If it was stopped, this process stops, too, and goes on with it.
fn look(pid: Pid) -> Option<Ended> {
    loop {
        match rustix::process::waitpid(Some(pid), WaitOptions::NOHANG | WaitOptions::UNTRACED) {
            Ok(Some((_, status))) if status.stopped() => {
                let _ = kill_process(rustix::process::getpid(), Signal::STOP);
                let _ = kill_process(pid, Signal::CONT);
            }
            Ok(Some((_, status))) => return ended(status),
            Ok(None) => return None,
            Err(rustix::io::Errno::INTR) => {}
            Err(_) => return Some(Ended::Exit(crate::FAILED)),
        }
    }
}

fn blocking(pid: Pid) -> Ended {
    loop {
        match rustix::process::waitpid(Some(pid), WaitOptions::empty()) {
            Ok(Some((_, status))) => return ended(status).unwrap_or(Ended::Exit(crate::FAILED)),
            Ok(None) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return Ended::Exit(crate::FAILED),
        }
    }
}

fn ended(status: WaitStatus) -> Option<Ended> {
    status.exit_status().map(Ended::Exit).or_else(|| status.terminating_signal().map(Ended::Signal))
}

/// Returns whether this process group is in the foreground of a terminal.
fn is_in_foreground() -> bool {
    File::open("/dev/tty").is_ok_and(|tty| rustix::termios::tcgetpgrp(tty).is_ok_and(|group| group == getpgrp()))
}
