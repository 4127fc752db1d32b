//! Signals that end the command: they end its programs too, and what those have started, before it exits.
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use permafreeze_process::{PATIENCE, end};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;

/// How long the command may take, once its programs have ended, to delete its temporary files.
const TIDYING: Duration = Duration::from_secs(1);
/// How often it is looked whether it has.
const TICK: Duration = Duration::from_millis(5);

static CAUGHT: AtomicBool = AtomicBool::new(false);
static TIDY: AtomicBool = AtomicBool::new(false);

/// Begins to listen. The first signal ends the programs and then this one, with 128 and the signal's number as exit
/// code; the second ends it at once.
pub fn listen() {
    let wanted = [SIGHUP, SIGINT, SIGQUIT, SIGTERM].into_iter().filter(|signal| !is_ignored(*signal));
    // Where the system lets no one listen, a signal does what it does without.
    let Ok(mut signals) = Signals::new(wanted) else { return };
    thread::spawn(move || {
        for signal in signals.forever() {
            if CAUGHT.swap(true, Ordering::SeqCst) {
                end(Duration::ZERO);
                std::process::exit(128 + signal);
            }
            thread::spawn(move || leave(signal));
        }
    });
}

/// Tells whether a signal has come: what the command has begun is not finished then.
pub fn is_caught() -> bool {
    CAUGHT.load(Ordering::SeqCst)
}

/// Is called when the command has done what it does: returns, unless a signal has ended its programs. What the command
/// says of their end is of no use then.
pub fn done() {
    TIDY.store(true, Ordering::SeqCst);
    if is_caught() {
        loop {
            thread::park();
        }
    }
    end(PATIENCE);
}

fn leave(signal: i32) {
    if end(PATIENCE) {
        let mut left = TIDYING;
        while !TIDY.load(Ordering::SeqCst) && !left.is_zero() {
            thread::sleep(TICK);
            left = left.saturating_sub(TICK);
        }
    }
    std::process::exit(128 + signal);
}

/// Tells whether the caller wants the signal ignored, as nohup(1) does and a shell in scripts for `command &`. Only Linux
/// says it (proc(5)).
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    mask & (1 << (signal - 1)) != 0
}
