//! Files: pinned hashes, folders that are made and removed.
use camino::Utf8Path;
use permafreeze_base::{FileError, sha256};

use crate::error::{Error, Result};

/// Turns an I/O error into one that names the file.
pub fn failed(action: &'static str, path: &Utf8Path) -> impl FnOnce(std::io::Error) -> Error {
    let of = FileError::of(action, path);
    move |source| Error::File(of(source))
}

/// Checks a file's sha256.
///
/// # Errors
/// [`Error::WrongSha256`], or if it cannot be read.
pub fn check(path: &Utf8Path, expected: &str) -> Result<()> {
    let (got, _) = sha256::of_file(path)?;
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

/// Removes a folder with all in it; a missing one is no error.
///
/// # Errors
/// If it cannot be removed.
pub fn remove_folder(path: &Utf8Path) -> Result<()> {
    match std::fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(failed("remove", path)(error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use camino::Utf8PathBuf;

    use super::*;

    /// Makes a folder of a test.
    pub(crate) fn folder() -> (tempfile::TempDir, Utf8PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = Utf8PathBuf::from_path_buf(folder.path().to_owned()).expect("UTF-8");
        (folder, path)
    }

    #[test]
    fn a_wrong_hash_shows_both() {
        let (_keep, folder) = folder();
        let path = folder.join("a");
        std::fs::write(&path, b"abd").expect("written");
        let error = check(&path, "00").expect_err("other bytes");
        let text = error.to_string();
        assert!(text.contains("`00`"), "{text}");
        assert!(text.contains("a52d159f262b2c6ddb724a61840befc36eb30c88877a4030b65cbe86298449c9"), "{text}");
        assert!(text.contains(path.as_str()), "{text}");
    }
}
