//! Why an executable could not be tried.
use std::io;

use camino::Utf8PathBuf;
use permafreeze_packaging::python::names;

/// Why nothing could be tried.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The executable ends before it has imported anything.
    #[error("the executable does not start:\n{output}")]
    DoesNotStart {
        /// What it said.
        output: String,
    },
    /// The machine could not make a folder or start a program.
    #[error("cannot run the executable")]
    Machine {
        /// Why.
        source: io::Error,
    },
    /// The executable has a Python for which there is no probe.
    #[error(
        "the executable has Python {}.{}: what imports its modules is made for {}",
        found.0, found.1, names()
    )]
    OtherPython {
        /// Major and minor.
        found: (u8, u8),
    },
    /// An object that the executable was linked of cannot be read.
    #[error("cannot read the object `{path}`")]
    Object {
        /// The object's folder.
        path: Utf8PathBuf,
        /// What its reader said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The executable cannot be read.
    #[error(transparent)]
    Archive(#[from] permafreeze_archive::Error),
    /// A thread ended before its work.
    #[error("a worker ended before its work was done")]
    Worker,
}

impl Error {
    pub(super) fn machine(source: io::Error) -> Error {
        Error::Machine { source }
    }
}
