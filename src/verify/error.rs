//! What can be wrong with a file that is verified.
use camino::Utf8PathBuf;

/// The result of verifying.
pub type Result<T> = std::result::Result<T, Error>;

/// What can go wrong.
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
    /// A file is not what its format says.
    #[error("{what} at byte {offset}: {problem}")]
    Malformed {
        /// The part, as `TOC entry 17`.
        what: String,
        /// Where in the file, in bytes. In what is stored compressed: where in the decompressed bytes.
        offset: u64,
        /// Both values: what is there and what was expected.
        problem: String,
    },
    /// A file may be correct, but the reader does not know that flavour of the format.
    #[error("{what} at byte {offset}: not supported: {feature}")]
    Unsupported {
        /// The part, as `marshalled code`.
        what: String,
        /// Where, in bytes.
        offset: u64,
        /// What is not known.
        feature: String,
    },
    /// A folder is no object, or one that cannot be read.
    #[error("`{path}` is not an object of a wheel, source tree or runtime")]
    Object {
        /// The folder.
        path: Utf8PathBuf,
        /// Why.
        source: Box<permafreeze_object::reader::ReadError>,
    },
}

impl Error {
    /// Makes an [`Error::Malformed`].
    pub fn malformed(what: impl Into<String>, offset: u64, problem: impl Into<String>) -> Self {
        Error::Malformed { what: what.into(), offset, problem: problem.into() }
    }
}
