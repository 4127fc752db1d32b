//! The probe: the executable, with a script that imports what it is told.
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_archive::Archive;
use tempfile::TempDir;

use super::error::Error;
use super::imports::Program;
use super::{bootstrap, modules, swap};

/// The script that imports what it is told.
pub(super) const SCRIPT: &str = include_str!("probe.py");

/// A probe on disk; its files go away with it.
#[derive(Debug)]
pub struct Probe {
    _folder: TempDir,
    path: Utf8PathBuf,
    script: Utf8PathBuf,
    /// The modules that it holds.
    pub modules: BTreeSet<String>,
}

impl Probe {
    /// Returns what runs it.
    pub fn program(&self) -> Program<'_> {
        Program { path: &self.path, arguments: vec![self.script.to_string()] }
    }
}

/// Makes the probe of an executable below `scratch`, an absolute path.
///
/// # Errors
/// If the executable cannot be read or has another Python, or the files cannot be written.
pub fn make(executable: &Utf8Path, scratch: &Utf8Path) -> Result<Probe, Error> {
    let archive = Archive::open(executable)?;
    if archive.python() != bootstrap::PYTHON {
        return Err(Error::OtherPython { found: archive.python() });
    }
    let modules = modules::modules(&archive)?;
    let appendix = swap::appendix(&archive, bootstrap::CODE)?;
    let folder = tempfile::Builder::new().prefix("permafreeze-probe-").tempdir_in(scratch).map_err(Error::machine)?;
    let root = Utf8Path::from_path(folder.path()).unwrap_or(scratch);
    let (path, script) = (root.join(executable.file_name().unwrap_or("probe")), root.join("permafreeze-probe.py"));
    write(&path, &[archive.bytes(), &appendix]).map_err(Error::machine)?;
    fs::write(&script, SCRIPT).map_err(Error::machine)?;
    Ok(Probe { _folder: folder, path, script, modules })
}

fn write(path: &Utf8Path, parts: &[&[u8]]) -> io::Result<()> {
    let mut file = File::create(path)?;
    for part in parts {
        file.write_all(part)?;
    }
    drop(file);
    make_executable(path)
}

#[cfg(unix)]
fn make_executable(path: &Utf8Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn make_executable(_path: &Utf8Path) -> io::Result<()> {
    Ok(())
}
