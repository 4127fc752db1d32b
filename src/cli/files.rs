//! What several commands do with files, and what they ask of the machine.
use camino::{Utf8Path, Utf8PathBuf};

use crate::failure::{Failure, Kind};

/// Returns how many things may run at once.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Returns the host in Nix's words, as `x86_64-linux`.
pub fn host_system() -> String {
    let os = if std::env::consts::OS == "macos" { "darwin" } else { std::env::consts::OS };
    format!("{}-{os}", std::env::consts::ARCH)
}

/// Reads a text file.
///
/// # Errors
/// Kind `Input`, with the path.
pub fn read(path: &Utf8Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| failure("read", path, &error))
}

/// Writes a text file: beside its place first, then renamed, so that a reader sees the old or the new one.
///
/// # Errors
/// Kind `Input`, with the path.
pub fn write(path: &Utf8Path, text: &str) -> Result<(), Failure> {
    let folder = path.parent().filter(|folder| !folder.as_str().is_empty()).unwrap_or(Utf8Path::new("."));
    let beside = tempfile::Builder::new()
        .prefix(".permafreeze-")
        .tempfile_in(folder)
        .map_err(|error| failure("write in", folder, &error))?;
    std::fs::write(beside.path(), text).map_err(|error| failure("write", path, &error))?;
    set_readable(beside.path()).map_err(|error| failure("write", path, &error))?;
    beside.persist(path).map_err(|error| failure("write", path, &error.error))?;
    Ok(())
}

/// Makes a folder and those above it; returns it.
///
/// # Errors
/// Kind `Input`, with the path.
pub fn create_folder(path: &Utf8Path) -> Result<Utf8PathBuf, Failure> {
    std::fs::create_dir_all(path).map_err(|error| failure("make the folder", path, &error))?;
    Ok(path.to_owned())
}

/// Copies an executable: beside its place first, then renamed, so that a reader sees the old or the new one.
///
/// # Errors
/// Kind `Input`, with the path.
pub fn copy_executable(from: &Utf8Path, to: &Utf8Path) -> Result<(), Failure> {
    let folder = to.parent().unwrap_or(Utf8Path::new("."));
    let beside = tempfile::Builder::new()
        .prefix(".permafreeze-")
        .tempfile_in(folder)
        .map_err(|error| failure("write in", folder, &error))?;
    std::fs::copy(from, beside.path()).map_err(|error| failure("copy", from, &error))?;
    set_executable(beside.path()).map_err(|error| failure("copy", from, &error))?;
    beside.persist(to).map_err(|error| failure("write", to, &error.error))?;
    Ok(())
}

#[cfg(unix)]
fn set_executable(path: &std::path::Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))
}

#[cfg(unix)]
fn set_readable(path: &std::path::Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn set_readable(_path: &std::path::Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn set_executable(_path: &std::path::Path) -> std::io::Result<()> {
    Ok(())
}

fn failure(verb: &str, path: &Utf8Path, error: &std::io::Error) -> Failure {
    Failure::new(Kind::Input, format!("cannot {verb} `{path}`: {error}"))
}
