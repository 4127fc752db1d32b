//! Signatures made by hand, as Apple's tools make them: several hashes, blobs of requirements.
use permafreeze_base::{sha1, sha256};

use super::{Changes, Signature, adhoc, compare, signature};

#[path = "../../../tests/support/macho.rs"]
mod support;

use support::{CODE, Image, LINKEDIT};

/// A kind of hashes: its number, and the function.
type Hash = (u8, fn(&[u8]) -> Vec<u8>);

fn words(numbers: &[usize]) -> Vec<u8> {
    numbers.iter().flat_map(|number| (*number as u32).to_be_bytes()).collect()
}

/// A code directory of these blobs (by slot: requirements are 2) and pages of 2^`bits` bytes.
fn directory(covered: &[u8], blobs: &[(usize, &[u8])], bits: u8, hash: Hash) -> Vec<u8> {
    let (kind, digest) = hash;
    let size = digest(b"").len();
    let pages: Vec<_> = covered.chunks(1 << bits).map(digest).collect();
    let special = blobs.iter().map(|(slot, _)| *slot).max().unwrap_or(0);
    let hashes = 44 + 2 + special * size;
    let length = hashes + pages.len() * size;
    let mut bytes = words(&[0xfade_0c02, length, 0x20001, 2, hashes, 44, special, pages.len(), covered.len()]);
    bytes.extend([size as u8, kind, 0, bits, 0, 0, 0, 0]);
    bytes.extend(b"a\0");
    for slot in (1..=special).rev() {
        let blob = blobs.iter().find(|(known, _)| *known == slot);
        bytes.extend(blob.map_or(vec![0; size], |(_, blob)| digest(blob)));
    }
    bytes.extend(pages.concat());
    bytes
}

/// A file with a signature of these blobs by slot; `make` gives them for the bytes before it.
fn signed(make: impl Fn(&[u8]) -> Vec<(usize, Vec<u8>)>) -> Vec<u8> {
    let mut bytes = Image::default().bytes();
    bytes.resize(bytes.len().next_multiple_of(16), 0);
    let offset = bytes.len();
    let size = 4096;
    let end = 32 + u32::from_le_bytes(bytes[20..24].try_into().expect("four bytes")) as usize;
    let command = [0x1d, 16, offset as u32, size as u32];
    bytes[end..end + 16].copy_from_slice(&command.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>());
    bytes[16] += 1;
    bytes[20..24].copy_from_slice(&(end as u32 - 32 + 16).to_le_bytes());
    let blobs = make(&bytes);
    let mut at = 12 + 8 * blobs.len();
    let total: usize = at + blobs.iter().map(|(_, blob)| blob.len()).sum::<usize>();
    let mut list = words(&[0xfade_0cc0, total, blobs.len()]);
    for (slot, blob) in &blobs {
        list.extend(words(&[*slot, at]));
        at += blob.len();
    }
    list.extend(blobs.into_iter().flat_map(|(_, blob)| blob));
    list.resize(size, 0);
    bytes.extend(list);
    bytes
}

const REQUIREMENTS: [u8; 12] = [0xfa, 0xde, 0x0c, 0x01, 0, 0, 0, 12, 0, 0, 0, 0];
const SHA1: Hash = (1, |bytes| sha1::digest(bytes).to_vec());
const SHA256: Hash = (2, |bytes| sha256::digest(bytes).to_vec());
const CUT: Hash = (3, |bytes| sha256::digest(bytes)[..20].to_vec());

/// As `codesign` signs: two code directories, requirements, a CMS blob that nobody looks into.
fn by_codesign() -> Vec<u8> {
    signed(|covered| {
        let requirements: &[(usize, &[u8])] = &[(2, &REQUIREMENTS)];
        vec![
            (0, directory(covered, requirements, 12, SHA1)),
            (2, REQUIREMENTS.to_vec()),
            (0x1000, directory(covered, requirements, 14, SHA256)),
            (0x1001, directory(covered, requirements, 12, CUT)),
            (0x10000, words(&[0xfade_0b01, 8])),
        ]
    })
}

fn problem(bytes: &[u8]) -> String {
    match signature(bytes) {
        Signature::Broken(problem) => problem,
        other => format!("{other:?}"),
    }
}

#[test]
fn every_hash_is_looked_at() {
    let whole = by_codesign();
    assert_eq!(signature(&whole), Signature::Holds);
    assert_eq!(signature(&Image::default().bytes()), Signature::Absent);
    for at in (0..LINKEDIT).step_by(61).chain([LINKEDIT + 3]) {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        assert!(matches!(signature(&changed), Signature::Broken(_)), "byte {at}");
    }
    let mut changed = whole.clone();
    changed[CODE] ^= 1;
    assert_eq!(problem(&changed), "does not have the hash of page `0` (bytes `0` to `4096`)");
    let place = whole.windows(12).position(|window| window == REQUIREMENTS).expect("the requirements");
    let mut changed = whole.clone();
    changed[place + 11] ^= 1;
    assert_eq!(problem(&changed), "does not have the hash of its blob in slot `2`");
}

#[test]
fn a_wrong_directory_among_others_is_found() {
    let broken = signed(|covered| {
        let mut second = directory(covered, &[], 12, SHA256);
        *second.last_mut().expect("a hash") ^= 1;
        vec![(0, directory(covered, &[], 12, SHA256)), (0x1000, second)]
    });
    assert_eq!(problem(&broken), "does not have the hash of page `1` (bytes `4096` to `4128`)");
    let none = signed(|_| vec![(2, REQUIREMENTS.to_vec())]);
    assert_eq!(problem(&none), "has no code directory");
    let less = signed(|covered| vec![(0, directory(&covered[..4096], &[], 12, SHA256))]);
    assert_eq!(problem(&less), "covers `4096` bytes in `1` pages, expected `4128` bytes");
    let unknown = signed(|covered| vec![(0, directory(covered, &[], 12, (9, SHA256.1)))]);
    assert_eq!(problem(&unknown), "has hashes of kind `9`, `1` to `4` are known");
}

#[test]
fn files_that_lie() {
    let whole = by_codesign();
    let signature_at = whole.len() - 4096;
    // Header and load commands, and what the signature begins with.
    for at in (0..600).chain(signature_at..signature_at + 500) {
        for byte in [0, 0x7f, 0xff] {
            let mut changed = whole.clone();
            changed[at] = byte;
            let _ = signature(&changed);
            let changes = Changes { end: Some(9), strings_end: Some(9), uuid: None, sdk: None, renamed: &|_, _| true };
            let _ = compare(&changed, &whole, &changes);
            let _ = compare(&whole, &changed, &changes);
            let _ = adhoc(&changed, "a");
        }
    }
    for end in (0..whole.len()).step_by(7) {
        assert_ne!(signature(&whole[..end]), Signature::Holds, "cut at {end}");
    }
}
