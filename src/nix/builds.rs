//! Which builds of a call began, what their builders wrote, and which failed.
use std::collections::{BTreeMap, VecDeque};

use crate::events::{Activity, Event, Message};
use crate::text::{name_of, quoted_paths};

/// Lines of a builder's log that are kept.
const LINES_KEPT: usize = 500;
/// Lines of a log without an error line that are shown.
const TAIL: usize = 10;
/// Lines before the error that are shown when the error speaks of them.
const LINES_BEFORE: usize = 20;

/// How far a call is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<'a> {
    /// So many builds are there to do, as far as Nix knows by now.
    Expected(u64),
    /// A build begins; the derivation's name, without hash.
    Build(&'a str),
}

/// A build that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildFailure {
    /// The derivation's path.
    pub derivation: String,
    /// What the builder said of it, or Nix, if the builder said nothing: the error, and the hints that follow it.
    pub log: String,
    /// The last lines before the error, if the error speaks of them.
    pub before: Vec<String>,
}

impl BuildFailure {
    /// Returns the derivation's name, without hash.
    pub fn name(&self) -> &str {
        name_of(&self.derivation)
    }
}

/// What became of a derivation that was rebuilt and is not the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CheckOutcome {
    /// It gave other bytes.
    Differs {
        /// The output path.
        output: String,
        /// Where the other bytes are, if they were kept.
        check: Option<String>,
    },
    /// It could not be rebuilt.
    Fails,
}

/// The builds of one call: hears every event.
#[derive(Debug, Default)]
pub(crate) struct Builds {
    /// The derivation of each build, by the number of its activity.
    activities: BTreeMap<u64, String>,
    /// The last lines of each log, by derivation.
    logs: BTreeMap<String, VecDeque<String>>,
    /// The activity that counts builds.
    counter: Option<u64>,
}

impl Builds {
    /// Takes an event; returns the step that it is for a user, if it is one.
    pub(crate) fn hear<'e>(&mut self, event: &'e Event) -> Option<Step<'e>> {
        match event {
            Event::Start { id, activity: Activity::Build { derivation } } => {
                self.activities.insert(*id, derivation.clone());
                self.logs.entry(derivation.clone()).or_default();
                Some(Step::Build(name_of(derivation)))
            }
            Event::Start { id, activity: Activity::Builds } => {
                self.counter = Some(*id);
                None
            }
            Event::Progress { id, expected, .. } if self.counter == Some(*id) => Some(Step::Expected(*expected)),
            Event::LogLine { id, line } => {
                self.log(*id, line);
                None
            }
            _ => None,
        }
    }

    /// Returns the lines of all builders.
    pub(crate) fn lines(&self) -> impl Iterator<Item = &str> {
        self.logs.values().flatten().map(String::as_str)
    }

    fn log(&mut self, id: u64, line: &str) {
        let Some(log) = self.activities.get(&id).and_then(|derivation| self.logs.get_mut(derivation)) else { return };
        if log.len() == LINES_KEPT {
            log.pop_front();
        }
        log.push_back(line.to_owned());
    }

    /// Returns the builds that failed, in the order of `errors`: those that began and that an error names. (An error
    /// also names what was not built because of them.)
    pub(crate) fn failures(&self, errors: &[Message]) -> Vec<BuildFailure> {
        let mut failures: Vec<BuildFailure> = Vec::new();
        for error in errors {
            let Some((derivation, log)) = self.named(&error.text) else { continue };
            if failures.iter().all(|failure| failure.derivation != derivation) {
                let lines: Vec<&str> = log.iter().map(String::as_str).collect();
                let (log, before) = if lines.iter().all(|line| line.trim().is_empty()) {
                    (error.text.clone(), Vec::new())
                } else {
                    relevant(&lines)
                };
                failures.push(BuildFailure { derivation: derivation.to_owned(), log, before });
            }
        }
        failures
    }

    /// Returns what became of builds that were compared with the store, by derivation, where they are not the same.
    pub(crate) fn differing(&self, errors: &[Message]) -> BTreeMap<String, CheckOutcome> {
        let mut found = BTreeMap::new();
        for error in errors {
            let Some((derivation, _)) = self.named(&error.text) else { continue };
            // Nix has no event for it.
            let outcome = if error.text.contains("may not be deterministic") {
                let mut paths = quoted_paths(&error.text).skip(1).map(str::to_owned);
                CheckOutcome::Differs { output: paths.next().unwrap_or_default(), check: paths.next() }
            } else {
                CheckOutcome::Fails
            };
            found.entry(derivation.to_owned()).or_insert(outcome);
        }
        found
    }

    /// Tells whether a text names a build that began.
    pub(crate) fn names_build(&self, text: &str) -> bool {
        self.named(text).is_some()
    }

    /// Finds the build that a text names first.
    fn named(&self, text: &str) -> Option<(&str, &VecDeque<String>)> {
        let (derivation, log) = quoted_paths(text).find_map(|path| self.logs.get_key_value(path))?;
        Some((derivation, log))
    }
}

/// Returns of a builder's log its error and what follows it; and the last lines before it, if the error speaks of them.
fn relevant(lines: &[&str]) -> (String, Vec<String>) {
    if let Some(missing) = lines.iter().find_map(|line| not_in_store(line)) {
        return (missing.to_owned(), Vec::new());
    }
    let Some(at) = lines.iter().position(|line| line.starts_with("error: ")) else {
        return (lines[lines.len().saturating_sub(TAIL)..].join("\n"), Vec::new());
    };
    let error = lines[at..].join("\n").trim_start_matches("error: ").to_owned();
    let begin = if lines[at].contains("above") { at.saturating_sub(LINES_BEFORE) } else { at };
    (error, lines[begin..at].iter().map(|line| (*line).to_owned()).collect())
}

/// Returns what `nix/fetch.nix` says of a tool that is not in the store: a download of it is all that Nix can try, so
/// the message stands in place of a URL.
fn not_in_store(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once("'file:///")?;
    rest.split_once('\'').map(|(message, _)| message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_cut_to_its_error() {
        assert_eq!(relevant(&["warning: a", "error: no entry script", "hint: b"]).0, "no entry script\nhint: b");
        assert_eq!(relevant(&["boom"]), ("boom".to_owned(), Vec::new()));
        let many: Vec<String> = (0..30).map(|number| number.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(relevant(&many).0, "20\n21\n22\n23\n24\n25\n26\n27\n28\n29");
    }

    #[test]
    fn an_error_that_speaks_of_lines_above_shows_them() {
        let log = ["far", "Traceback", "ValueError: x", "error: it ended early: see above", "hint: b"];
        let (error, before) = relevant(&log);
        assert_eq!(error, "it ended early: see above\nhint: b");
        assert_eq!(before, ["far", "Traceback", "ValueError: x"]);
        let long: Vec<String> =
            (0..50).map(|number| format!("line {number}")).chain(["error: see above".to_owned()]).collect();
        let long: Vec<&str> = long.iter().map(String::as_str).collect();
        let (_, before) = relevant(&long);
        assert_eq!((before[0].as_str(), before[before.len() - 1].as_str()), ("line 30", "line 49"));
    }

    #[test]
    fn a_tool_that_is_not_in_the_store_is_told_in_our_words() {
        let line =
            "error: unable to download 'file:///x is not in the Nix store: run `permafreeze toolchain build`': bad";
        assert_eq!(relevant(&[line]).0, "x is not in the Nix store: run `permafreeze toolchain build`");
    }
}
