//! Prints: results to stdout, everything else to stderr. The one place that does, so that no text of others commands
//! the terminal, and a reader that has seen enough (`| head`) is no failure.
use std::io::{ErrorKind, Write, stderr, stdout};

use permafreeze_terminal::{lines, message};
use serde::Serialize;

use crate::failure::{Failure, Kind, Outcome};

/// Prints a result for people, of whole lines.
///
/// # Errors
/// Kind `Outside` if stdout cannot be written to.
pub fn text(text: &str) -> Outcome {
    verbatim(&lines(text))
}

/// Prints a result for programs: one JSON value.
///
/// # Errors
/// As [`text`]; kind `Bug` if the value is not one of JSON.
pub fn json(value: &impl Serialize) -> Outcome {
    let text = serde_json::to_string_pretty(value).map_err(|error| Failure::new(Kind::Bug, error))?;
    verbatim(&format!("{text}\n"))
}

/// Prints the contents of a file as they are.
///
/// # Errors
/// As [`text`].
pub fn verbatim(text: &str) -> Outcome {
    let mut stdout = stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::new(Kind::Outside, format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Tells something on stderr. Where that cannot be written to, there is nobody to tell.
pub fn note(text: &str) {
    let _ = stderr().lock().write_all(format!("{}\n", message(text)).as_bytes());
}

/// Warns on stderr.
pub fn warning(text: &str) {
    note(&format!("warning: {text}"));
}

/// Says what fixes what was just said, on stderr.
pub fn hint(text: &str) {
    note(&format!("hint: {text}"));
}

/// Says on stderr why a command failed.
pub fn failure(failure: &Failure) {
    let _ = stderr().lock().write_all(failure.render().as_bytes());
}
