//! Reads a plan from its text.
use serde::Deserialize;

use crate::plan::{Plan, VERSION};

/// A text that is no plan.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The text is not JSON, or has not the plan's form.
    #[error("`{file}` is not a plan: line {line}, column {column}")]
    Malformed {
        /// The file.
        file: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong there.
        #[source]
        source: serde_json::Error,
    },
    /// The plan is of a version that this program does not know.
    #[error("`{file}` is a plan of version `{found}`, this permafreeze reads version `{VERSION}`")]
    UnknownVersion {
        /// The file.
        file: String,
        /// Its version.
        found: u64,
    },
}

impl ReadError {
    /// Returns what mends it.
    pub fn hint(&self) -> String {
        "run `permafreeze lock` to write it anew".to_owned()
    }
}

#[derive(Deserialize)]
struct Versioned {
    version: u64,
}

/// Reads the plan in `text`, the contents of `file`.
///
/// # Errors
/// If it is not a plan of the version that this program knows.
pub fn read(file: &str, text: &str) -> Result<Plan, ReadError> {
    let malformed = |source: serde_json::Error| ReadError::Malformed {
        file: file.to_owned(),
        line: source.line(),
        column: source.column(),
        source,
    };
    // The version first: a plan of another version has other fields, and that would be the wrong complaint.
    let Versioned { version } = serde_json::from_str(text).map_err(malformed)?;
    if version != u64::from(VERSION) {
        return Err(ReadError::UnknownVersion { file: file.to_owned(), found: version });
    }
    serde_json::from_str(text).map_err(malformed)
}
