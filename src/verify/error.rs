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
        /// Where in the file, in bytes.
        offset: u64,
        /// Both values: what is there and what was expected.
        problem: String,
    },
}
