//! What can be wrong with an archive that is read, and with the parts of one that is to be written.
use std::io;

/// The archive cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The bytes cannot be had.
    #[error("cannot read the archive")]
    Io(#[from] io::Error),
    /// The file is something else.
    #[error("this is no {expected}: {reason}")]
    Foreign {
        /// The format that was looked for.
        expected: &'static str,
        /// What does not fit.
        reason: String,
    },
    /// The format is right and its content is not.
    #[error("the {format} is damaged at offset `{offset}`: {reason}")]
    Damaged {
        /// The format.
        format: &'static str,
        /// Offset in bytes from the format's start.
        offset: u64,
        /// What is wrong there.
        reason: String,
    },
    /// An entry is larger than the caller takes.
    #[error("the entry `{name}` has `{size}` bytes, more than the `{limit}` that are allowed here")]
    TooLarge {
        /// The entry.
        name: String,
        /// Its length in bytes, inflated.
        size: u64,
        /// The caller's limit.
        limit: u64,
    },
}

/// The parts do not make an archive.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    /// The format's offsets are too narrow.
    #[error("the {format} would end at byte `{end}`, beyond the format's last, `{limit}` (entry `{name}`)")]
    TooLarge {
        /// The format.
        format: &'static str,
        /// The first entry that does not fit.
        name: String,
        /// Offset in bytes of its end.
        end: u64,
        /// The largest offset that the format can say.
        limit: u64,
    },
    /// The name cannot be said in the format.
    #[error("the name `{name}` cannot stand in the {format}: {reason}")]
    Name {
        /// The format.
        format: &'static str,
        /// The name.
        name: String,
        /// Why.
        reason: &'static str,
    },
}
