//! Everything that can be wrong with a project, and what mends it.
use std::fmt;
use std::io;

use permafreeze_executable::pyinstaller::PyInstaller;
use permafreeze_packaging::constraint::InvalidConstraint;
use permafreeze_packaging::lexer::ParseError;
use permafreeze_packaging::requirement::InvalidRequirement;
use permafreeze_plan::lock_format::{Format, relock};

pub use self::packages::{NoBuild, NoWheel, UnknownBuilds, UnknownTrees, ways_out};
use self::several::listed;
use crate::git::NoArchive;
use permafreeze_base::snippet::{Snippet, of_line};

mod packages;
mod several;

/// Why no plan could be made. `file` is always the path as it is shown to people.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file that must be there is not.
    #[error("`{file}` does not exist")]
    Missing {
        /// The file.
        file: String,
        /// What mends it.
        hint: String,
    },
    /// A file cannot be read.
    #[error("cannot read `{file}`")]
    Unreadable {
        /// The file.
        file: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file is not TOML, or a value in it has another type than it must.
    #[error("`{file}`: line {}, column {}: {problem}\n{}", place.line, place.column, place.shown)]
    Malformed {
        /// The file.
        file: String,
        /// Where.
        place: Snippet,
        /// What is wrong there.
        problem: String,
        /// What fixes it.
        hint: Option<String>,
    },
    /// The marker of a locked package cannot be read.
    #[error("`{file}`: cannot read the marker of `{package}`: {}\n{}", error.problem(), of_line(&error.text, error.position))]
    Marker {
        /// The lock file.
        file: String,
        /// The package and its version.
        package: String,
        /// What is wrong, and where.
        error: ParseError,
    },
    /// A value is wrong.
    #[error("{place}: `{key}` is {found}: {problem}")]
    Value {
        /// Where.
        place: Box<Place>,
        /// The dotted key.
        key: String,
        /// What it is, quoted.
        found: String,
        /// What is wrong with it.
        problem: String,
        /// What mends it.
        hint: Option<String>,
    },
    /// A key of `[tool.permafreeze]` or of a table in it is not known.
    #[error("`{file}`: unknown option `{key}` in `[{table}]`: expected one of {known}")]
    UnknownOption {
        /// The file.
        file: String,
        /// The table.
        table: String,
        /// The key.
        key: String,
        /// Every key there is.
        known: String,
        /// The one that was meant, if one is near.
        nearest: Option<String>,
    },
    /// What is said to be run, or of an executable, is wrong.
    #[error("{place}: {problem}")]
    Entry {
        /// Where it is said, and the value.
        place: String,
        /// What is wrong with it.
        problem: String,
        /// What fixes it.
        hint: Option<String>,
    },
    /// There is nothing, or too much, to run.
    #[error("`{file}` {problem}")]
    NoEntry {
        /// The file.
        file: String,
        /// What was found.
        problem: String,
        /// What to write.
        hint: String,
    },
    /// The lock file is of a version that is not known.
    #[error("`{file}` has {found}: permafreeze reads {known}")]
    UnknownLockVersion {
        /// The file.
        file: String,
        /// The version that it has.
        found: String,
        /// The versions that are read.
        known: &'static str,
    },
    /// The lock file was made from another pyproject.toml.
    #[error("`{lock}` does not match `{pyproject}`: {problem}")]
    StaleLock {
        /// The lock file.
        lock: String,
        /// The pyproject.toml.
        pyproject: String,
        /// What shows it.
        problem: String,
    },
    /// A locked package has no wheel for a target.
    #[error(transparent)]
    NoWheel(Box<NoWheel>),
    /// It is not known what builds source distributions: they must be read, and an index asked.
    #[error(transparent)]
    Sdists(Box<UnknownBuilds>),
    /// The archives of git trees are not known: they must be made.
    #[error(transparent)]
    Trees(Box<UnknownTrees>),
    /// There is no archive of a git tree.
    #[error("`{file}`: `{package}` comes from a git repository: {}", reason.problem)]
    NoTree {
        /// The lock file.
        file: String,
        /// The package and its version.
        package: String,
        /// Why.
        reason: NoArchive,
    },
    /// A package has neither a wheel nor can one be built.
    #[error(transparent)]
    NoBuild(Box<NoBuild>),
    /// Several things are in the way at once.
    #[error("{} things are in the way:{}", .0.len(), listed(.0))]
    Several(Vec<Error>),
    /// A locked package comes from where permafreeze does not take one.
    #[error("`{file}`: `{package}` comes from {source_text}: not supported yet")]
    UnsupportedSource {
        /// The lock file.
        file: String,
        /// The package and its version.
        package: String,
        /// Where it comes from.
        source_text: String,
        /// What mends it.
        hint: String,
    },
    /// The locked PyInstaller is none that executables are linked with.
    #[error(
        "`{file}` locks PyInstaller {version}: permafreeze links with PyInstaller {} to {}",
        PyInstaller::OLDEST,
        PyInstaller::NEWEST
    )]
    UnknownPyInstaller {
        /// The lock file.
        file: String,
        /// The version.
        version: String,
    },
    /// A package is required that is not locked.
    #[error("`{file}`: no locked version of `{package}` meets `{constraint}`, which `{wanted_by}` requires")]
    NotLocked {
        /// The lock file.
        file: String,
        /// The package.
        package: String,
        /// What is required of it.
        constraint: String,
        /// Who requires it.
        wanted_by: String,
    },
    /// A package of the project is not where it must be.
    #[error("`{file}`: {problem}")]
    Layout {
        /// The pyproject.toml.
        file: String,
        /// What is missing.
        problem: String,
        /// What mends it.
        hint: String,
    },
}

