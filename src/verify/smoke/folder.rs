//! A bundle or folder laid out, with something appended to its program.
use std::fs::{self, File};
use std::io::{self, Write};

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_archive::{Executable, Unpacked};

use super::error::Error;

/// Writes the files of an executable below `folder`, which is there, and `appendix` behind its program; returns the
/// program's path.
///
/// # Errors
/// If a file cannot be decoded or written.
pub(super) fn lay_out(executable: &Executable, folder: &Utf8Path, appendix: &[u8]) -> Result<Utf8PathBuf, Error> {
    let (links, regular): (Vec<_>, Vec<_>) =
        executable.files().iter().enumerate().partition(|(_, file)| file.is_link());
    let mut program = folder.to_owned();
    for (number, file) in &regular {
        let path = folder.join(&file.path);
        let is_program = Some(*number) == executable.own();
        let appended = if is_program { appendix } else { &[] };
        // The launcher makes more of them executable than one's own modes may say.
        let mode = if is_program { 0o700 } else { file.mode.unwrap_or(0o600) };
        write(&path, &[file.bytes()?, appended], mode).map_err(Error::machine)?;
        program = if is_program { path } else { program };
    }
    // After the others, so that none is written through a link.
    links.iter().try_for_each(|(_, file)| link(file, &folder.join(&file.path))).map_err(Error::machine)?;
    Ok(program)
}

/// Writes a file of these parts, and the folders that it is in.
///
/// # Errors
/// If it cannot be written.
pub(super) fn write(path: &Utf8Path, parts: &[&[u8]], mode: u32) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    let mut file = File::create(path)?;
    for part in parts {
        file.write_all(part)?;
    }
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
