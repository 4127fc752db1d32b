//! Why a bundle cannot be read.
/// The file is no bundle, or a damaged one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// The last bytes are not a footer.
    #[error("the file has no footer: it is truncated, or no bundle")]
    NoFooter,
    /// The footer leads out of the file.
    #[error("the footer says that the index is at `{offset}` with `{length}` bytes, outside of the file")]
    IndexPlace {
        /// Offset in bytes.
        offset: u64,
        /// Length in bytes.
        length: u64,
    },
    /// The index ends too early, or goes on.
    #[error("the index is damaged at byte `{at}`: {problem}")]
    Index {
        /// Offset in bytes within the index.
        at: usize,
        /// What is wrong.
        problem: &'static str,
    },
    /// The index is of another version.
    #[error("the index has version `{found}`; version `{known}` is known")]
    Version {
        /// Its version.
        found: u32,
        /// The version that is read.
        known: u32,
    },
    /// A frame's bytes are not what they were.
    #[error("the frame is damaged: {problem}")]
    Frame {
        /// What is wrong.
        problem: String,
    },
}
