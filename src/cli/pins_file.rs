//! Where the toolchain's pins are: a checkout's `nix/toolchain.json`, else the release's own.
use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_plan::pins::Pins;
use permafreeze_toolchain::{Error, pins};

use crate::failure::{Failure, Kind};
use crate::upwards;

/// Returns the pins that count for a folder: its own, else those of the nearest folder above it in its git repository, else
/// the release's own. Returns also the file, if there is one.
///
/// # Errors
/// Kind `Input` if the file is malformed.
pub fn load(folder: &Utf8Path) -> Result<(Pins, Option<Utf8PathBuf>), Failure> {
    let folder = folder.canonicalize_utf8().unwrap_or_else(|_| folder.to_owned());
    let file = upwards::find(&folder, pins::PATH);
    let pins = match &file {
        Some(file) => pins::read(file).map_err(|error| match error {
            Error::File(error) => error.into(),
            error => Failure::new(Kind::Input, error),
        })?,
        None => pins::own().map_err(|error| Failure::new(Kind::Bug, error))?,
    };
    Ok((pins, file))
}
