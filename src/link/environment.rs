//! Where hooks run from: the toolchain's folder, unless the application's lock has another PyInstaller.
use camino::{Utf8Path, Utf8PathBuf};

use crate::error::LinkError;
use crate::job::Job;
use crate::load::{FileId, Objects};

/// Files by whose bytes a version is told from another; both have `__version__`.
const MARKERS: [&str; 2] = ["PyInstaller/__init__.py", "_pyinstaller_hooks_contrib/__init__.py"];
/// The part of PyInstaller that no hook looks at, and the largest.
const BOOTLOADERS: &str = "PyInstaller/bootloader/";

/// Returns the folder below `scratch` that goes before the toolchain's on the server's path.
pub(crate) fn own_folder(scratch: &Utf8Path) -> Utf8PathBuf {
    scratch.join("hooks-env")
}

/// Returns the folder that has the job's PyInstaller and hooks-contrib. It is written if it is not the toolchain's.
pub(crate) fn hooks_env(job: &Job, objects: &Objects, scratch: &Utf8Path) -> Result<Utf8PathBuf, LinkError> {
    let tools = objects.runtime_index() + 1..objects.all.len() as u32;
    for (object, marker) in tools.clone().zip(MARKERS) {
        let Some(file) = objects.find(object, marker) else { continue };
        let path = job.hooks_env.join(marker);
        if objects.read(file)? != std::fs::read(&path).map_err(LinkError::io("read", path))? {
            let place = own_folder(scratch);
            let all =
                tools.flat_map(|object| objects.files(object)).filter(|(_, path, _)| !path.starts_with(BOOTLOADERS));
            let all: Vec<(Utf8PathBuf, FileId)> = all.map(|(id, path, _)| (place.join(path), id)).collect();
            objects.write(&all)?;
            return Ok(place);
        }
    }
    Ok(job.hooks_env.clone())
}
