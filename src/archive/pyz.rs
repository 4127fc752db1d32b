//! A PYZ: a header, modules (each a zlib stream of marshalled code) and a marshalled table of them.
use std::ops::Range;

use super::inflate::{Stored, Wrapping};
use super::input::{Input, disjoint, place};
use super::marshal::{self, Value};
use crate::error::{Error, Result};

const MAGIC: [u8; 4] = *b"PYZ\0";
const HEADER: usize = 17;

/// What a module of a PYZ is (PyInstaller's `loader/pyimod01_archive.py`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PyzKind {
    /// 0: a module.
    Module,
    /// 1: a package's `__init__`.
    Package,
    /// 2: data.
    Data,
    /// 3: a package without `__init__` (PEP 420); it has no code.
    NamespacePackage,
}

/// A module of a PYZ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PyzModule {
    /// The name, with dots.
    pub name: String,
    /// What it is.
    pub kind: PyzKind,
    /// Where its stored bytes are in the PYZ.
    pub place: Range<usize>,
}

/// A PYZ in memory.
#[derive(Debug, Clone)]
pub struct Pyz {
    bytes: Vec<u8>,
    base: usize,
    pyc_magic: [u8; 4],
    toc: Range<usize>,
    modules: Vec<PyzModule>,
}

impl Pyz {
    /// Reads the table of a whole PYZ.
    pub fn parse(bytes: Vec<u8>) -> Result<Pyz> {
        Pyz::parse_at(bytes, 0)
    }

    /// Reads the table of a PYZ that begins at byte `base` of a file: errors say the file's offsets.
    pub fn parse_at(bytes: Vec<u8>, base: usize) -> Result<Pyz> {
        let mut input = Input::new("PYZ", &bytes, base);
        let magic = input.take(MAGIC.len())?;
        if magic != MAGIC {
            let problem = format!("begins with `{}`, expected `{}`", magic.escape_ascii(), MAGIC.escape_ascii());
            return Err(Error::malformed("PYZ", base as u64, problem));
        }
        let mut pyc_magic = [0; 4];
        pyc_magic.copy_from_slice(input.take(4)?);
        let offset = input.u32_be()? as usize;
        if offset < HEADER || offset > bytes.len() {
            let problem = format!("table at `{offset}`, it can be at `{HEADER}` to `{}`", bytes.len());
            return Err(Error::malformed("PYZ", base as u64, problem));
        }
        let (table, length) = marshal::parse_prefix("PYZ table", &bytes[offset..], base + offset, None)?;
        let toc = offset..offset + length;
        let modules = modules(&table, base, &toc, bytes.len())?;
        Ok(Pyz { bytes, base, pyc_magic, toc, modules })
    }

    /// The modules, in the table's order.
    pub fn modules(&self) -> &[PyzModule] {
        &self.modules
    }

    /// The whole PYZ.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Where the header is in the PYZ.
    pub fn header(&self) -> Range<usize> {
        0..HEADER
    }

    /// Where the table is in the PYZ.
    pub fn toc(&self) -> Range<usize> {
        self.toc.clone()
    }

    /// The first four bytes of a `.pyc` of the Python that it is for.
    pub fn pyc_magic(&self) -> [u8; 4] {
        self.pyc_magic
    }

    /// The stored bytes of a module of this PYZ.
    pub fn raw(&self, module: &PyzModule) -> &[u8] {
        self.bytes.get(module.place.clone()).unwrap_or_default()
    }

    /// A module's marshalled code (for [`PyzKind::Data`] its bytes), decompressed; nothing for a namespace package.
    pub fn code(&self, module: &PyzModule) -> Result<Vec<u8>> {
        if module.kind == PyzKind::NamespacePackage {
            return Ok(Vec::new());
        }
        let what = format!("PYZ module `{}`", module.name.escape_debug());
        let offset = self.base.saturating_add(module.place.start);
        Stored { what: &what, offset, bytes: self.raw(module), wrapping: Wrapping::Zlib }.inflate_undeclared()
    }
}

/// The table is `[(name, (kind, offset, length)), …]`; some versions write a dict of the same.
fn modules(table: &Value, base: usize, toc: &Range<usize>, length: usize) -> Result<Vec<PyzModule>> {
    let at = base + toc.start;
    let error = |what: &str, found: &Value| {
        let problem = format!("is of type `{}`, expected {what}", found.type_name());
        Error::malformed("PYZ table", at as u64, problem)
    };
    let module = |index: usize, name: &Value, data: &Value| {
        let name = name.as_str().ok_or_else(|| error("names as `str`", name))?;
        let what = format!("PYZ table entry {index} `{}`", name.escape_debug());
        let problem = |problem: String| Error::malformed(&what, at as u64, problem);
        let Some([kind, offset, size]) = data.as_tuple() else {
            return Err(problem(format!("is of type `{}`, expected `tuple` of 3", data.type_name())));
        };
        let number = |value: &Value| {
            value
                .as_int()
                .and_then(|number| u64::try_from(number).ok())
                .ok_or_else(|| problem(format!("has a `{}` for a number, expected `int` from 0 on", value.type_name())))
        };
        let kind = match number(kind)? {
            0 => PyzKind::Module,
            1 => PyzKind::Package,
            2 => PyzKind::Data,
            3 => PyzKind::NamespacePackage,
            other => return Err(problem(format!("has kind `{other}`, `0` to `3` are known"))),
        };
        let place = place(&what, at, number(offset)?, number(size)?, &(HEADER..length))?;
        Ok(PyzModule { name: name.to_owned(), kind, place })
    };
    let modules: Vec<PyzModule> = match table {
        Value::List(items) => items
            .iter()
            .enumerate()
            .map(|(index, item)| match item.as_tuple() {
                Some([name, data]) => module(index, name, data),
                _ => Err(error("items as `tuple` of 2", item)),
            })
            .collect::<Result<_>>()?,
        Value::Dict(items) => {
            items.iter().enumerate().map(|(index, (name, data))| module(index, name, data)).collect::<Result<_>>()?
        }
        other => return Err(error("`list` or `dict`", other)),
    };
    let places = modules.iter().map(|module| (module.name.as_str(), module.place.clone()));
    disjoint("PYZ: modules overlap", places.chain([("table", toc.clone())]))
        .map_err(|error| shifted(error, base as u64))?;
    Ok(modules)
}

/// The same error at an offset of the file.
fn shifted(error: Error, base: u64) -> Error {
    match error {
        Error::Malformed { what, offset, problem } => Error::Malformed { what, offset: offset + base, problem },
        other => other,
    }
}
