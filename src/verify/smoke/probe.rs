//! The probe: the executable, with a script that imports what it is told.
use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_archive::{Executable, Form};
use tempfile::TempDir;

use super::error::Error;
use super::imports::Program;
use super::{bootstrap, modules, swap};

/// The script that imports what it is told.
pub(super) const SCRIPT: &str = include_str!("probe.py");

/// What the folder of one that is laid out is called: reasons speak of it as of the folder that an executable unpacks
/// itself into.
const UNPACKED: &str = "_MEIprobe";

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

/// Appends to a program and makes it one that can be started.
fn append(program: &Utf8Path, appendix: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().append(true).open(program)?;
    file.write_all(appendix)?;
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    Ok(())
}

/// Makes the probe of an executable below `scratch`, an absolute path; `name` is what its file is called. What is not one
/// file that unpacks itself at every start is laid out as a folder.
///
/// # Errors
/// If the executable cannot be read or has another Python, or the files cannot be written.
pub fn make(executable: &Executable, name: &str, scratch: &Utf8Path) -> Result<Probe, Error> {
    let found = executable.python();
    let code = bootstrap::code(found).ok_or(Error::OtherPython { found })?;
    let modules = modules::modules(executable)?;
    let appendix = swap::appendix(executable.program(), code)?;
    let folder = tempfile::Builder::new().prefix("permafreeze-probe-").tempdir_in(scratch).map_err(Error::machine)?;
    let root = Utf8Path::from_path(folder.path()).unwrap_or(scratch);
    let (mut path, script) = (root.join(name), root.join("permafreeze-probe.py"));
    if executable.form() == Form::Onefile {
        fs::write(&path, executable.bytes()).map_err(Error::machine)?;
    } else {
        path = executable.unpack(&root.join(UNPACKED))?;
    }
    append(&path, &appendix).map_err(Error::machine)?;
    fs::write(&script, SCRIPT).map_err(Error::machine)?;
    Ok(Probe { _folder: folder, path, script, modules })
}
