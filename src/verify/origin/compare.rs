//! Bytes against what they have to be: what an object has, or what is rebuilt.
use std::ops::Range;

use permafreeze_archive::{Entry, Form};
use permafreeze_base::sha256;
use permafreeze_executable::owner::Owner;
use permafreeze_object::deflate::deflate;
use permafreeze_object::format::{Blob, Encoding};
use permafreeze_object::reader::{ReadError, Reader};

use super::{Check, Outcome, Proof, Tile};
use crate::finding::Finding;

/// What an entry has to hold.
pub(super) enum Expected<'e> {
    /// A file of an object: its blob, its size in bytes, its sha256.
    File(&'e Reader, Blob, u64, &'e str),
    /// Bytes; in a onefile compressed, if that makes them smaller.
    Bytes(Vec<u8>),
    /// Bytes that are never compressed.
    Stored(Vec<u8>),
}

/// Compares an entry's stored bytes, its flag and its size with what it has to hold; the error is the difference.
pub(super) fn compare(check: Check<'_>, entry: &Entry, expected: &Expected<'_>) -> Result<(), String> {
    let onefile = check.executable.form() == Form::Onefile;
    // A file of a bundle that cannot be decoded.
    if let Some(file) = entry.file.and_then(|number| check.executable.files().get(number)) {
        file.bytes().map_err(|error| error.to_string())?;
    }
    let (stored, compressed, size) = match expected {
        Expected::File(reader, blob, size, sha256) => {
            let plain = check.executable.data(entry).map_err(|error| error.to_string())?;
            let found = sha256::of(&plain);
            if found != *sha256 {
                return Err(format!("has sha256 `{found}`, its owner's file has `{sha256}`"));
            }
            let unreadable = |error: ReadError| error.to_string();
            match blob.encoding {
                _ if !onefile => (reader.plain(*blob, *size).map_err(unreadable)?, false, *size),
                Encoding::Stored => (reader.stored(*blob).map_err(unreadable)?, false, *size),
                Encoding::Deflated => (reader.stored(*blob).map_err(unreadable)?, true, *size),
                Encoding::Frames | Encoding::Member { .. } => {
                    deflated(&reader.plain(*blob, *size).map_err(unreadable)?)
                }
            }
        }
        Expected::Bytes(bytes) if onefile => deflated(bytes),
        Expected::Bytes(bytes) => (bytes.clone(), false, bytes.len() as u64),
        Expected::Stored(bytes) => (bytes.clone(), false, bytes.len() as u64),
    };
    if entry.size != size {
        return Err(format!("has `{}` bytes, expected `{size}`", entry.size));
    }
    if entry.compressed != compressed {
        let words = |compressed| if compressed { "compressed" } else { "not compressed" };
        return Err(format!("is {}, expected {}", words(entry.compressed), words(compressed)));
    }
    difference(check.executable.raw(entry), &stored)
        .map_or(Ok(()), |difference| Err(format!("as stored: {difference}")))
}

/// Returns what bytes are stored as, whether that is compressed, and their length.
fn deflated(bytes: &[u8]) -> (Vec<u8>, bool, u64) {
    let stream = deflate(bytes);
    let smaller = stream.len() < bytes.len();
    (if smaller { stream } else { bytes.to_vec() }, smaller, bytes.len() as u64)
}

/// Adds a tile of something that is rebuilt; `None`: there is nothing to compare it with.
pub(super) fn rebuilt(outcome: &mut Outcome, what: &str, place: Range<usize>, found: &[u8], expected: Option<&[u8]>) {
    let difference = expected.map(|expected| difference(found, expected));
    let proof = if difference == Some(None) { Proof::Rebuilt } else { Proof::Unproved };
    if let Some(Some(difference)) = difference {
        outcome.findings.push(Finding::new(what, difference));
    }
    let size = place.len() as u64;
    outcome.tiles.push(Tile { place, what: what.to_owned(), owner: Owner::Permafreeze, size, proof });
}

/// Says where bytes differ from what they have to be; `None` if they do not.
pub(super) fn difference(found: &[u8], expected: &[u8]) -> Option<String> {
    let at = found.iter().zip(expected).position(|(found, expected)| found != expected);
    match at {
        Some(at) => Some(format!("byte `{at}` is `{:02x}`, expected `{:02x}`", found[at], expected[at])),
        None if found.len() != expected.len() => {
            Some(format!("has `{}` bytes, expected `{}`", found.len(), expected.len()))
        }
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_named() {
        assert_eq!(difference(b"abc", b"abc"), None);
        assert_eq!(difference(b"abc", b"abd").as_deref(), Some("byte `2` is `63`, expected `64`"));
        assert_eq!(difference(b"ab", b"abd").as_deref(), Some("has `2` bytes, expected `3`"));
    }
}
