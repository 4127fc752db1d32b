//! Mach-O signatures: does one hold? (Apple's `cs_blobs.h`.) The linker signs what macOS would not load.
use permafreeze_base::{sha1, sha256};
use permafreeze_object::format::Signature;

/// 64 bits, little endian.
const MAGIC: [u8; 4] = [0xcf, 0xfa, 0xed, 0xfe];
const HEADER: usize = 32;
const CODE_SIGNATURE: u32 = 0x1d;
const EMBEDDED_SIGNATURE: usize = 0xfade_0cc0;
const CODE_DIRECTORY: usize = 0xfade_0c02;
/// The most blobs that a signature may have.
const BLOBS_MOST: usize = 64;

/// Returns what is known of the signature of a file for one machine of 64 bits; `None`: it has none, or is another file.
pub(crate) fn signature(bytes: &[u8]) -> Option<Signature> {
    let (offset, size) = place(bytes)?;
    let holds = || {
        let (covered, rest) = bytes.split_at_checked(offset)?;
        covers(rest.get(..size)?, covered)
    };
    Some(if holds() == Some(true) { Signature::Valid } else { Signature::Broken })
}

/// Returns where the load commands say that the signature is: offset and length in bytes.
fn place(bytes: &[u8]) -> Option<(usize, usize)> {
    let number = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?));
    if !bytes.starts_with(&MAGIC) {
        return None;
    }
    let mut at = HEADER;
    for _ in 0..number(16)? {
        let (kind, length) = (number(at)?, number(at + 4)? as usize);
        if kind == CODE_SIGNATURE {
            return Some((number(at + 8)? as usize, number(at + 12)? as usize));
        }
        at += length.max(8);
    }
    None
}

/// Tells whether all code directories of a signature have the hashes of what it covers; `None` if it cannot be read.
fn covers(signature: &[u8], covered: &[u8]) -> Option<bool> {
    if word(signature, 0)? != EMBEDDED_SIGNATURE {
        return None;
    }
    let mut directories = 0;
    for index in 0..word(signature, 8)?.min(BLOBS_MOST) {
        let blob = signature.get(word(signature, 16 + 8 * index)?..)?;
        let blob = blob.get(..word(blob, 4)?)?;
        if word(blob, 0)? == CODE_DIRECTORY {
            directories += 1;
            if !has_hashes(blob, covered)? {
                return Some(false);
            }
        }
    }
    Some(directories > 0)
}

/// Tells whether a code directory has the hashes of all pages.
fn has_hashes(directory: &[u8], covered: &[u8]) -> Option<bool> {
    let (hashes, pages, limit) = (word(directory, 16)?, word(directory, 28)?, word(directory, 32)?);
    let (size, kind, bits) = (usize::from(*directory.get(36)?), *directory.get(37)?, *directory.get(39)?);
    if !(12..=20).contains(&bits) || limit != covered.len() || pages != covered.len().div_ceil(1 << bits) {
        return Some(false);
    }
    let hash = |page: &[u8]| match (kind, size) {
        (1, 20) => Some(sha1::digest(page).to_vec()),
        (2, 32) | (3, 20) => Some(sha256::digest(page)[..size].to_vec()),
        _ => None,
    };
    for (index, page) in covered.chunks(1 << bits).enumerate() {
        let at = hashes.checked_add(index * size)?;
        if hash(page)? != directory.get(at..at.checked_add(size)?)? {
            return Some(false);
        }
    }
    Some(true)
}

/// Returns a number of a signature, which are big-endian.
fn word(bytes: &[u8], at: usize) -> Option<usize> {
    Some(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?) as usize)
}
