//! Executables, read: PyInstaller's onefile, the bundle, the folder; within them bootloader, package, table of contents,
//! PYZ, base_library.zip.
//!
//! [`Executable`] is any of the three forms; a folder is read as it lies there, or in its archive. Its program is an [`Archive`]: a file with a package. A file is `bootloader, package, trailer`; a package is `entries, table of contents, cookie`. The cookie is found from
//! the file's end. All numbers of the format are 32 bits wide and big-endian (marshal's and zip's are little-endian).
//!
//! This reader shares no code with the writers: a fault of a writer must not hide in its own reader. It takes any
//! PyInstaller 6 file, also a hostile one: clear errors, bounded memory, no panic.
//!
//! Bounds: a file has [`FILE_LIMIT`] bytes at most, and so have a folder and what is in its archive; a table has [`toc::TOC_LIMIT`]; what is
//! compressed grows to [`inflate::FREE_SIZE`] or [`inflate::LARGE_RATIO`] times what is stored, whichever is more, and so
//! does a bundle.
use std::fs::File;
use std::io::{Read, Seek};
use std::ops::Range;

use camino::Utf8Path;

pub mod bundle;
pub mod cookie;
pub mod error;
pub mod executable;
mod folder;
pub mod inflate;
mod input;
pub mod marshal;
pub mod pyz;
pub mod share;
mod tarball;
pub mod toc;
mod unpack;
mod unpacked;
pub mod zip;

pub use bundle::Bundle;
pub use error::{Error, Result};
pub use executable::{Executable, Form};
pub use pyz::{Pyz, PyzKind, PyzModule};
pub use toc::{Entry, EntryKind};
pub use unpacked::Unpacked;
pub use zip::{Member, Zip};

use cookie::Cookie;
use inflate::{Stored, Wrapping};

/// The largest file that is read, in bytes: offsets in a package are 32 bits wide.
pub const FILE_LIMIT: u64 = 1 << 32;

const BASE_LIBRARY: &str = "base_library.zip";

/// A file with a package, in memory: a onefile of PyInstaller 6, or the program of a bundle or folder.
#[derive(Debug, Clone)]
pub struct Archive {
    bytes: Vec<u8>,
    cookie: Cookie,
    entries: Vec<Entry>,
}

impl Archive {
    /// Reads a file and its table of contents.
    ///
    /// # Errors
    /// [`Error::Unreadable`] if it cannot be read, [`Error::Malformed`] if it is larger than [`FILE_LIMIT`] or not of
    /// PyInstaller.
    pub fn open(path: &Utf8Path) -> Result<Archive> {
        let (mut file, length) = opened(path)?;
        if !cookie::is_in(&mut file, length).map_err(|source| unreadable(path, source))? {
            return Err(cookie::missing(length));
        }
        Archive::parse(contents(path, file, length)?)
    }

    /// Reads the table of contents of a whole file.
    pub fn parse(bytes: Vec<u8>) -> Result<Archive> {
        let cookie = Cookie::find(&bytes)?;
        let entries = toc::read(&bytes, &cookie)?;
        Ok(Archive { bytes, cookie, entries })
    }

    /// The whole file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Where the bootloader is: all before the package.
    pub fn bootloader(&self) -> Range<usize> {
        0..self.cookie.package.start
    }

    /// Where the package is: from its first entry to the cookie's end.
    pub fn package(&self) -> Range<usize> {
        self.cookie.package.clone()
    }

    /// Where the table of contents is.
    pub fn toc(&self) -> Range<usize> {
        self.cookie.toc.clone()
    }

    /// Where the cookie is.
    pub fn cookie(&self) -> Range<usize> {
        self.cookie.place.clone()
    }

    /// What follows the cookie: section headers, a signature, or nothing.
    pub fn trailer(&self) -> Range<usize> {
        self.cookie.place.end..self.bytes.len()
    }

