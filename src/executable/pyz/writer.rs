//! Lays out a PYZ.
use std::collections::BTreeMap;

use permafreeze_packaging::python::Python;

use super::{FORMAT, toc};
use crate::error::LayoutError;
use crate::format::{ModuleKind, PYZ_HEADER, PYZ_MAGIC};

/// A module to be laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// What it is.
    pub kind: ModuleKind,
    /// Length in bytes of its zlib stream; 0 for a namespace package.
    pub stored: u64,
}

/// A PYZ without its streams: header, then the streams, then the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// The first bytes.
    pub header: [u8; PYZ_HEADER],
    /// The last bytes.
    pub toc: Vec<u8>,
    /// Length in bytes of the whole.
    pub length: u64,
}

/// Lays out modules of a Python, by their dotted names, in the order of their streams. The table has them in the order of their
/// names. Offsets are signed 32-bit numbers: 2 GiB at most.
///
/// # Errors
/// If a name cannot stand in it, or it is too large.
pub fn lay_out(python: Python, members: &[(&str, Member)]) -> Result<Layout, LayoutError> {
    let mut rows = BTreeMap::new();
    let mut offset = PYZ_HEADER as u64;
    for (name, member) in members {
        check_name(name)?;
        let start = narrow(name, offset)?;
        rows.insert(*name, (member.kind, start, narrow(name, member.stored)?));
        offset = offset.saturating_add(member.stored);
    }
    let mut table = toc::Writer::new(rows.len());
    for (name, (kind, start, length)) in rows {
        table.push(name, kind, start, length);
    }
    let toc_offset = narrow("table of contents", offset)?;
    let mut header = [0; PYZ_HEADER];
    header[..4].copy_from_slice(&PYZ_MAGIC);
    header[4..8].copy_from_slice(&python.pyc_magic());
    header[8..12].copy_from_slice(&toc_offset.to_be_bytes());
    let toc = table.finish();
    let length = offset + toc.len() as u64;
    Ok(Layout { header, toc, length })
}

fn check_name(name: &str) -> Result<(), LayoutError> {
    let reason = match name {
        "" => "it is empty",
        name if name.contains('\0') => "it contains NUL",
        name if name.split('.').any(str::is_empty) => "a part between its dots is empty",
        _ => return Ok(()),
    };
    Err(LayoutError::Name { format: FORMAT, name: name.to_owned(), reason })
}

fn narrow(name: &str, end: u64) -> Result<i32, LayoutError> {
    i32::try_from(end).map_err(|_| LayoutError::TooLarge {
        format: FORMAT,
        name: name.to_owned(),
        end,
        limit: i32::MAX as u64,
    })
}
