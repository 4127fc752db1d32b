//! The limits that a server can go beyond, as errors.
use std::io;

/// Bytes of one name, address or attribute of a page. What is longer is none.
pub(crate) const TEXT: usize = 64 << 10;
/// Bytes of links that are remembered of all pages of a run together.
pub(crate) const KEPT: usize = 64 << 20;

/// A limit that a server went beyond.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum Exceeded {
    /// [`crate::limits::Limits::page`].
    #[error("sends a page of more than {0} bytes")]
    Page(u64),
    /// [`crate::limits::Limits::links`].
    #[error("sends a page of more than {0} links")]
    Links(u64),
    /// A part of a page is longer than any name or address.
    #[error("sends a page with a name, address or attribute of more than {0} bytes")]
    Text(usize),
    /// All pages together have more links than are remembered.
    #[error("sends links that, with those of earlier pages, are more than {0} bytes")]
    Kept(usize),
    /// [`crate::limits::Limits::file`].
    #[error("sends a file of more than {0} bytes")]
    File(u64),
    /// [`crate::limits::Limits::rate`].
    #[error("sends less than {rate} bytes per second over {seconds} s")]
    Rate {
        /// Bytes per second.
        rate: u64,
        /// The window.
        seconds: f64,
    },
    /// [`crate::limits::Limits::time`].
    #[error("has not sent all after {0} s")]
    Time(f64),
}

impl Exceeded {
    /// Returns the limit as the error of a reader.
    pub(crate) fn into_io(self) -> io::Error {
        io::Error::other(self)
    }

    /// Returns the limit that a reader's error tells of.
    pub(crate) fn of(error: &io::Error) -> Option<Exceeded> {
        error.get_ref()?.downcast_ref().copied()
    }

    /// Returns what mends it.
    pub(crate) fn hint(self) -> &'static str {
        match self {
            Exceeded::Page(_) => "if that is right, set PERMAFREEZE_FETCH_LIMITS=page=64MiB (or more)",
            Exceeded::Links(_) => "if that is right, set PERMAFREEZE_FETCH_LIMITS=links=200000 (or more)",
            Exceeded::File(_) => "if that is right, set PERMAFREEZE_FETCH_LIMITS=file=8GiB (or more)",
            Exceeded::Rate { .. } => {
                "run it again, files go on where they stopped; on a slow line fetch fewer at once (`permafreeze fetch \
                 --jobs 1`) or set PERMAFREEZE_FETCH_LIMITS=rate=100"
            }
            Exceeded::Time(_) => {
                "run it again, files go on where they stopped; on a slow line set PERMAFREEZE_FETCH_LIMITS=time=3600"
            }
            Exceeded::Text(_) | Exceeded::Kept(_) => "the index is not one: check its URL (`pip config list`)",
        }
    }
}
