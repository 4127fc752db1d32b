//! Why an executable cannot be read.
use camino::Utf8PathBuf;

/// The result of reading.
pub type Result<T> = std::result::Result<T, Error>;

/// Why an executable, or a part of one, cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read.
    #[error("cannot read `{path}`")]
    Unreadable {
        /// The file.
        path: Utf8PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file of an executable cannot be laid out.
    #[error("cannot write `{path}`")]
    Unwritable {
        /// The file.
        path: Utf8PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is not what its format says.
    #[error("{what} at byte {offset}: {problem}")]
    Malformed {
        /// The part, as `TOC entry 17`.
        what: String,
        /// Offset in the file, in bytes. Of what is stored compressed: offset in the decompressed bytes.
        offset: u64,
        /// Both values: what is there and what was expected.
        problem: String,
    },
    /// A file may be correct, but the reader does not know that flavour of the format.
    #[error("{what} at byte {offset}: not supported: {feature}")]
    Unsupported {
        /// The part, as `marshalled code`.
        what: String,
        /// Offset, in bytes.
        offset: u64,
        /// What is not known.
        feature: String,
    },
}

impl Error {
    /// Makes an [`Error::Malformed`].
    pub fn malformed(what: impl Into<String>, offset: u64, problem: impl Into<String>) -> Self {
        Error::Malformed { what: what.into(), offset, problem: problem.into() }
    }
}
