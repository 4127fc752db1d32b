//! Reads a CArchive at the end of a file.
use std::io::{self, Read, Seek, SeekFrom, Write};

use super::FORMAT;
use crate::error::ReadError;
use crate::format::{COOKIE_LENGTH, COOKIE_MAGIC, ENTRY_HEADER, EntryKind, LIBPYTHON_FIELD};
use crate::input::{self, Cursor};
use crate::pyz::Pyz;

/// Bytes that are searched at once for the cookie.
const SEARCH_STEP: u64 = 64 * 1024;

/// An entry of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEntry {
    /// Path in the unpacked folder, name of a module or script, or an option's text.
    pub name: String,
    /// What it is.
    pub kind: EntryKind,
    /// Offset in bytes from the archive's start.
    pub offset: u64,
    /// Length in bytes as stored.
    pub stored: u64,
    /// Length in bytes, inflated.
    pub size: u64,
    /// Whether the stored bytes are a zlib stream.
    pub deflated: bool,
}

/// An executable's archive.
#[derive(Debug)]
pub struct Archive<R> {
    reader: R,
    start: u64,
    entries: Vec<StoredEntry>,
    python_version: u32,
    libpython: String,
}

impl<R: Read + Seek> Archive<R> {
    /// Finds the archive in an executable and reads its table.
    pub fn open(mut reader: R) -> Result<Self, ReadError> {
        let cookie_offset = find_cookie(&mut reader)?;
        let bytes = input::read_at(&mut reader, cookie_offset, COOKIE_LENGTH as u64)?;
        let cookie = Cookie::parse(&bytes)
            .ok_or_else(|| ReadError::Foreign { expected: FORMAT, reason: "its cookie is cut off".to_owned() })?;
        let end = cookie_offset + COOKIE_LENGTH as u64;
        let start = end.checked_sub(cookie.length).ok_or_else(|| {
            damaged(cookie_offset, format!("it claims `{}` bytes, but the file has `{end}`", cookie.length))
        })?;
        let table_end = cookie.toc_offset.saturating_add(cookie.toc_length);
        if table_end.saturating_add(COOKIE_LENGTH as u64) > cookie.length {
            return Err(damaged(cookie.toc_offset, format!("the table ends at `{table_end}`, within the cookie")));
        }
        let table = input::read_at(&mut reader, start + cookie.toc_offset, cookie.toc_length)?;
        let entries = read_table(&table, &cookie)?;
        Ok(Self { reader, start, entries, python_version: cookie.python_version, libpython: cookie.libpython })
    }

    /// Returns the entries in the table's order.
    pub fn entries(&self) -> &[StoredEntry] {
        &self.entries
    }

    /// Returns the offset in bytes of the archive in the file: the bootloader's length.
    pub fn start(&self) -> u64 {
        self.start
    }

    /// Returns Python's version as the bootloader wants it: `313` for 3.13.
    pub fn python_version(&self) -> u32 {
        self.python_version
    }

    /// Returns the file name of libpython.
    pub fn libpython(&self) -> &str {
        &self.libpython
    }

    /// Reads an entry, inflated; refuses one of more than `limit` bytes.
    pub fn read(&mut self, entry: &StoredEntry, limit: u64) -> Result<Vec<u8>, ReadError> {
        if entry.size > limit {
            return Err(ReadError::TooLarge { name: entry.name.clone(), size: entry.size, limit });
        }
        let mut bytes = Vec::new();
        self.copy(entry, &mut bytes)?;
        Ok(bytes)
    }

    /// Copies an entry, inflated, into `out`; in the end it must have the size that the table says.
    pub fn copy(&mut self, entry: &StoredEntry, out: &mut impl Write) -> Result<(), ReadError> {
        self.reader.seek(SeekFrom::Start(self.start.saturating_add(entry.offset)))?;
        let stored = (&mut self.reader).take(entry.stored);
        // One byte more than the size is asked for, so that a longer stream is seen.
        let limit = entry.size.saturating_add(1);
        let copied = if entry.deflated {
            io::copy(&mut flate2::read::ZlibDecoder::new(stored).take(limit), out)
        } else {
            io::copy(&mut stored.take(limit), out)
        }
        .map_err(|error| damaged(entry.offset, format!("`{}` cannot be read: {error}", entry.name)))?;
        if copied != entry.size {
            let reason = format!("`{}` should have `{}` bytes, got `{copied}`", entry.name, entry.size);
            return Err(damaged(entry.offset, reason));
        }
        Ok(())
    }

