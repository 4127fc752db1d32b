//! What every package uses: text forms of bytes, sha256, files that are written beside their place and renamed, and an
//! I/O error that names its file.
pub mod beside;
pub mod error;
pub mod sha256;
pub mod text;

pub use beside::Beside;
pub use error::FileError;
