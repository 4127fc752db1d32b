//! sha256 (FIPS 180-4) of bytes and files, as lower-case hex.
use std::fs::File;
use std::io::{self, Read};

use camino::Utf8Path;
use sha2::{Digest, Sha256};

use crate::error::FileError;
use crate::text::hex;

/// Bytes that are read at once.
const CHUNK: usize = 128 << 10;

/// Returns the sha256 of bytes.
pub fn of(bytes: &[u8]) -> String {
    hex(&digest(bytes))
}

/// Returns the sha256 of bytes, itself in bytes.
pub fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Reads to the end; returns the sha256 of what is read, and its size in bytes.
///
/// # Errors
/// If reading fails.
pub fn of_rest(reader: &mut impl Read) -> io::Result<(String, u64)> {
    let (mut hasher, mut size, mut chunk) = (Sha256::new(), 0, vec![0; CHUNK]);
    loop {
        let count = match reader.read(&mut chunk) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        if count == 0 {
            return Ok((hex(&hasher.finalize()), size));
        }
        hasher.update(&chunk[..count]);
        size += count as u64;
    }
}

/// Returns the sha256 of a file, and its size in bytes.
///
/// # Errors
/// If it cannot be read.
pub fn of_file(path: &Utf8Path) -> Result<(String, u64), FileError> {
    File::open(path).and_then(|mut file| of_rest(&mut file)).map_err(FileError::of("read", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FIPS 180-4's own example.
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn bytes_and_file_have_one_hash() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = Utf8Path::from_path(folder.path()).expect("UTF-8").join("a");
        std::fs::write(&path, "abc").expect("written");
        assert_eq!(of(b"abc"), ABC);
        assert_eq!(of_file(&path).expect("readable"), (ABC.to_owned(), 3));
    }

    #[test]
    fn a_file_that_is_missing_is_named() {
        let error = of_file(Utf8Path::new("no/such")).expect_err("missing");
        assert_eq!(error.to_string(), "cannot read `no/such`");
    }
}
