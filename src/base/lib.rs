//! What every package uses: text forms of bytes, sha1, sha256, globs, paths, files that are written beside their place and renamed,
//! an I/O error that names its file, a place in a text, how a failure is said, and the word that was meant.
pub mod beside;
pub mod error;
pub mod glob;
pub mod nearest;
pub mod path;
pub mod report;
pub mod sha1;
pub mod sha256;
pub mod snippet;
pub mod text;

pub use beside::Beside;
pub use error::FileError;
