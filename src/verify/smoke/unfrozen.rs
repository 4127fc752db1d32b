//! The same imports without PyInstaller: the objects as a folder of installed packages, the runtime's own Python, the
//! same probe in the same environment. What fails there in the same way is the packages' own, and none of the executable's.
use std::collections::BTreeSet;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;

use camino::{Utf8Path, Utf8PathBuf};
use flate2::read::MultiGzDecoder;
use permafreeze_object::reader::Reader;
use rayon::prelude::*;
use tempfile::TempDir;

use super::error::Error;
use super::imports::{Outcomes, Program, import_all};
use super::settings::Settings;

/// What the folders of packages and of the Python are called: reasons speak of them as of the folder that an executable
/// unpacks itself into.
const PACKAGES: &str = "_MEIpackages";
const PYTHON: &str = "_MEIpython";
/// Runs the probe (`$2`) with the folder of packages (`$1`) before all but the standard library.
const START: &str = "import sys; folder, probe = sys.argv[1:]; sys.path.append(folder); del sys.argv[1:]; \
    exec(compile(open(probe, 'rb').read(), 'permafreeze-probe.py', 'exec'), {'__name__': '__main__'})";

/// What an executable is made of.
#[derive(Debug, Clone, Copy)]
pub struct Ingredients<'a> {
    /// The objects of the installed packages, in order of precedence.
    pub packages: &'a [Utf8PathBuf],
    /// The archive of the target's Python runtime (`.tar.gz`).
    pub runtime: &'a Utf8Path,
}

/// Imports `modules` with the packages laid out below the settings' scratch folder.
///
/// # Errors
/// If an object or the runtime cannot be read, there is no room for them, or the Python does not start.
pub fn import(ingredients: Ingredients, modules: &BTreeSet<String>, settings: &Settings) -> Result<Outcomes, Error> {
    let folder = tempfile::Builder::new()
        .prefix("permafreeze-unfrozen-")
        .tempdir_in(settings.scratch)
        .map_err(Error::machine)?;
    let root = path_of(&folder)?;
    let (packages, probe) = (root.join(PACKAGES), root.join("probe.py"));
    lay_out(ingredients.packages, &packages)?;
    let python = unpack(ingredients.runtime, &root.join(PYTHON))?;
    fs::write(&probe, super::probe::SCRIPT).map_err(Error::machine)?;
    let arguments = ["-I", "-B", "-X", "utf8", "-c", START, packages.as_str(), probe.as_str()];
    let program = Program { path: &python, arguments: arguments.map(str::to_owned).to_vec() };
    import_all(&program, modules, settings, &|_| {})
}

fn path_of(folder: &TempDir) -> Result<&Utf8Path, Error> {
    Utf8Path::from_path(folder.path()).ok_or_else(|| Error::machine(std::io::Error::other("the path is not UTF-8")))
}

/// Writes the files of objects below `folder`, as site-packages has them; the first owner of a path has it.
///
/// # Errors
/// If an object cannot be read, or a file cannot be written.
pub fn lay_out(objects: &[Utf8PathBuf], folder: &Utf8Path) -> Result<(), Error> {
    let mut taken = BTreeSet::new();
    for object in objects {
        let failed = |source| Error::Object { path: object.clone(), source: Box::new(source) };
        let reader = Reader::open(object).map_err(failed)?;
        let files: Vec<_> = reader.index().files.iter().filter(|(path, _)| taken.insert((*path).clone())).collect();
        files.par_iter().try_for_each(|(path, file)| {
            let place = folder.join(path);
            fs::create_dir_all(place.parent().unwrap_or(folder)).map_err(Error::machine)?;
            fs::write(&place, reader.file(file).map_err(failed)?).map_err(Error::machine)?;
            let mode = if file.executable { 0o755 } else { 0o644 };
            fs::set_permissions(&place, Permissions::from_mode(mode)).map_err(Error::machine)
        })?;
    }
    Ok(())
}

/// Unpacks the archive of a runtime (`.tar.gz`) below `folder`; returns its Python.
///
/// # Errors
/// If the archive cannot be read, or a file cannot be written.
pub fn unpack(archive: &Utf8Path, folder: &Utf8Path) -> Result<Utf8PathBuf, Error> {
    let file = File::open(archive).map_err(Error::machine)?;
    tar::Archive::new(MultiGzDecoder::new(file)).unpack(folder).map_err(Error::machine)?;
    let windows = folder.join("python/python.exe");
    Ok(if windows.is_file() { windows } else { folder.join("python/bin/python3") })
}
