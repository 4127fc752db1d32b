//! Files: errors with the path, hashes, atomic writes.
use std::fs::File;
use std::io::{Read, Write};

use camino::{Utf8Path, Utf8PathBuf};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// Turns an I/O error into one that names the file.
pub fn failed(action: &'static str, path: &Utf8Path) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Io { action, path, source }
}

/// Returns bytes in lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Returns a file's sha256 (lower-case hex) and its size in bytes.
///
/// # Errors
/// If the file cannot be read.
pub fn sha256(path: &Utf8Path) -> Result<(String, u64)> {
    let mut file = File::open(path).map_err(failed("read", path))?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    let mut size = 0;
    loop {
        let count = file.read(&mut buffer).map_err(failed("read", path))?;
        if count == 0 {
            return Ok((hex(&hasher.finalize()), size));
        }
        hasher.update(&buffer[..count]);
        size += count as u64;
    }
}

/// Checks a file's sha256.
///
/// # Errors
/// [`Error::WrongSha256`], or if it cannot be read.
pub fn check(path: &Utf8Path, expected: &str) -> Result<()> {
    let (got, _) = sha256(path)?;
    if got == expected {
        return Ok(());
    }
    Err(Error::WrongSha256 { file: path.to_string(), expected: expected.to_owned(), got })
}

/// Makes a folder and those above it.
///
/// # Errors
/// If it cannot be made.
pub fn create_folder(path: &Utf8Path) -> Result<()> {
    std::fs::create_dir_all(path).map_err(failed("make the folder", path))
}

/// Removes a folder with all in it; one that is not there is well.
///
/// # Errors
/// If it cannot be removed.
pub fn remove_folder(path: &Utf8Path) -> Result<()> {
    match std::fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(failed("remove", path)(error)),
        _ => Ok(()),
    }
}

/// Writes a file beside its place, then renames it: a reader sees the old bytes or the new.
///
/// # Errors
/// If it cannot be written.
pub fn write(path: &Utf8Path, bytes: &[u8]) -> Result<()> {
    let beside = beside(path);
    let written = File::create(&beside).and_then(|mut file| file.write_all(bytes));
    written.map_err(failed("write", &beside))?;
    std::fs::rename(&beside, path).map_err(failed("write", path))
}

/// Returns the name under which a file is written before it gets its own.
pub fn beside(path: &Utf8Path) -> Utf8PathBuf {
    Utf8PathBuf::from(format!("{path}.new"))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Makes a folder of a test.
    pub(crate) fn folder() -> (tempfile::TempDir, Utf8PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = Utf8PathBuf::from_path_buf(folder.path().to_owned()).expect("UTF-8");
        (folder, path)
    }

    #[test]
    fn sha256_of_abc() {
        let (_keep, folder) = folder();
        write(&folder.join("a"), b"abc").expect("written");
        let (hash, size) = sha256(&folder.join("a")).expect("read");
        assert_eq!(hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(size, 3);
        assert!(!folder.join("a.new").exists());
    }

    #[test]
    fn a_wrong_hash_shows_both() {
        let (_keep, folder) = folder();
        let path = folder.join("a");
        write(&path, b"abd").expect("written");
        let error = check(&path, "00").expect_err("other bytes");
        let text = error.to_string();
        assert!(text.contains("`00`"), "{text}");
        assert!(text.contains("a52d159f262b2c6ddb724a61840befc36eb30c88877a4030b65cbe86298449c9"), "{text}");
        assert!(text.contains(path.as_str()), "{text}");
    }
}