    /// The version of Python, as `(3, 13)`.
    pub fn python(&self) -> (u8, u8) {
        self.cookie.python
    }

    /// The file name of Python's library, as `libpython3.13.so.1.0`.
    pub fn python_library(&self) -> &str {
        &self.cookie.library
    }

    /// The entries, in the table's order. Names may occur twice: only a file that works has each once.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// An entry's name as an archive for the same system has it: with `\` for `/` on Windows.
    pub fn stored_name(&self, entry: &Entry) -> String {
        if entry.kind != EntryKind::Option && self.is_for_windows() {
            entry.name.replace('/', "\\")
        } else {
            entry.name.clone()
        }
    }

    /// Whether it is for Windows, by the name of Python's library.
    pub fn is_for_windows(&self) -> bool {
        toc::is_for_windows(&self.cookie)
    }

    /// The stored bytes of an entry of this archive; empty for one of a larger archive.
    pub fn raw(&self, entry: &Entry) -> &[u8] {
        self.bytes.get(entry.place.clone()).unwrap_or_default()
    }

    /// An entry's content, decompressed: exactly [`Entry::size`] bytes.
    ///
    /// # Errors
    /// [`Error::Malformed`] if it does not decompress to that size, or declares more than the bounds allow.
    pub fn data(&self, entry: &Entry) -> Result<Vec<u8>> {
        let bytes = self.raw(entry);
        if !entry.compressed {
            return Ok(bytes.to_vec());
        }
        let what = format!("entry `{}`", entry.name.escape_debug());
        Stored { what: &what, offset: entry.place.start, bytes, wrapping: Wrapping::Zlib }.inflate(entry.size)
    }

    /// Every PYZ with its entry's name.
    pub fn pyz(&self) -> Result<Vec<(String, Pyz)>> {
        self.entries
            .iter()
            .filter(|entry| entry.kind == EntryKind::Pyz)
            .map(|entry| {
                let base = if entry.compressed { 0 } else { entry.place.start };
                Ok((entry.name.clone(), Pyz::parse_at(self.data(entry)?, base)?))
            })
            .collect()
    }

    /// `base_library.zip`: what Python needs before it can import from the PYZ. In the program of a bundle or folder it is
    /// a file beside it ([`Executable::base_library`]).
    pub fn base_library(&self) -> Result<Option<Zip>> {
        let found = self.entries.iter().find(|entry| entry.name == BASE_LIBRARY && entry.kind.is_extracted());
        found.map(|entry| Zip::parse(self.data(entry)?)).transpose()
    }
}

fn unreadable(path: &Utf8Path, source: std::io::Error) -> Error {
    Error::Unreadable { path: path.to_owned(), source }
}

/// Opens a regular file of at most [`FILE_LIMIT`] bytes; returns its length, too.
fn opened(path: &Utf8Path) -> Result<(File, u64)> {
    // Before it is opened: to open a pipe waits for its other end.
    if !std::fs::metadata(path).map_err(|source| unreadable(path, source))?.is_file() {
        return Err(unreadable(path, std::io::Error::other("not a regular file")));
    }
    let file = File::open(path).map_err(|source| unreadable(path, source))?;
    let length = file.metadata().map_err(|source| unreadable(path, source))?.len();
    if length > FILE_LIMIT {
        return Err(Error::malformed("file", 0, format!("has `{length}` bytes, `{FILE_LIMIT}` are the most")));
    }
    Ok((file, length))
}

/// Reads a file from its begin, at most `length` bytes.
fn contents(path: &Utf8Path, mut file: File, length: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let no_memory = |error| std::io::Error::new(std::io::ErrorKind::OutOfMemory, error);
    bytes.try_reserve_exact(length as usize).map_err(|error| unreadable(path, no_memory(error)))?;
    file.rewind().map_err(|source| unreadable(path, source))?;
    file.take(length).read_to_end(&mut bytes).map_err(|source| unreadable(path, source))?;
    Ok(bytes)
}
