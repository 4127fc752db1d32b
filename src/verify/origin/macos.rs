//! What the linker changes and makes for macOS: the bootloader's load commands, the signature, and libraries that would not
//! be loaded as they are. Shares no code with it.
use permafreeze_archive::{Entry, Executable};
use permafreeze_base::sha1::Sha1;
use permafreeze_executable::report::File;

use super::compare::{Expected, compare};
use super::{Check, code, listing};
use crate::macho::{self, Changes, Signature};

/// Signatures begin at multiples of this many bytes.
const ALIGNMENT: usize = 16;

/// Compares the bootloader with its owner's: the package is the end of its string table and decides its UUID; its SDK is not
/// newer than that of Python's library (PyInstaller's `utils/osx.py`).
///
/// # Errors
/// The difference.
pub(super) fn bootloader(check: Check<'_>, bytes: &[u8], owner: &[u8]) -> Result<(), String> {
    let archive = check.archive;
    let own = macho::File::parse(owner)?;
    let uuid = own.uuid().and_then(|uuid| {
        let mut hash = Sha1::default();
        hash.update(&archive.bytes()[archive.package()]);
        hash.update(uuid);
        hash.finish()[..16].try_into().ok()
    });
    let library = check.executable.entries().iter().find(|entry| entry.name == archive.python_library());
    let library = library.map(|entry| check.executable.data(entry)).transpose().map_err(|error| error.to_string())?;
    let library = library.and_then(|bytes| macho::File::parse(&bytes).ok()?.sdk());
    let changes = Changes {
        end: Some(archive.bytes().len()),
        strings_end: Some(archive.package().end),
        uuid,
        sdk: library.filter(|library| own.sdk().is_some_and(|own| *library < own)),
        renamed: &|_, _| false,
    };
    macho::compare(bytes, owner, &changes)
}

/// Returns what has to follow the cookie: zeros up to the signature, and the signature by the program's name.
///
/// # Errors
/// If there is no room for one, or the load commands cannot be read.
pub(super) fn signature(check: Check<'_>) -> Result<Vec<u8>, String> {
    let archive = check.archive;
    let end = archive.cookie().end;
    let covered = end.next_multiple_of(ALIGNMENT);
    let bytes = archive.bytes().get(..covered).ok_or("is not signed")?;
    Ok([&vec![0; covered - end], &macho::adhoc(bytes, &check.report.name)?[..]].concat())
}

/// Compares a changed library with its owner's: only the names of needed libraries, which are then in the executable, and
/// the signature may differ, and its signature is the one that its bytes have.
///
/// # Errors
/// The difference.
pub(super) fn library(check: Check<'_>, entry: &Entry, said: &File) -> Result<(), String> {
    let source = code::source(check.sources, &said.source)?;
    let owner = source.reader.file(source.file).map_err(|error| error.to_string())?;
    let found = check.executable.data(entry).map_err(|error| error.to_string())?.into_owned();
    let file = macho::File::parse(&found)?;
    let own_end = macho::File::parse(&owner)?.signature().map_or(owner.len(), |place| place.start);
    if let Some(place) = file.signature() {
        let name = said.name.rsplit('/').next().unwrap_or_default();
        let covered = own_end.next_multiple_of(ALIGNMENT);
        let expected = match found.get(..covered) {
            Some(bytes) if place.start == covered => macho::adhoc(bytes, name)?,
            _ => return Err(format!("has a signature from byte `{}` on, expected `{covered}`", place.start)),
        };
        if found[own_end..covered].iter().any(|byte| *byte != 0) || found[covered..] != expected {
            return Err("has another signature than its bytes have".to_owned());
        }
    } else if found.len() != own_end || macho::signature(&owner) != Signature::Absent {
        return Err("is not signed as its owner's file is".to_owned());
    }
    let changes = Changes {
        end: file.signature().map(|_| found.len()),
        strings_end: None,
        uuid: None,
        sdk: None,
        renamed: &|_, name| resolves(check.executable, &said.name, name),
    };
    let head = found.get(..own_end).ok_or_else(|| format!("has `{}` bytes, expected `{own_end}`", found.len()))?;
    macho::compare(head, &owner, &changes)?;
    compare(check, entry, &Expected::Bytes(found))
}

/// Tells whether a name leads from the folder of a file to another one of the executable.
fn resolves(executable: &Executable, file: &str, name: &str) -> bool {
    let Some(path) = name.strip_prefix("@loader_path/") else { return false };
    let mut parts: Vec<&str> = file.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.pop().is_none() => return false,
            ".." => {}
            _ => parts.push(part),
        }
    }
    listing::unpacks(executable, &parts.join("/"))
}
