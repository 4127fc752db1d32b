//! sha256 of files.
use std::fs::File;
use std::io::{self, Read};

use camino::Utf8Path;
use sha2::{Digest, Sha256};

/// Bytes that are read at once.
pub(crate) const CHUNK: usize = 128 << 10;

/// Returns lower-case hex.
pub(crate) fn hex(hasher: Sha256) -> String {
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Hashes what is left of a file; returns also how many bytes that is.
pub(crate) fn hash_rest(file: &mut File) -> io::Result<(Sha256, u64)> {
    let (mut hasher, mut size, mut chunk) = (Sha256::new(), 0, vec![0; CHUNK]);
    loop {
        let count = file.read(&mut chunk)?;
        if count == 0 {
            return Ok((hasher, size));
        }
        hasher.update(&chunk[..count]);
        size += count as u64;
    }
}

/// Returns the sha256 of a file, lower-case hex.
pub(crate) fn file_sha256(path: &Utf8Path) -> io::Result<String> {
    hash_rest(&mut File::open(path)?).map(|(hasher, _)| hex(hasher))
}
