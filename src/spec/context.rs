//! What a translation works with, and how it says what it cannot.
use serde_json::Value;

use crate::finding::Findings;
use crate::places::{Place, place};
use crate::project::{Kind as FileKind, Project};
use crate::recorded::Tape;
use crate::value::shown;

/// What is said once of paths that lead into the project on another machine.
const OTHER_MACHINE: &str = "paths of another machine";

/// A recording, and where what is not said goes.
pub(crate) struct Context<'a> {
    /// The recording.
    pub tape: &'a Tape,
    /// The project.
    pub project: &'a Project<'a>,
    /// The findings.
    pub findings: &'a mut Findings,
}

impl Context<'_> {
    /// Returns the line of a text in the spec, else `line`.
    pub(crate) fn line_of(&self, text: &str, line: Option<usize>) -> Option<usize> {
        self.tape.lines.get(text).copied().or(line)
    }

    /// Returns the project's path that a path of the spec names. Says why, if it names none that is there.
    pub(crate) fn existing(&mut self, what: &str, path: &str, line: Option<usize>) -> Option<String> {
        let line = self.line_of(path, line);
        let (shown, why) = match place(self.tape, path) {
            Place::Project(found) if self.project.files.kind(&found).is_some() => return Some(found),
            Place::Project(found) => (found, "there is no such file or folder in the project".to_owned()),
            Place::Above(found) => {
                (found, "it lies above the project's folder: move it into the project, or into a package".to_owned())
            }
            Place::Package(package, rest) => (
                format!("{package}/{rest}"),
                format!("it is a file of the package `{package}`, and a file of the project is expected"),
            ),
            Place::Machine(found) => {
                if let Some(own) = self.without_head(&found) {
                    if !self.findings.has(OTHER_MACHINE) {
                        let why = format!("they are taken for the project's: `{found}` for `{own}`");
                        self.findings.note(line, OTHER_MACHINE, why);
                    }
                    return Some(own);
                }
                (found, "it is a file of the machine: copy it into the project".to_owned())
            }
        };
        self.findings.lost(line, format!("{what}: `{shown}`"), why);
        None
    }

    /// Returns the longest end of a path of a machine that is a path of the project: specs are generated with such paths.
    fn without_head(&self, path: &str) -> Option<String> {
        const SYSTEM: [&str; 6] = ["/usr/", "/lib", "/opt/", "/etc/", "C:/Windows/", "C:/Program"];
        if SYSTEM.iter().any(|start| path.to_ascii_lowercase().starts_with(&start.to_ascii_lowercase())) {
            return None;
        }
        let ends = path.match_indices('/').map(|(at, _)| &path[at + 1..]);
        ends.filter(|end| !end.is_empty()).find(|end| self.project.files.kind(end).is_some()).map(str::to_owned)
    }

    /// Returns the project's file that a path of the spec names.
    pub(crate) fn existing_file(&mut self, what: &str, path: &str, line: Option<usize>) -> Option<String> {
        let found = self.existing(what, path, line)?;
        if self.project.files.kind(&found) == Some(FileKind::File) {
            return Some(found);
        }
        self.findings.lost(self.line_of(path, line), format!("{what}: `{found}`"), "it is no file");
        None
    }

    /// Says of a value that it is known only when code runs that is not run.
    pub(crate) fn unknown(&mut self, what: &str, value: &Value, line: Option<usize>) {
        let why = "the value is not known without running code of packages";
        self.findings.lost(line, format!("{what}: `{}`", shown(value)), why);
    }
}
