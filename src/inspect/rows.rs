//! Rows of an inspection: modules and entries of the table.
use serde::Serialize;

use crate::owners::Owner;

/// A module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Module {
    /// Its dotted name.
    pub name: String,
    /// `module`, `package`, `namespace-package`, `data`.
    pub kind: &'static str,
    /// The archive's entry that holds it.
    pub place: String,
    /// Bytes there, in a bundle its share of the frames; base_library.zip as a whole is compressed once more.
    pub stored: u64,
    /// Bytes of the marshalled code; absent if it cannot be decompressed.
    pub unpacked: Option<u64>,
    /// The distribution.
    #[serde(flatten)]
    pub owner: Owner,
}

/// An entry of the table of contents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct TableEntry {
    /// Its name.
    pub name: String,
    /// PyInstaller's type code.
    pub letter: char,
    /// The type code in words.
    pub kind: &'static str,
    /// Offset in bytes in the file: the executable, the program that a bundle unpacks, or a file beside the program.
    pub offset: u64,
    /// Bytes in the executable; in a bundle its share of the frames.
    pub stored: u64,
    /// Bytes unpacked.
    pub unpacked: u64,
    /// Whether it is compressed.
    pub compressed: bool,
    /// The distribution.
    #[serde(flatten)]
    pub owner: Owner,
}
