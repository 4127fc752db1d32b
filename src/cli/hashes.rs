//! Sizes and hashes of executables.
use std::fs::File;
use std::io::{self, Read};

use camino::Utf8Path;
use permafreeze_base::error::FileError;
use permafreeze_base::text::hex;
use permafreeze_plan::expected::FileDigest;
use sha2::{Digest, Sha256};

/// Bytes that are read at once.
const BUFFER_SIZE: usize = 1 << 20;

/// Returns size, sha256 and blake3 of a file, lower-case hex.
///
/// # Errors
/// [`FileError`].
pub(crate) fn of_file(path: &Utf8Path) -> Result<FileDigest, FileError> {
    let mut sha256 = Sha256::new();
    let mut blake3 = blake3::Hasher::new();
    let size = read(path, |bytes| {
        sha256.update(bytes);
        blake3.update(bytes);
    });
    let size = size.map_err(FileError::of("read", path))?;
    let sha256 = hex(&sha256.finalize());
    Ok(FileDigest { sha256, blake3: blake3.finalize().to_hex().to_string(), size })
}

/// Tells whether the file at `path` has this size and this blake3; one that cannot be read has not.
pub(crate) fn is(path: &Utf8Path, size: u64, blake3: &str) -> bool {
    if std::fs::metadata(path).map(|metadata| metadata.len()).ok() != Some(size) {
        return false;
    }
    let mut hasher = blake3::Hasher::new();
    let read = read(path, |bytes| {
        hasher.update(bytes);
    });
    read.is_ok() && hasher.finalize().to_hex().as_str() == blake3
}

fn read(path: &Utf8Path, mut each: impl FnMut(&[u8])) -> io::Result<u64> {
    let mut file = File::open(path)?;
    let mut buffer = vec![0; BUFFER_SIZE];
    let mut size = 0;
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(size),
            length => {
                each(&buffer[..length]);
                size += length as u64;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_the_bytes() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = Utf8Path::from_path(folder.path()).expect("UTF-8").join("file");
        std::fs::write(&path, "abc").expect("written");
        let found = of_file(&path).expect("readable");
        assert_eq!(found.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(found.blake3, "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85");
        assert_eq!(found.size, 3);
        assert!(is(&path, 3, &found.blake3));
        assert!(!is(&path, 4, &found.blake3));
        assert!(!is(&path, 3, &found.sha256));
        assert!(!is(&path.with_file_name("nothing"), 3, &found.blake3));
    }
}
