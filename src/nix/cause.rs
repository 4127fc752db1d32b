//! Decides the cause of a failed call: the one place that reads words of Nix's error messages.
use std::process::ExitStatus;

use crate::call::{Call, Finished, Program};
use crate::error::{Ended, Error};
use crate::events::Message;

/// What Nix says, from 2.8 to 2.34, when the daemon cannot be reached.
const NO_DAEMON: &[&str] =
    &["to socket at", "connect to daemon", "open connection to remote store", "daemon disconnected"];
/// What Nix, SQLite and the system say when the store cannot be written to.
const NOT_WRITABLE: &[&str] = &["Read-only file system", "readonly database", "remounting"];
/// What Nix, SQLite and the system say when there is no space left.
const DISK_FULL: &[&str] = &["No space left on device", "disk is full", "Disk quota exceeded"];
/// What Nix says of a path that a store does not have.
const NOT_VALID: &str = "is not valid";
/// What Nix, from 2.8 to 2.34, says of a pipe, a socket or a device in a folder that it copies, after its path in quotes.
const SPECIAL_FILE: &str = "has an unsupported type";
/// How permafreeze's own Nix code begins its messages.
const OWN: &str = "permafreeze: ";
/// Lines that are shown of what is no event.
const PLAIN_LINES: usize = 20;

/// Turns a program that did not start into an error.
pub(crate) fn of_start(program: Program, source: std::io::Error) -> Error {
    match source.kind() {
        std::io::ErrorKind::NotFound => Error::Missing { program: program.name() },
        _ => Error::NotStarted { program: program.name(), source },
    }
}

/// Turns a call that ended badly into an error.
pub(crate) fn of_call(call: &Call, finished: &Finished) -> Error {
    let failed = Ended { command: call.shown(), how: ended(finished.status) };
    let said = said(finished);
    // What a builder wrote may have the same words.
    let of_build = |error: &&Message| finished.log.builds.names_build(&error.text);
    let mut own: Vec<&str> =
        finished.log.errors.iter().filter(|e| !of_build(e)).map(|error| error.text.as_str()).collect();
    if finished.log.errors.is_empty() {
        own.extend(finished.log.plain.iter().map(String::as_str));
    }
    let any = |words: &[&str]| own.iter().any(|text| words.iter().any(|word| text.contains(word)));
    if any(NO_DAEMON) {
        return Error::NoDaemon { failed, said };
    }
    if any(DISK_FULL) {
        return Error::DiskFull { failed, said };
    }
    // Permission may also lack for a file of the user's.
    if any(NOT_WRITABLE) || own.iter().any(|text| text.contains("Permission denied") && text.contains("/nix/")) {
        return Error::NotWritable { failed, said };
    }
    let failures = finished.log.builds.failures(&finished.log.errors);
    if !failures.is_empty() {
        return Error::Builder { failures };
    }
    if let Some(path) = own.iter().find_map(|text| special_file(text)) {
        return Error::SpecialFile { path: path.to_owned() };
    }
    if call.evaluates() && !finished.log.errors.is_empty() {
        return Error::Evaluation { said: evaluation(finished) };
    }
    Error::Failed { failed, said }
}

/// Returns the path of the special file that an error tells of.
fn special_file(text: &str) -> Option<&str> {
    let (before, _) = text.split_once(SPECIAL_FILE)?;
    let quoted = before.trim_end().strip_suffix(['\'', '"'])?;
    quoted.rfind(['\'', '"']).map(|at| &quoted[at + 1..])
}

/// Tells whether a call failed because the store does not have the path.
pub(crate) fn is_not_valid(finished: &Finished) -> bool {
    finished.log.errors.iter().any(|error| error.text.contains(NOT_VALID))
}

/// Returns what Nix said of the fault: its errors, else what is no event.
pub(crate) fn said(finished: &Finished) -> String {
    let errors: Vec<&str> = finished.log.errors.iter().map(|error| error.text.as_str()).collect();
    if !errors.is_empty() {
        return errors.join("\n");
    }
    let plain = &finished.log.plain[finished.log.plain.len().saturating_sub(PLAIN_LINES)..];
    let plain = plain.join("\n").trim().to_owned();
    if plain.is_empty() { "it said nothing".to_owned() } else { plain }
}

/// Returns our own words where the error has some: the trace to them is of no use. Else what a user of Nix sees.
fn evaluation(finished: &Finished) -> String {
    let own = |text: &str| text.lines().find_map(|line| line.find(OWN).map(|at| line[at..].to_owned()));
    let owns: Vec<String> = finished.log.errors.iter().filter_map(|error| own(&error.text)).collect();
    if !owns.is_empty() {
        return owns.join("\n");
    }
    let shown: Vec<&str> = finished.log.errors.iter().map(|error| error.shown.as_str()).collect();
    format!("Nix cannot evaluate the flake:\n{}", shown.join("\n"))
}

fn ended(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return format!("signal {signal}");
    }
    status.code().map_or_else(|| status.to_string(), |code| format!("exit {code}"))
}