/// A line of a file.
#[derive(Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: String,
    /// The line, from 1, if the file says itself what is wrong.
    pub line: Option<usize>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "`{}`: line {line}", self.file),
            None => write!(f, "`{}`", self.file),
        }
    }
}

impl Error {
    /// Returns what mends it.
    pub fn hint(&self) -> Option<String> {
        let own = if let Error::NoBuild(no_build) = self { no_build.hint.clone() } else { None };
        match (own, self.shared_hint()) {
            (Some(own), Some(shared)) => Some(format!("{own}; or {shared}")),
            (own, shared) => own.or(shared),
        }
    }

    /// Tells whether it stays when it is known what source distributions and git trees are built with.
    pub(crate) fn is_final(&self) -> bool {
        match self {
            Error::Sdists(unknown) => !unknown.problems.is_empty(),
            Error::Trees(unknown) => !unknown.problems.is_empty(),
            _ => true,
        }
    }

    /// Returns what mends it, without the part that is true of this one package alone.
    fn shared_hint(&self) -> Option<String> {
        match self {
            Error::Missing { hint, .. }
            | Error::NoEntry { hint, .. }
            | Error::UnsupportedSource { hint, .. }
            | Error::Layout { hint, .. } => Some(hint.clone()),
            Error::NoWheel(no_wheel) => Some(no_wheel.hint.clone()),
            Error::Value { hint, .. } => hint.clone(),
            Error::UnknownOption { nearest, .. } => {
                nearest.as_ref().map(|nearest| format!("did you mean `{nearest}`?"))
            }
            Error::UnknownLockVersion { file, .. } => Some(Format::of(file).unwrap_or(Format::Poetry).other_format()),
            Error::StaleLock { lock: file, .. } | Error::NotLocked { file, .. } => {
                Some(format!("{}, then `permafreeze lock`", relock(file)))
            }
            Error::Malformed { file, .. } | Error::Marker { file, .. } if Format::of(file).is_some() => {
                Format::of(file).map(Format::rewrite)
            }
            Error::Malformed { hint, .. } | Error::Entry { hint, .. } => hint.clone(),
            Error::UnknownPyInstaller { file, .. } => Some(format!(
                "require one of these versions (`pyinstaller = \"~{}\"`), or remove `pyinstaller` from the project: \
                 permafreeze then links with its own; then {} and `permafreeze lock`",
                PyInstaller::NEWEST,
                relock(file)
            )),
            Error::Sdists(_) => Some(
                "run `permafreeze lock --sdists`, which asks the index once, and commit `permafreeze.lock`".to_owned(),
            ),
            Error::Trees(_) => Some(
                "run `permafreeze lock`, which gets these commits once through `git`, and commit `permafreeze.lock`"
                    .to_owned(),
            ),
            Error::NoTree { reason, .. } => reason.hint.clone(),
            Error::NoBuild(no_build) => Some(ways_out(&no_build.file, &no_build.package, &no_build.version)),
            Error::Unreadable { .. } | Error::Marker { .. } | Error::Several(_) => None,
        }
    }
}

/// A requirement or constraint that cannot be read; the caller adds the file and the key.
#[derive(Debug, thiserror::Error)]
pub enum InvalidText {
    /// A requirement or marker.
    #[error(transparent)]
    Requirement(#[from] InvalidRequirement),
    /// A version constraint.
    #[error(transparent)]
    Constraint(#[from] InvalidConstraint),
    /// A marker.
    #[error(transparent)]
    Marker(#[from] ParseError),
}

impl InvalidText {
    /// Returns what is wrong, without the text itself where the text is all that was given.
    pub fn problem(&self) -> String {
        match self {
            InvalidText::Requirement(InvalidRequirement::Syntax(error)) | InvalidText::Marker(error) => error.problem(),
            other => other.to_string(),
        }
    }
}
