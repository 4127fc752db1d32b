//! Does a signature hold? Every page is hashed again, and every blob that a code directory has a hash of.
//!
//! Who signed, as the CMS blob says it, is not looked at: macOS loads what is signed ad hoc.
use std::ops::Range;

use permafreeze_base::sha1;
use rayon::prelude::*;
use sha2::{Digest, Sha256, Sha384};

use super::{File, be32};

const EMBEDDED_SIGNATURE: u32 = 0xfade_0cc0;
const CODE_DIRECTORY: u32 = 0xfade_0c02;
/// The slots of code directories: the first, and those for other hashes.
const DIRECTORIES: [Range<u32>; 2] = [0..1, 0x1000..0x1006];
/// Slots whose blobs code directories have hashes of: requirements, entitlements, the same in DER.
const HASHED: [u32; 3] = [2, 5, 7];
/// The most blobs that are looked at.
const BLOBS_MOST: u32 = 64;
/// Versions from which there are lists of pages that are apart, and limits of 64 bits.
const SCATTER: u32 = 0x20100;
const LIMIT_64: u32 = 0x20300;

/// What is known of a file's signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Signature {
    /// There is none.
    Absent,
    /// All hashes are those of the file.
    Holds,
    /// They are not; why.
    Broken(String),
}

/// Checks the signature of a file for one machine of 64 bits.
pub(crate) fn signature(bytes: &[u8]) -> Signature {
    let file = match File::parse(bytes) {
        Ok(file) => file,
        Err(problem) => return Signature::Broken(problem),
    };
    let Some(place) = file.signature() else { return Signature::Absent };
    let Some(signature) = bytes.get(place.clone()) else {
        let problem = format!("lies from byte `{}` to `{}`, the file has `{}`", place.start, place.end, bytes.len());
        return Signature::Broken(problem);
    };
    match check(&bytes[..place.start], signature) {
        Ok(()) => Signature::Holds,
        Err(problem) => Signature::Broken(problem),
    }
}

/// Checks a list of blobs against the bytes before it.
fn check(covered: &[u8], signature: &[u8]) -> Result<(), String> {
    let (magic, length, count) = (be32(signature, 0), be32(signature, 4) as usize, be32(signature, 8));
    if magic != EMBEDDED_SIGNATURE || length > signature.len() || count > BLOBS_MOST {
        return Err(format!("begins with `{magic:#x}`, `{length}` bytes, `{count}` blobs"));
    }
    let blobs = (0..count as usize).map(|index| {
        let entry = 12 + 8 * index;
        let (slot, offset) = (be32(signature, entry), be32(signature, entry + 4) as usize);
        let blob = offset.checked_add(be32(signature, offset.saturating_add(4)) as usize);
        let blob = blob.and_then(|end| signature[..length].get(offset..end)).filter(|blob| blob.len() >= 8);
        Ok((slot, blob.ok_or_else(|| format!("blob `{index}` lies outside of it"))?))
    });
    let blobs: Vec<(u32, &[u8])> = blobs.collect::<Result<_, String>>()?;
    let directories: Vec<&[u8]> = blobs
        .iter()
        .filter(|(slot, _)| DIRECTORIES.iter().any(|slots| slots.contains(slot)))
        .map(|(_, blob)| *blob)
        .collect();
    if directories.is_empty() {
        return Err("has no code directory".to_owned());
    }
    directories.into_iter().try_for_each(|directory| Directory::read(directory)?.check(covered, &blobs))
}

/// A code directory.
struct Directory<'a> {
    bytes: &'a [u8],
    /// Where the pages' hashes begin; those of other blobs lie before.
    hashes: usize,
    special: usize,
    pages: usize,
    limit: u64,
    hash: Hash,
    /// Bytes in a page.
    page: usize,
}

