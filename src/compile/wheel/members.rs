//! The members of a wheel's zip: names checked, sizes bounded, bytes read by any thread.
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use zip::ZipArchive;

use crate::error::WheelError;
use crate::path;

/// Bytes that a wheel may unpack to: what PyInstaller's archive can hold (offsets of 32 bits).
const SIZE_LIMIT: u64 = 4 << 30;
/// Factor by which a big member may unpack.
const FACTOR_LIMIT: u64 = 200;
/// Size up to which a member may be as dense as it likes: a file of zeros or a generated table is no attack.
const FACTOR_FREE: u64 = 64 << 20;

/// One file of the zip.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member {
    index: usize,
    size: u64,
    /// Whether its mode has an executable bit.
    pub executable: bool,
}

/// All files of the zip.
pub(super) struct Members {
    archive: ZipArchive<SharedFile>,
    by_name: BTreeMap<String, Member>,
}

impl Members {
    /// Reads the zip's directory.
    pub(super) fn open(file: File) -> Result<Members, WheelError> {
        let length = file.metadata().map_err(|error| WheelError::NotZip(error.into()))?.len();
        let file = SharedFile { file: Arc::new(file), at: 0, length };
        let mut archive = ZipArchive::new(file.clone()).map_err(WheelError::NotZip)?;
        if archive.has_duplicate_names() {
            return Err(WheelError::Duplicate { member: first_duplicate(file, archive.central_directory_start()) });
        }
        let mut by_name = BTreeMap::new();
        let mut total: u64 = 0;
        for index in 0..archive.len() {
            let Some((name, member)) = look_at(&mut archive, index)? else { continue };
            total = total.saturating_add(member.size);
            by_name.insert(name, member);
        }
        if total > SIZE_LIMIT {
            return Err(WheelError::TooLarge { size: total, limit: SIZE_LIMIT });
        }
        Ok(Members { archive, by_name })
    }

    /// Returns the names of all files, sorted.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }

    /// Returns a file by name.
    pub(super) fn get(&self, name: &str) -> Option<&Member> {
        self.by_name.get(name)
    }

    /// Reads a file; its checksum (CRC-32) and size are checked.
    pub(super) fn read(&self, name: &str) -> Result<Vec<u8>, WheelError> {
        let member = self.get(name).ok_or_else(|| WheelError::Missing { member: name.to_owned() })?;
        // Cheap: the clone shares directory and file.
        let mut archive = self.archive.clone();
        let bad = |source| WheelError::BadMember { member: name.to_owned(), source };
        let reader = archive.by_index(member.index).map_err(bad)?;
        let mut bytes = Vec::new();
        // Grows with what is there, not with what the header says; one byte more shows that the header lies.
        let read = reader.take(member.size + 1).read_to_end(&mut bytes);
        read.map_err(|source| WheelError::Unreadable { member: name.to_owned(), source })?;
        if bytes.len() as u64 != member.size {
            let found = bytes.len() as u64;
            return Err(WheelError::Size { member: name.to_owned(), expected: member.size, found });
        }
        Ok(bytes)
    }

    /// Reads a text file.
    pub(super) fn read_text(&self, name: &str) -> Result<String, WheelError> {
        let not_text = |_| {
            let source = io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8");
            WheelError::Unreadable { member: name.to_owned(), source }
        };
        String::from_utf8(self.read(name)?).map_err(not_text)
    }
}

/// Checks a directory entry; `None` for a folder.
fn look_at(archive: &mut ZipArchive<SharedFile>, index: usize) -> Result<Option<(String, Member)>, WheelError> {
    let unnamed = |source| WheelError::BadMember { member: format!("number {index}"), source };
    let entry = archive.by_index_raw(index).map_err(unnamed)?;
    let raw = entry.name_raw();
    let lossy = || String::from_utf8_lossy(raw).into_owned();
    let name = std::str::from_utf8(raw).map_err(|_| WheelError::NotUtf8 { member: lossy() })?;
    let plain = name.strip_suffix('/').unwrap_or(name);
    path::check(plain).map_err(|why| WheelError::Name { member: name.to_owned(), why })?;
    if entry.is_symlink() {
        return Err(WheelError::Symlink { member: name.to_owned() });
    }
    if name.ends_with('/') {
        return Ok(None);
    }
    let (size, stored) = (entry.size(), entry.compressed_size());
    if size > FACTOR_FREE && size / FACTOR_LIMIT > stored {
        return Err(WheelError::TooDense { member: name.to_owned(), stored, size, limit: FACTOR_LIMIT });
    }
    let executable = entry.unix_mode().is_some_and(|mode| mode & 0o111 != 0);
    Ok(Some((name.to_owned(), Member { index, size, executable })))
}

/// Finds which name the zip's directory has twice: the reader keeps one entry of each name only.
fn first_duplicate(mut file: SharedFile, start: u64) -> String {
    let mut directory = Vec::new();
    let read = file.seek(SeekFrom::Start(start)).and_then(|_| file.read_to_end(&mut directory));
    let mut seen = std::collections::BTreeSet::new();
    let mut rest = directory.as_slice();
    // Central directory header (APPNOTE 4.3.12): 46 bytes, then name, extra field and comment.
    while read.is_ok() && rest.len() > 46 && rest.starts_with(b"PK\x01\x02") {
        let length = |at: usize| usize::from(u16::from_le_bytes([rest[at], rest[at + 1]]));
        let (name, extra, comment) = (length(28), length(30), length(32));
        let Some(text) = rest.get(46..46 + name) else { break };
        if !seen.insert(text) {
            return String::from_utf8_lossy(text).into_owned();
        }
        rest = rest.get(46 + name + extra + comment..).unwrap_or_default();
    }
    "?".to_owned()
}

/// A file with a position of its own, so that threads can read it at once.
#[derive(Clone)]
struct SharedFile {
    file: Arc<File>,
    at: u64,
    length: u64,
}

impl Read for SharedFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read_at(buffer, self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for SharedFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = target.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}
