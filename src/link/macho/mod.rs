//! Mach-O files for one machine of 64 bits, changed and signed (Apple's `mach-o/loader.h` and `cs_blobs.h`).
//!
//! Only what the linker writes: the executable's head and signature, and the few libraries that must be changed to be
//! loaded. `verify` reads both with code of its own.
mod command;
mod image;
mod signature;
#[cfg(test)]
mod tests;

pub use image::Image;
pub use signature::{PAGE, Signing};

/// Why a Mach-O file cannot be changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MachOError {
    /// It is not what it says.
    #[error("{what}: {problem}")]
    Malformed {
        /// The part, as `load commands`.
        what: &'static str,
        /// What is there and what was expected.
        problem: String,
    },
    /// The load commands would cover what follows them.
    #[error("its load commands would end at byte `{end}`, but its first section begins at byte `{room}`")]
    NoRoom {
        /// Where they would end, in bytes.
        end: usize,
        /// Where they have to end at the latest, in bytes.
        room: usize,
    },
    /// The format's numbers are too narrow.
    #[error("it would have `{size}` bytes, the format can say `{limit}` at most", limit = u32::MAX)]
    TooLarge {
        /// Size in bytes.
        size: u64,
    },
}

impl MachOError {
    fn malformed(what: &'static str, problem: impl Into<String>) -> MachOError {
        MachOError::Malformed { what, problem: problem.into() }
    }
}
