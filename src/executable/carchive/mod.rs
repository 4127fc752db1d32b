//! The CArchive (PKG): what follows the bootloader (PyInstaller: `archive/readers.py`, `bootloader/src/pyi_archive.h`).
//!
//! The entries' bytes, then the table of contents, then the cookie of 88 bytes, which the bootloader finds by
//! searching the file backwards for its magic. All numbers are unsigned, 32 bits, big endian; offsets count from the
//! archive's start.
mod reader;
mod writer;

pub use reader::{Archive, StoredEntry};
pub use writer::{Entry, Layout, lay_out};

const FORMAT: &str = "CArchive";
