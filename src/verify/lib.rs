//! Judges executables: whether they are the same as what was pinned, what they need of the user's machine, whether they
//! run, and where each of their bytes comes from.
//!
//! They are read by `permafreeze-archive`, which shares no code with the writers of `executable` and `link`.
pub mod audit;
pub mod error;
pub mod finding;
mod macho;
pub mod origin;
pub mod reproduce;
pub mod result;
pub mod smoke;
pub mod summary;

pub use error::{Error, Result};
pub use finding::Finding;
