//! Reads a plan, or what is expected of its executables, from its text.
use std::fmt;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::expected::{self, Expected};
use crate::plan::{self, Plan};

/// What a file must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Document {
    /// A plan.
    Plan,
    /// What is expected of executables.
    Expected,
}

/// A text that is not what its file must be.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The text is not JSON, or has not the document's form.
    #[error("`{file}` is not {document}: line {line}, column {column}")]
    Malformed {
        /// The file.
        file: String,
        /// What it must be.
        document: Document,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong there.
        #[source]
        source: serde_json::Error,
    },
    /// The document is of a version that this program does not know.
    #[error("`{file}` is {document} of version `{found}`, this permafreeze reads version `{}`", document.version())]
    UnknownVersion {
        /// The file.
        file: String,
        /// What it must be.
        document: Document,
        /// Its version.
        found: u64,
    },
}

impl Document {
    /// Returns the version of the format that this program reads and writes.
    fn version(self) -> u32 {
        match self {
            Document::Plan => plan::VERSION,
            Document::Expected => expected::VERSION,
        }
    }
}

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Document::Plan => "a plan",
            Document::Expected => "a list of pins and accepted modules",
        })
    }
}

impl ReadError {
    pub(crate) fn malformed(document: Document, file: &str, source: serde_json::Error) -> ReadError {
        ReadError::Malformed { file: file.to_owned(), document, line: source.line(), column: source.column(), source }
    }

    /// Returns what fixes it.
    pub fn hint(&self) -> &'static str {
        let (ReadError::Malformed { document, .. } | ReadError::UnknownVersion { document, .. }) = self;
        match document {
            Document::Plan => "run `permafreeze lock` to write it anew",
            Document::Expected => "fix it, or restore it from version control",
        }
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
    read_versioned(Document::Plan, file, text)
}

/// Reads the expectations in `text`, the contents of `file`.
///
/// # Errors
/// If it has not the form, or is of a version that this program does not know.
pub fn read_expected(file: &str, text: &str) -> Result<Expected, ReadError> {
    read_versioned(Document::Expected, file, text)
}

/// Reads a document with a `version`.
fn read_versioned<T: DeserializeOwned>(document: Document, file: &str, text: &str) -> Result<T, ReadError> {
    let malformed = |source| ReadError::malformed(document, file, source);
    // The version first: a document of another version has other fields, and that would be the wrong complaint.
    let Versioned { version } = serde_json::from_str(text).map_err(malformed)?;
    if version != u64::from(document.version()) {
        return Err(ReadError::UnknownVersion { file: file.to_owned(), document, found: version });
    }
    serde_json::from_str(text).map_err(malformed)
}
