//! An I/O error that names its file.
use std::io;

use camino::{Utf8Path, Utf8PathBuf};

/// A file or folder that could not be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} `{path}`")]
pub struct FileError {
    /// What was tried, as a verb: `read`, `write`, `create`.
    pub action: &'static str,
    /// The file or folder.
    pub path: Utf8PathBuf,
    /// The operating system's answer.
    #[source]
    pub source: io::Error,
}

impl FileError {
    /// Returns a function for `map_err` that adds what was tried and the path.
    pub fn of(action: &'static str, path: &Utf8Path) -> impl FnOnce(io::Error) -> FileError {
        let path = path.to_owned();
        move |source| FileError { action, path, source }
    }
}
