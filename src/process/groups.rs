//! Process groups: asked to end, killed, waited for.
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};

/// How often it is looked whether a group is gone.
const TICK: Duration = Duration::from_millis(10);
/// How long the system may take to end what was killed.
const AFTER_KILL: Duration = Duration::from_secs(2);

/// Kills a program and all that it has started in its group, and waits for it.
pub fn kill(child: &mut Child) {
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        let _ = kill_process_group(group, Signal::KILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// Asks groups to end; kills what is left of them after `patience`. Returns once all are gone.
pub(crate) fn end(groups: &[Pid], patience: Duration) {
    send(groups, Signal::TERM);
    if !are_gone(groups, patience) {
        send(groups, Signal::KILL);
        are_gone(groups, AFTER_KILL);
    }
}

fn send(groups: &[Pid], signal: Signal) {
    for group in groups {
        // One that is gone needs no signal.
        let _ = kill_process_group(*group, signal);
    }
}

/// Tells whether a process of the group runs. One that has ended stays in its group until its parent asks for its
/// status, and the first process of a container may be slow to do that; only Linux's /proc tells them apart.
pub(crate) fn is_there(group: Pid) -> bool {
    if test_kill_process_group(group).is_err() {
        return false;
    }
    let Ok(processes) = std::fs::read_dir("/proc") else { return true };
    let stats = processes.flatten().filter_map(|process| std::fs::read_to_string(process.path().join("stat")).ok());
    let mut known = stats.filter_map(|stat| state_and_group(&stat)).peekable();
    known.peek().is_none() || known.any(|(state, of)| of == group.as_raw_nonzero().get() && !matches!(state, 'Z' | 'X'))
}

/// Reads the third and the fifth field of `/proc/PID/stat` (proc(5)); the second, a name in `()`, may hold anything.
fn state_and_group(stat: &str) -> Option<(char, i32)> {
    let mut fields = stat.rsplit_once(") ")?.1.split(' ');
    Some((fields.next()?.chars().next()?, fields.nth(1)?.parse().ok()?))
}

/// Waits until no group has a process, at most for `limit`.
fn are_gone(groups: &[Pid], limit: Duration) -> bool {
    let begun = Instant::now();
    loop {
        if !groups.iter().any(|group| is_there(*group)) {
            return true;
        }
        if begun.elapsed() >= limit {
            return false;
        }
        thread::sleep(TICK);
    }
}
