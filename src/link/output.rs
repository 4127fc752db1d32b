//! The files that a link writes, as lists of bytes and blobs.
use camino::Utf8PathBuf;
use permafreeze_object::format::Blob;
use permafreeze_object::reader::Reader;

/// One file.
#[derive(Debug)]
pub struct OutputFile<'a> {
    /// Its path below the output's `bin`.
    pub path: Utf8PathBuf,
    /// Its permission bits.
    pub mode: u32,
    /// All its bytes, in order.
    pub parts: Vec<Part<'a>>,
}

impl OutputFile<'_> {
    /// Returns the length in bytes.
    pub fn length(&self) -> u64 {
        self.parts.iter().map(Part::length).sum()
    }
}

/// Bytes of a file.
#[derive(Debug)]
pub enum Part<'a> {
    /// In memory.
    Bytes(Vec<u8>),
    /// In an object, taken as stored.
    Blob(&'a Reader, Blob),
}

impl Part<'_> {
    /// Returns the length in bytes.
    pub fn length(&self) -> u64 {
        match self {
            Part::Bytes(bytes) => bytes.len() as u64,
            Part::Blob(_, blob) => blob.length,
        }
    }
}
