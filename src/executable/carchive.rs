//! The CArchive (PKG): what follows the bootloader (PyInstaller: `archive/writers.py`, `bootloader/src/pyi_archive.h`).
//!
//! The entries' bytes, then the table of contents, then the cookie of 88 bytes, which the bootloader finds by
//! searching the file backwards for its magic. All numbers are unsigned, 32 bits, big endian; offsets count from the
//! archive's start.
use crate::error::LayoutError;
use crate::format::{COOKIE_LENGTH, COOKIE_MAGIC, ENTRY_ALIGNMENT, ENTRY_HEADER, EntryKind, LIBPYTHON_FIELD};

const FORMAT: &str = "CArchive";

/// An entry to be laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Path in the unpacked folder, name of a module or script, or an option's text.
    pub name: String,
    /// What it is.
    pub kind: EntryKind,
    /// Length in bytes as stored.
    pub stored: u64,
    /// Length in bytes, inflated.
    pub size: u64,
    /// Whether the stored bytes are a zlib stream.
    pub deflated: bool,
}

/// An archive without its entries' bytes: these in order, one after another, then the table, then the cookie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// The table of contents.
    pub toc: Vec<u8>,
    /// The last bytes.
    pub cookie: [u8; COOKIE_LENGTH],
    /// Length in bytes of the whole.
    pub length: u64,
}

/// Lays out the entries in the given order.
pub fn lay_out(entries: &[Entry], libpython: &str, python: (u8, u8)) -> Result<Layout, LayoutError> {
    let mut toc = Vec::new();
    let mut offset = 0u64;
    for entry in entries {
        check_name(&entry.name)?;
        push(&mut toc, entry, offset)?;
        offset = offset.saturating_add(entry.stored);
    }
    let length = offset.saturating_add((toc.len() + COOKIE_LENGTH) as u64);
    let fields = [narrow("cookie", length)?, narrow("table of contents", offset)?, toc.len() as u32];
    let version = u32::from(python.0) * 100 + u32::from(python.1);
    let cookie = cookie(fields, version, libpython)?;
    Ok(Layout { toc, cookie, length })
}

fn push(toc: &mut Vec<u8>, entry: &Entry, offset: u64) -> Result<(), LayoutError> {
    narrow(&entry.name, offset.saturating_add(entry.stored))?;
    // At least one NUL ends the name.
    let length = (ENTRY_HEADER + entry.name.len() + 1).next_multiple_of(ENTRY_ALIGNMENT);
    let end = toc.len() + length;
    let numbers = [length as u64, offset, entry.stored, entry.size];
    for number in numbers {
        toc.extend(narrow(&entry.name, number)?.to_be_bytes());
    }
    toc.extend([u8::from(entry.deflated), entry.kind.letter()]);
    toc.extend(entry.name.as_bytes());
    toc.resize(end, 0);
    Ok(())
}

fn cookie(fields: [u32; 3], version: u32, libpython: &str) -> Result<[u8; COOKIE_LENGTH], LayoutError> {
    let reason = match libpython {
        "" => Some("libpython has no name"),
        name if name.len() >= LIBPYTHON_FIELD => Some("libpython's name is longer than 63 bytes"),
        name if !name.is_ascii() || name.contains('\0') => Some("libpython's name is not plain ASCII"),
        _ => None,
    };
    if let Some(reason) = reason {
        return Err(LayoutError::Name { format: FORMAT, name: libpython.to_owned(), reason });
    }
    let mut cookie = [0; COOKIE_LENGTH];
    cookie[..8].copy_from_slice(&COOKIE_MAGIC);
    for (index, number) in fields.into_iter().chain([version]).enumerate() {
        cookie[8 + 4 * index..12 + 4 * index].copy_from_slice(&number.to_be_bytes());
    }
    cookie[24..24 + libpython.len()].copy_from_slice(libpython.as_bytes());
    Ok(cookie)
}

fn check_name(name: &str) -> Result<(), LayoutError> {
    let reason = match name {
        "" => "it is empty",
        name if name.contains('\0') => "it contains NUL",
        _ => return Ok(()),
    };
    Err(LayoutError::Name { format: FORMAT, name: name.to_owned(), reason })
}

fn narrow(name: &str, end: u64) -> Result<u32, LayoutError> {
    u32::try_from(end).map_err(|_| LayoutError::TooLarge {
        format: FORMAT,
        name: name.to_owned(),
        end,
        limit: u32::MAX.into(),
    })
}
