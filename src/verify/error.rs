//! What an executable is verified against, and cannot be read.
use camino::Utf8PathBuf;

/// The result of reading it.
pub type Result<T> = std::result::Result<T, Error>;

/// Why it cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A folder is no object, or one that cannot be read.
    #[error("`{path}` is not an object of a wheel, source tree or runtime")]
    Object {
        /// The folder.
        path: Utf8PathBuf,
        /// Why.
        source: Box<permafreeze_object::reader::ReadError>,
    },
    /// The toolchain's launcher cannot be read.
    #[error("cannot read the launcher `{path}`")]
    Launcher {
        /// The file.
        path: Utf8PathBuf,
        /// Why.
        source: std::io::Error,
    },
}
