//! Reads a PYZ.
use std::collections::BTreeMap;
use std::io::{Read, Seek};

use super::{FORMAT, toc};
use crate::error::ReadError;
use crate::format::{ModuleKind, PYC_MAGIC, PYZ_HEADER, PYZ_MAGIC};
use crate::input;

/// A module of a PYZ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Module {
    /// What it is.
    pub kind: ModuleKind,
    /// Offset in bytes of its stream from the PYZ's start.
    pub offset: u64,
    /// Length in bytes of its stream; 0 for a namespace package.
    pub length: u64,
}

/// A PYZ within something that can be read.
#[derive(Debug)]
pub struct Pyz<R> {
    reader: R,
    start: u64,
    modules: BTreeMap<String, Module>,
}

impl<R: Read + Seek> Pyz<R> {
    /// Reads the table of a PYZ that lies at `start` and has `length` bytes.
    pub fn open(mut reader: R, start: u64, length: u64) -> Result<Self, ReadError> {
        let header = input::read_at(&mut reader, start, length.min(PYZ_HEADER as u64))?;
        let toc_offset = read_header(&header)?;
        let toc_length =
            length.checked_sub(toc_offset).ok_or_else(|| damaged(8, "the table lies beyond the end".to_owned()))?;
        let table = input::read_at(&mut reader, start.saturating_add(toc_offset), toc_length)?;
        let mut modules = BTreeMap::new();
        for (name, kind, offset, length) in toc::read(&table, toc_offset)? {
            let module = check(&name, kind, offset, length, toc_offset)?;
            if modules.insert(name.to_string(), module).is_some() {
                return Err(damaged(toc_offset, format!("the module `{name}` is there twice")));
            }
        }
        Ok(Self { reader, start, modules })
    }

    /// Returns the modules by their dotted names.
    pub fn modules(&self) -> &BTreeMap<String, Module> {
        &self.modules
    }

    /// Reads a module's marshalled code, at most `limit` bytes; nothing for a namespace package.
    pub fn read(&mut self, name: &str, module: Module, limit: u64) -> Result<Vec<u8>, ReadError> {
        if module.kind == ModuleKind::NamespacePackage {
            return Ok(Vec::new());
        }
        let stored = input::read_at(&mut self.reader, self.start.saturating_add(module.offset), module.length)?;
        let code = input::inflate(&stored, limit)
            .map_err(|error| damaged(module.offset, format!("the module `{name}` does not inflate: {error}")))?;
        if code.len() as u64 > limit {
            return Err(ReadError::TooLarge { name: name.to_owned(), size: code.len() as u64, limit });
        }
        Ok(code)
    }
}

fn read_header(header: &[u8]) -> Result<u64, ReadError> {
    if !header.starts_with(&PYZ_MAGIC) {
        return Err(ReadError::Foreign { expected: FORMAT, reason: "it does not begin with `PYZ\\0`".to_owned() });
    }
    match header.get(4..8) {
        Some(magic) if magic == PYC_MAGIC => {}
        found => {
            let reason = format!("its byte code's magic is `{found:02x?}`, not `{PYC_MAGIC:02x?}`");
            return Err(ReadError::Foreign { expected: FORMAT, reason });
        }
    }
    let offset = header.get(8..12).and_then(|bytes| bytes.try_into().ok()).map(i32::from_be_bytes);
    match offset.and_then(|offset| u64::try_from(offset).ok()) {
        Some(offset) if offset >= 12 => Ok(offset),
        _ => Err(damaged(8, format!("the table's offset is `{offset:?}`"))),
    }
}

fn check(name: &str, kind: i64, offset: i64, length: i64, end: u64) -> Result<Module, ReadError> {
    let kind = ModuleKind::from_number(kind)
        .ok_or_else(|| damaged(end, format!("the module `{name}` has the unknown kind `{kind}`")))?;
    let place = u64::try_from(offset).ok().zip(u64::try_from(length).ok());
    match place.filter(|(offset, length)| offset.saturating_add(*length) <= end) {
        Some((offset, length)) => Ok(Module { kind, offset, length }),
        None => Err(damaged(end, format!("the module `{name}` lies at `{offset}` with `{length}` bytes, outside"))),
    }
}

fn damaged(offset: u64, reason: String) -> ReadError {
    ReadError::Damaged { format: FORMAT, offset, reason }
}
