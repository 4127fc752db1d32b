//! The probe: the executable, with a script that imports what it is told.
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::process::{Command, Stdio};

use camino::{Utf8Path, Utf8PathBuf};
use tempfile::TempDir;

use super::error::Error;
use super::{modules, swap};
use permafreeze_archive::Archive;

/// The script that imports what it is told.
pub(super) const SCRIPT: &str = include_str!("probe.py");
/// Compiles what is on stdin to marshalled code on stdout.
const COMPILE: &str = "import marshal, sys\n\
    sys.stdout.buffer.write(marshal.dumps(compile(sys.stdin.buffer.read(), 'permafreeze-probe.py', 'exec')))";

/// A probe on disk; its file goes away with it.
#[derive(Debug)]
pub struct Probe {
    _folder: TempDir,
    /// The file.
    pub path: Utf8PathBuf,
    /// The modules that it holds.
    pub modules: BTreeSet<String>,
}

/// Makes the probe of an executable below `scratch`; `host_python` compiles its script, so it must be of the
/// executable's version.
///
/// # Errors
/// If the executable cannot be read, the host Python refuses, or the file cannot be written.
pub fn make(executable: &Utf8Path, host_python: &Utf8Path, scratch: &Utf8Path) -> Result<Probe, Error> {
    let archive = Archive::open(executable)?;
    let modules = modules::modules(&archive)?;
    let appendix = swap::appendix(&archive, &compile(host_python)?)?;
    let folder = tempfile::Builder::new().prefix("permafreeze-probe-").tempdir_in(scratch).map_err(Error::machine)?;
    let path = Utf8Path::from_path(folder.path()).unwrap_or(scratch).join(executable.file_name().unwrap_or("probe"));
    write(&path, &[archive.bytes(), &appendix]).map_err(Error::machine)?;
    Ok(Probe { _folder: folder, path, modules })
}

fn compile(python: &Utf8Path) -> Result<Vec<u8>, Error> {
    let mut command = Command::new(python);
    command.args(["-I", "-S", "-c", COMPILE]).env_clear();
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let (mut child, _running) = permafreeze_process::start(&mut command).map_err(Error::machine)?;
    if let Some(mut input) = child.stdin.take() {
        // The script is shorter than a pipe is wide; a Python that does not read it fails, and says why.
        let _ = input.write_all(SCRIPT.as_bytes());
    }
    let output = child.wait_with_output().map_err(Error::machine)?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let output = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(Error::Probe { python: python.to_owned(), output })
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