impl<'a> Directory<'a> {
    fn read(bytes: &'a [u8]) -> Result<Directory<'a>, String> {
        let (magic, version) = (be32(bytes, 0), be32(bytes, 8));
        let number = |at| be32(bytes, at) as usize;
        let byte = |at: usize| bytes.get(at).copied().unwrap_or_default();
        if magic != CODE_DIRECTORY {
            return Err(format!("its code directory begins with `{magic:#x}`"));
        }
        if version >= SCATTER && number(44) != 0 {
            return Err("its pages are apart (scatter), which nothing writes".to_owned());
        }
        let wide = u64::from(be32(bytes, 56)) << 32 | u64::from(be32(bytes, 60));
        let limit = if version >= LIMIT_64 && wide != 0 { wide } else { number(32) as u64 };
        let hash = Hash::of(byte(37))?;
        let size = hash.size();
        if usize::from(byte(36)) != size || !(12..=20).contains(&byte(39)) {
            return Err(format!("has hashes of `{}` bytes and pages of 2^`{}`", byte(36), byte(39)));
        }
        let directory = Directory {
            bytes,
            hashes: number(16),
            special: number(24),
            pages: number(28),
            limit,
            hash,
            page: 1 << byte(39),
        };
        let first = directory.special.checked_mul(size).and_then(|before| directory.hashes.checked_sub(before));
        let end = directory.pages.checked_mul(size).and_then(|after| directory.hashes.checked_add(after));
        match (first, end) {
            (Some(_), Some(end)) if end <= bytes.len() => Ok(directory),
            _ => Err("its hashes lie outside of its code directory".to_owned()),
        }
    }

    fn check(&self, covered: &[u8], blobs: &[(u32, &[u8])]) -> Result<(), String> {
        if self.limit != covered.len() as u64 || self.pages != covered.len().div_ceil(self.page) {
            let (limit, pages) = (self.limit, self.pages);
            return Err(format!("covers `{limit}` bytes in `{pages}` pages, expected `{}` bytes", covered.len()));
        }
        let wrong = covered
            .par_chunks(self.page)
            .enumerate()
            .find_first(|(index, page)| self.hash.digest(page) != self.hash_at(self.hashes + index * self.hash.size()));
        if let Some((index, _)) = wrong {
            let start = index * self.page;
            let end = (start + self.page).min(covered.len());
            return Err(format!("does not have the hash of page `{index}` (bytes `{start}` to `{end}`)"));
        }
        for (slot, blob) in blobs.iter().filter(|(slot, _)| HASHED.contains(slot)) {
            let index = *slot as usize;
            let at = (index <= self.special).then(|| self.hashes - index * self.hash.size());
            if at.is_none_or(|at| self.hash.digest(blob) != self.hash_at(at)) {
                return Err(format!("does not have the hash of its blob in slot `{slot}`"));
            }
        }
        Ok(())
    }

    /// Returns a hash, which [`Directory::read`] has found to lie in the code directory.
    fn hash_at(&self, at: usize) -> &[u8] {
        &self.bytes[at..at + self.hash.size()]
    }
}

/// How a code directory hashes.
#[derive(Debug, Clone, Copy)]
enum Hash {
    Sha1,
    Sha256,
    /// The first 20 bytes of SHA-256.
    Sha256Cut,
    Sha384,
}

impl Hash {
    fn of(kind: u8) -> Result<Hash, String> {
        match kind {
            1 => Ok(Hash::Sha1),
            2 => Ok(Hash::Sha256),
            3 => Ok(Hash::Sha256Cut),
            4 => Ok(Hash::Sha384),
            other => Err(format!("has hashes of kind `{other}`, `1` to `4` are known")),
        }
    }

    /// Returns the length of a hash in bytes.
    fn size(self) -> usize {
        match self {
            Hash::Sha1 | Hash::Sha256Cut => 20,
            Hash::Sha256 => 32,
            Hash::Sha384 => 48,
        }
    }

    fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Hash::Sha1 => sha1::digest(bytes).to_vec(),
            Hash::Sha256 | Hash::Sha256Cut => Sha256::digest(bytes)[..self.size()].to_vec(),
            Hash::Sha384 => Sha384::digest(bytes).to_vec(),
        }
    }
}
