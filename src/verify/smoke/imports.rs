//! Imports every module inside the executable.
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use camino::Utf8Path;
use permafreeze_process::{Running, kill, start};

use super::error::Error;
use super::process::{Place, last_bytes};
use super::reason::plain;
use super::settings::Settings;

/// What a module's name begins with for the probe to load it only.
const LOAD_ONLY: char = '!';
/// What modules are called that are programs: importing one runs it.
const PROGRAM: &str = "__main__";

/// What became of each module: nothing, or the reason why it cannot be imported.
pub type Outcomes = BTreeMap<String, Option<String>>;

/// A program that runs `probe.py`.
#[derive(Debug, Clone)]
pub struct Program<'a> {
    /// Where it is.
    pub path: &'a Utf8Path,
    /// Its arguments.
    pub arguments: Vec<String>,
}

/// Imports `modules` in `probe`. Each top-level package has a process of its
/// own, and what ends or hangs a process fails its own module alone.
///
/// # Errors
/// [`Error::DoesNotStart`] if the executable itself does not run, [`Error::Machine`] if it cannot be started at all.
pub fn import_all(
    probe: &Program<'_>,
    modules: &BTreeSet<String>,
    settings: &Settings,
    on_module: &(dyn Fn(&str) + Sync),
) -> Result<Outcomes, Error> {
    let groups = Mutex::new(groups(modules));
    let outcomes = Mutex::new(Outcomes::new());
    let worker = || -> Result<(), Error> {
        let place = Place::new(settings.scratch).map_err(Error::machine)?;
        let mut session = None;
        while let Some(group) = take(&groups) {
            let mut left: VecDeque<String> = group.into();
            while !left.is_empty() {
                let mut running = match session.take() {
                    Some(running) => running,
                    None => Session::start(probe, &place, settings)?,
                };
                let found = running.import(&mut left, on_module)?;
                outcomes.lock().unwrap_or_else(PoisonError::into_inner).extend(found);
                session = running.usable.then_some(running);
            }
        }
        Ok(())
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..settings.jobs.max(1)).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().try_for_each(|worker| worker.join().unwrap_or(Err(Error::Worker)))
    })?;
    Ok(outcomes.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// One group per top-level package, as the probe wants the names.
fn groups(modules: &BTreeSet<String>) -> VecDeque<Vec<String>> {
    let mut groups: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for name in modules {
        let top = name.split('.').next().unwrap_or_default();
        let is_program = name.rsplit('.').next() == Some(PROGRAM);
        groups.entry(top).or_default().push(if is_program { format!("{LOAD_ONLY}{name}") } else { name.clone() });
    }
    groups.into_values().collect()
}

fn take(groups: &Mutex<VecDeque<Vec<String>>>) -> Option<Vec<String>> {
    groups.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
}

/// A running probe.
struct Session {
    child: Child,
    _running: Running,
    input: ChildStdin,
    lines: Receiver<String>,
    said: Receiver<String>,
    limit: Duration,
    usable: bool,
}

impl Session {
    fn start(probe: &Program<'_>, place: &Place, settings: &Settings) -> Result<Session, Error> {
        let mut command = place.command(&settings.runner.command(probe.path, &probe.arguments));
        let (mut child, running) = start(command.stdin(Stdio::piped())).map_err(Error::machine)?;
        let (Some(input), Some(output), Some(errors)) = (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(Error::Worker);
        };
        let (line_sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if line_sender.send(line).is_err() {
                    return;
                }
            }
        });
        let (text_sender, said) = mpsc::channel();
        thread::spawn(move || text_sender.send(last_bytes(errors)));
        let limit = settings.limit * settings.runner.slowness;
        Ok(Session { child, _running: running, input, lines, said, limit, usable: true })
    }

    /// Imports the modules of one group; takes from `left` each of which the outcome is known. The session is not
    /// usable any more if it ended or was killed before the last.
    fn import(&mut self, left: &mut VecDeque<String>, on_module: &(dyn Fn(&str) + Sync)) -> Result<Outcomes, Error> {
        let line = left.iter().map(String::as_str).collect::<Vec<_>>().join("\t") + "\n";
        let sent = self.input.write_all(line.as_bytes()).and_then(|()| self.input.flush());
        let mut outcomes = Outcomes::new();
        let mut current: Option<String> = None;
        let mut settle = |name: Option<String>, reason: &str, left: &mut VecDeque<String>| {
            if let Some(name) = name {
                left.retain(|other| *other != name);
                let reason = (!reason.is_empty()).then(|| plain(reason));
                outcomes.insert(name.trim_start_matches(LOAD_ONLY).to_owned(), reason);
            }
        };
        while sent.is_ok() {
            let ended = match self.lines.recv_timeout(self.limit) {
                Ok(line) => {
                    if line == "next" {
                        // Names that the probe did not answer for would be asked again and again.
                        left.clear();
                        return Ok(outcomes);
                    } else if let Some(name) = line.strip_prefix("start ") {
                        on_module(name.trim_start_matches(LOAD_ONLY));
                        current = Some(name.to_owned());
                    } else if let Some((name, reason)) = line.strip_prefix("end ").and_then(|l| l.split_once('\t')) {
                        settle(Some(name.to_owned()), reason, left);
                        current = None;
                    } else if let Some(reason) = line.strip_prefix("dead ") {
                        settle(current.take().or_else(|| left.front().cloned()), reason, left);
                    }
                    continue;
                }
                Err(RecvTimeoutError::Timeout) => "takes too long",
                Err(RecvTimeoutError::Disconnected) => "ended the process",
            };
            self.end();
            if current.is_none() {
                break;
            }
            settle(current, ended, left);
            return Ok(outcomes);
        }
        if outcomes.is_empty() { Err(self.not_started()) } else { Ok(outcomes) }
    }

    fn end(&mut self) {
        self.usable = false;
        kill(&mut self.child);
    }

    fn not_started(&mut self) -> Error {
        self.end();
        let output = self.said.recv_timeout(Duration::from_secs(5)).unwrap_or_default();
        Error::DoesNotStart { output: output.trim().to_owned() }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        kill(&mut self.child);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_a_top_level_package_and_programs_are_only_loaded() {
        let names = ["b", "a.c", "a", "a.__main__", "a.c.d"].map(str::to_owned);
        let groups = groups(&names.into_iter().collect());
        assert_eq!(groups, [vec!["a", "!a.__main__", "a.c", "a.c.d"], vec!["b"]]);
    }
}
