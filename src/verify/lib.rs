//! Proves executables: what they hold and where it comes from, what they need of the user's machine, whether they run
//! and whether they are the same as what was pinned.
//!
//! The readers here share no code with the writers of `link`: a fault of a writer must not hide in its own reader.
//! They take any PyInstaller 6 file, also a hostile one: clear errors, bounded memory, no panic.

pub mod archive;
pub mod audit;
pub mod contents;
pub mod diff;
pub mod error;
pub mod finding;
pub mod hashes;
pub mod inspect;
pub mod native;
pub mod page;
pub mod reproduce;
pub mod result;
pub mod smoke;

pub use error::{Error, Result};
pub use finding::Finding;
