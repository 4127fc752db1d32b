//! A bundle or folder laid out on disk.
use std::fs::{self, File};
use std::io::{self, Write};

use camino::{Utf8Path, Utf8PathBuf};

use crate::{Error, Executable, Result, Unpacked};

impl Executable {
    /// Writes the files of a bundle or folder below `folder`, which is made, and returns the program's path; a onefile has
    /// none.
    ///
    /// # Errors
    /// [`Error::Malformed`] if a file cannot be decoded, [`Error::Unwritable`] if it cannot be written.
    pub fn unpack(&self, folder: &Utf8Path) -> Result<Utf8PathBuf> {
        let (links, regular): (Vec<_>, Vec<_>) = self.files().iter().enumerate().partition(|(_, file)| file.is_link());
        let mut program = folder.to_owned();
        for (number, file) in &regular {
            let path = folder.join(&file.path);
            write(&path, file.bytes()?, file.mode.unwrap_or(0o600)).map_err(unwritable(&path))?;
            program = if Some(*number) == self.own() { path } else { program };
        }
        // After the others, so that none is written through a link.
        for (_, file) in links {
            let path = folder.join(&file.path);
            link(file, &path).map_err(unwritable(&path))?;
        }
        Ok(program)
    }
}

fn unwritable(path: &Utf8Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    |source| Error::Unwritable { path, source }
}

fn write(path: &Utf8Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    drop(file);
    set_mode(path, mode)
}

#[cfg(unix)]
fn set_mode(path: &Utf8Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn set_mode(_path: &Utf8Path, _mode: u32) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn link(file: &Unpacked, path: &Utf8Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    std::os::unix::fs::symlink(file.target().unwrap_or_default().as_ref(), path)
}

#[cfg(not(unix))]
fn link(_file: &Unpacked, path: &Utf8Path) -> io::Result<()> {
    Err(io::Error::other(format!("`{path}` is a symbolic link, which this system cannot make")))
}
