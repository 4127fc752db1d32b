//! What several commands do with files, and what they ask of the machine.
use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_base::{FileError, beside};
use permafreeze_plan::form::Form;

use crate::failure::{Failure, Kind};
use crate::signals;

/// Returns how many things may run at once.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Returns the host in Nix's words, as `x86_64-linux`.
pub fn host_system() -> String {
    let os = if std::env::consts::OS == "macos" { "darwin" } else { std::env::consts::OS };
    format!("{}-{os}", std::env::consts::ARCH)
}

/// Returns the system that builds for this host: Nix on macOS hands builds to a Linux builder of the same processor.
pub fn build_system() -> String {
    host_system().replace("-darwin", "-linux")
}

/// Returns how many bytes this user may still write in a folder.
///
/// # Errors
/// If the folder is not there or the system does not say.
#[cfg(unix)]
pub fn free_bytes(folder: &Utf8Path) -> std::io::Result<u64> {
    let found = rustix::fs::statvfs(folder.as_std_path())?;
    Ok(found.f_bavail * found.f_frsize)
}

/// Reads a text file.
///
/// # Errors
/// The kind of the fault, with the path.
pub fn read(path: &Utf8Path) -> Result<String, Failure> {
    Ok(std::fs::read_to_string(path).map_err(FileError::of("read", path))?)
}

/// Writes a text file: beside its place first, then renamed, so that a reader sees the old or the new one.
///
/// # Errors
/// The kind of the fault, with the path.
pub fn write(path: &Utf8Path, text: &str) -> Result<(), Failure> {
    not_interrupted(path)?;
    Ok(beside::write(path, text.as_bytes())?)
}

/// Makes a folder and those above it; returns it.
///
/// # Errors
/// The kind of the fault, with the path.
pub fn create_folder(path: &Utf8Path) -> Result<Utf8PathBuf, Failure> {
    std::fs::create_dir_all(path).map_err(FileError::of("make the folder", path))?;
    Ok(path.to_owned())
}

/// Copies an executable, or the archive of one: beside its place first, then renamed, so that a reader sees the old or the new one.
///
/// # Errors
/// The kind of the fault, with the path.
pub fn copy_delivered(from: &Utf8Path, to: &Utf8Path, form: Form) -> Result<(), Failure> {
    not_interrupted(to)?;
    let mode = if form == Form::Onedir { 0o644 } else { 0o755 };
    Ok(beside::copy(from, to, mode)?)
}

/// A program that a signal has ended may look like one that found nothing: no result is written then.
fn not_interrupted(path: &Utf8Path) -> Result<(), Failure> {
    if signals::is_caught() {
        return Err(Failure::new(Kind::Outside, format!("interrupted: `{path}` is not written")));
    }
    Ok(())
}
