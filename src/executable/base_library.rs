//! base_library.zip: what Python imports before the PYZ's importer exists (PyInstaller: `building/utils.py`).
//!
//! A zip file of stored members in the order of their names, all of 1980-01-01, each a pyc with an unchecked hash
//! (PEP 552). Format: APPNOTE.TXT, without zip64.
use std::collections::BTreeMap;

use permafreeze_packaging::python::Python;

use crate::error::LayoutError;
use crate::format::ModuleKind;

const FORMAT: &str = "base_library.zip";
const LOCAL_HEADER: u32 = 0x0403_4b50;
const CENTRAL_HEADER: u32 = 0x0201_4b50;
const END_RECORD: u32 = 0x0605_4b50;
/// Version 2.0, the first with folders.
const VERSION_NEEDED: u16 = 20;
/// Unix, so that the attributes hold a mode.
const MADE_BY: u16 = 3 << 8 | VERSION_NEEDED;
/// 1980-01-01 in MS-DOS's form.
const DATE: u16 = 1 << 5 | 1;
/// `-rw-------`, as Python's `ZipFile.writestr` has it.
const ATTRIBUTES: u32 = 0o600 << 16;

/// Returns a module's path in the zip file: `encodings/__init__.pyc`.
pub fn path(name: &str, kind: ModuleKind) -> String {
    let suffix = if kind == ModuleKind::Package { "/__init__.pyc" } else { ".pyc" };
    name.replace('.', "/") + suffix
}

/// Returns marshalled code of a Python as a pyc whose hash is not checked.
pub fn pyc(python: Python, code: &[u8]) -> Vec<u8> {
    [&python.pyc_head(), code].concat()
}

/// Returns the zip file of the members, by their paths.
pub fn write(members: &BTreeMap<String, Vec<u8>>) -> Result<Vec<u8>, LayoutError> {
    let mut zip = Vec::new();
    let mut directory = Vec::new();
    for (path, bytes) in members {
        let offset = narrow(path, zip.len())?;
        let common = common_fields(path, bytes)?;
        zip.extend(LOCAL_HEADER.to_le_bytes());
        zip.extend(&common);
        zip.extend(path.as_bytes());
        zip.extend(bytes);
        directory.extend(CENTRAL_HEADER.to_le_bytes());
        directory.extend(MADE_BY.to_le_bytes());
        directory.extend(&common);
        // Comment's length, disk, internal attributes.
        directory.extend([0; 6]);
        directory.extend(ATTRIBUTES.to_le_bytes());
        directory.extend(offset.to_le_bytes());
        directory.extend(path.as_bytes());
    }
    let count = u16::try_from(members.len())
        .map_err(|_| too_large("member count", members.len(), u16::MAX.into()))?
        .to_le_bytes();
    let offset = narrow("central directory", zip.len())?;
    zip.extend(&directory);
    zip.extend(END_RECORD.to_le_bytes());
    zip.extend([0; 4]);
    zip.extend(count);
    zip.extend(count);
    zip.extend(narrow("central directory", directory.len())?.to_le_bytes());
    zip.extend(offset.to_le_bytes());
    zip.extend([0; 2]);
    Ok(zip)
}

/// The fields that a local and a central header share: version to extra field's length.
fn common_fields(path: &str, bytes: &[u8]) -> Result<Vec<u8>, LayoutError> {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    let size = narrow(path, bytes.len())?.to_le_bytes();
    let name = u16::try_from(path.len()).map_err(|_| too_large(path, path.len(), u16::MAX.into()))?;
    // Bit 11: the name is UTF-8.
    let flags: u16 = if path.is_ascii() { 0 } else { 1 << 11 };
    let mut fields = Vec::new();
    // Version, flags, method 0 (stored), time 0:00, date.
    for number in [VERSION_NEEDED, flags, 0, 0, DATE] {
        fields.extend(number.to_le_bytes());
    }
    fields.extend(crc.sum().to_le_bytes());
    fields.extend(size);
    fields.extend(size);
    fields.extend(name.to_le_bytes());
    fields.extend([0; 2]);
    Ok(fields)
}

fn narrow(name: &str, number: usize) -> Result<u32, LayoutError> {
    u32::try_from(number).map_err(|_| too_large(name, number, u32::MAX.into()))
}

fn too_large(name: &str, number: usize, limit: u64) -> LayoutError {
    LayoutError::TooLarge { format: FORMAT, name: name.to_owned(), end: number as u64, limit }
}