    /// Opens the PYZ that is an entry of this archive.
    pub fn open_pyz(&mut self, entry: &StoredEntry) -> Result<Pyz<&mut R>, ReadError> {
        if entry.kind != EntryKind::Pyz || entry.deflated {
            let reason = format!("the entry `{}` is something else", entry.name);
            return Err(ReadError::Foreign { expected: "PYZ", reason });
        }
        Pyz::open(&mut self.reader, self.start.saturating_add(entry.offset), entry.stored)
    }
}

struct Cookie {
    length: u64,
    toc_offset: u64,
    toc_length: u64,
    python_version: u32,
    libpython: String,
}

impl Cookie {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let mut cursor = Cursor::new(bytes);
        cursor.take(COOKIE_MAGIC.len())?;
        Some(Self {
            length: cursor.u32_be()?.into(),
            toc_offset: cursor.u32_be()?.into(),
            toc_length: cursor.u32_be()?.into(),
            python_version: cursor.u32_be()?,
            libpython: text(cursor.take(LIBPYTHON_FIELD)?)?,
        })
    }
}

/// Searches backwards, as the bootloader does: the archive is at the end, but a signature may follow it.
fn find_cookie<R: Read + Seek>(reader: &mut R) -> Result<u64, ReadError> {
    let mut end = reader.seek(SeekFrom::End(0))?;
    loop {
        let start = end.saturating_sub(SEARCH_STEP);
        let chunk = input::read_at(reader, start, end - start)?;
        if let Some(position) = chunk.windows(COOKIE_MAGIC.len()).rposition(|window| window == COOKIE_MAGIC) {
            return Ok(start + position as u64);
        }
        if start == 0 {
            return Err(ReadError::Foreign { expected: FORMAT, reason: "it has no cookie".to_owned() });
        }
        end = start + COOKIE_MAGIC.len() as u64 - 1;
    }
}

fn read_table(table: &[u8], cookie: &Cookie) -> Result<Vec<StoredEntry>, ReadError> {
    let mut cursor = Cursor::new(table);
    let mut entries = Vec::new();
    while cursor.remaining() > 0 {
        let offset = cookie.toc_offset + cursor.position() as u64;
        let entry = read_entry(&mut cursor)
            .ok_or_else(|| damaged(offset, "an entry of the table cannot be read".to_owned()))?;
        // What the table says lies before the cookie, wherever the table itself lies.
        if entry.offset.saturating_add(entry.stored) > cookie.length - COOKIE_LENGTH as u64 {
            let reason = format!("`{}` lies at `{}` with `{}` bytes, outside", entry.name, entry.offset, entry.stored);
            return Err(damaged(offset, reason));
        }
        entries.push(entry);
    }
    Ok(entries)
}

fn read_entry(cursor: &mut Cursor<'_>) -> Option<StoredEntry> {
    let length = usize::try_from(cursor.u32_be()?).ok()?;
    let (offset, stored, size) = (cursor.u32_be()?.into(), cursor.u32_be()?.into(), cursor.u32_be()?.into());
    let deflated = match cursor.byte()? {
        0 => false,
        1 => true,
        _ => return None,
    };
    let kind = EntryKind::from_letter(cursor.byte()?)?;
    let name = text(cursor.take(length.checked_sub(ENTRY_HEADER)?)?)?;
    Some(StoredEntry { name, kind, offset, stored, size, deflated })
}

/// Reads a NUL-padded text.
fn text(field: &[u8]) -> Option<String> {
    let length = field.iter().position(|byte| *byte == 0)?;
    String::from_utf8(field[..length].to_vec()).ok()
}

fn damaged(offset: u64, reason: String) -> ReadError {
    ReadError::Damaged { format: FORMAT, offset, reason }
}
