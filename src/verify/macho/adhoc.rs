//! What an ad-hoc signature has to be, to the byte.
use sha2::{Digest, Sha256};

use super::{File, le32, le64};

const PAGE: usize = 1 << 12;
const SEGMENT: u32 = 0x19;
/// The file type of programs.
const EXECUTE: u32 = 2;

/// Returns the one ad-hoc signature of `covered`, the bytes of a file before it, by the name `identifier`, as Apple's
/// linker writes it; its length is a multiple of 16.
///
/// # Errors
/// If the load commands cannot be read.
pub(crate) fn adhoc(covered: &[u8], identifier: &str) -> Result<Vec<u8>, String> {
    let file = File::parse(covered)?;
    let text = file.commands().find(|(kind, command)| *kind == SEGMENT && command[8..].starts_with(b"__TEXT\0"));
    let (base, limit) = text.map_or((0, 0), |(_, command)| (le64(command, 40), le64(command, 48)));
    let pages: Vec<_> = covered.chunks(PAGE).map(Sha256::digest).collect();
    let hashes = 88 + identifier.len() + 1;
    let directory = hashes + 32 * pages.len();
    let mut bytes = Vec::new();
    let mut put = |number: usize, width: usize| {
        let number = (number as u64).to_be_bytes();
        bytes.extend_from_slice(&number[8 - width..]);
    };
    // The list: magic, length, one blob, which is in slot 0 at byte 20.
    for number in [0xfade_0cc0, 20 + directory, 1, 0, 20] {
        put(number, 4);
    }
    // The code directory: magic, length, version, flags (ad hoc, by the linker), places of hashes and identifier, number of
    // hashes of blobs and of pages, how much is covered.
    for number in [0xfade_0c02, directory, 0x20400, 0x20002, hashes, 88, 0, pages.len(), covered.len()] {
        put(number, 4);
    }
    // Length and kind of a hash (SHA-256), platform, logarithm of a page's length.
    for number in [32, 2, 0, 12] {
        put(number, 1);
    }
    // Nothing; the code segment and whether it is a program's.
    for number in [0, 0, 0, base as usize, limit as usize, usize::from(le32(covered, 12) == EXECUTE)] {
        put(number, 8);
    }
    bytes.extend(identifier.as_bytes());
    bytes.push(0);
    pages.iter().for_each(|page| bytes.extend_from_slice(page));
    bytes.resize(bytes.len().next_multiple_of(16), 0);
    Ok(bytes)
}
