//! Files that are written beside their place, then renamed: a reader sees the old file or the new one, whole.
use std::fs::File;
use std::io::{self, Write};

use camino::{Utf8Path, Utf8PathBuf};

use crate::error::FileError;

/// A file under way to its place. Dropped before [`Beside::commit`], it leaves nothing.
#[derive(Debug)]
pub struct Beside {
    place: Utf8PathBuf,
    beside: Utf8PathBuf,
    file: Option<File>,
}

impl Beside {
    /// Starts a file for `place`, in the same folder under a name of this process.
    ///
    /// # Errors
    /// If it cannot be created.
    pub fn create(place: &Utf8Path) -> Result<Beside, FileError> {
        let name = format!(".{}.{}.new", place.file_name().unwrap_or_default(), std::process::id());
        let beside = place.with_file_name(name);
        let file = File::create(&beside).map_err(FileError::of("write", &beside))?;
        Ok(Beside { place: place.to_owned(), beside, file: Some(file) })
    }

    /// Returns the path under which the bytes lie until [`Beside::commit`].
    pub fn path(&self) -> &Utf8Path {
        &self.beside
    }

    /// Returns the open file.
    ///
    /// # Errors
    /// None that a caller can cause: it is open until [`Beside::commit`].
    pub fn file(&mut self) -> io::Result<&mut File> {
        self.file.as_mut().ok_or_else(|| io::Error::other("the file is closed"))
    }

    /// Renames it to its place. With `mode` the file gets these permission bits first (Unix only).
    ///
    /// # Errors
    /// If it cannot be renamed; nothing is left beside then.
    pub fn commit(mut self, mode: Option<u32>) -> Result<(), FileError> {
        if let Some(mode) = mode {
            set_mode(&self.beside, mode).map_err(FileError::of("write", &self.beside))?;
        }
        drop(self.file.take());
        std::fs::rename(&self.beside, &self.place).map_err(FileError::of("write", &self.place))
    }
}

impl Write for Beside {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file()?.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file()?.flush()
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        // After a rename there is none: nothing to report.
        let _ = std::fs::remove_file(&self.beside);
    }
}

/// Writes a whole file to its place.
///
/// # Errors
/// If it cannot be written; the old file is untouched then.
pub fn write(place: &Utf8Path, bytes: &[u8]) -> Result<(), FileError> {
    let mut beside = Beside::create(place)?;
    beside.write_all(bytes).map_err(FileError::of("write", place))?;
    beside.commit(None)
}

/// Copies a file to its place, with these permission bits.
///
/// # Errors
/// If it cannot be copied; the old file is untouched then.
pub fn copy(from: &Utf8Path, place: &Utf8Path, mode: u32) -> Result<(), FileError> {
    let beside = Beside::create(place)?;
    std::fs::copy(from, beside.path()).map_err(FileError::of("copy", from))?;
    beside.commit(Some(mode))
}

#[cfg(unix)]
fn set_mode(path: &Utf8Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn set_mode(_path: &Utf8Path, _mode: u32) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, Utf8PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = Utf8PathBuf::from_path_buf(folder.path().to_owned()).expect("UTF-8");
        (folder, path)
    }

    fn names(folder: &Utf8Path) -> Vec<String> {
        let entries = folder.read_dir_utf8().expect("a folder");
        let mut names: Vec<String> = entries.map(|entry| entry.expect("an entry").file_name().to_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_written_file_has_its_place_alone() {
        let (_keep, folder) = folder();
        write(&folder.join("a"), b"old").expect("written");
        write(&folder.join("a"), b"new").expect("written");
        assert_eq!(std::fs::read(folder.join("a")).expect("read"), b"new");
        assert_eq!(names(&folder), ["a"]);
    }

    #[test]
    fn what_is_dropped_leaves_the_old_file() {
        let (_keep, folder) = folder();
        write(&folder.join("a"), b"old").expect("written");
        let mut beside = Beside::create(&folder.join("a")).expect("created");
        beside.write_all(b"half").expect("written");
        drop(beside);
        assert_eq!(std::fs::read(folder.join("a")).expect("read"), b"old");
        assert_eq!(names(&folder), ["a"]);
    }

    #[test]
    fn what_cannot_be_renamed_leaves_nothing() {
        let (_keep, folder) = folder();
        std::fs::create_dir(folder.join("a")).expect("a folder");
        std::fs::write(folder.join("a/inside"), "").expect("written");
        let error = write(&folder.join("a"), b"new").expect_err("a folder is there");
        assert_eq!(error.action, "write");
        assert_eq!(names(&folder), ["a"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_copy_has_the_mode_that_is_asked_for() {
        use std::os::unix::fs::PermissionsExt;
        let (_keep, folder) = folder();
        write(&folder.join("a"), b"x").expect("written");
        copy(&folder.join("a"), &folder.join("b"), 0o755).expect("copied");
        let mode = std::fs::metadata(folder.join("b")).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o755);
    }
}
