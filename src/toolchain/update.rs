//! The newest versions of sources and wheels, as the machine's package clients see them: `permafreeze toolchain update`.
//!
//! Which versions count is said by each pin's `within`; a pin without it takes the newest one. Nothing is built here, and
//! no index is named: pip, cargo and apt know theirs.
mod apt;
mod cargo;
mod libraries;
mod pip;

use camino::Utf8Path;
use permafreeze_plan::pins::{PinnedSource, PinnedWheel, Pins};

pub use libraries::{LIBRARIES, update as update_libraries};

use crate::error::{Error, Result};
use crate::files::{create_folder, remove_folder};
use crate::recipe;

/// A pin that another version has taken the place of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its name in the pins.
    pub name: String,
    /// The version before, as `3.13.5`.
    pub from: String,
    /// The version now.
    pub to: String,
}

/// Replaces every source and wheel in `pins` by the newest version that its `within` allows. `scratch` is a folder for
/// the package clients: it is emptied before and removed afterwards. Returns what has changed.
///
/// # Errors
/// [`Error::NoNewest`] with what the client said; `pins` may be changed in part then.
pub fn update(pins: &mut Pins, scratch: &Utf8Path) -> Result<Vec<Change>> {
    remove_folder(scratch)?;
    let mut changes = Vec::new();
    // The same wheels run on all Pythons, so the oldest one decides which.
    let python = pins.pythons.values().next().cloned().unwrap_or_default();
    for (name, wheel) in &mut pins.wheels {
        let folder = own_folder(scratch, name)?;
        let newest = pip::newest(wheel, &python, &folder).map_err(|said| failed(name, said))?;
        note(&mut changes, name, &wheel.version, &newest.version);
        *wheel = newest;
    }
    for (name, source) in &mut pins.sources {
        // Debian's lists are the same for all.
        let folder = own_folder(scratch, if source.crate_.is_some() { name } else { "debian" })?;
        let newest = newest_source(source, &folder).map_err(|said| failed(name, said))?;
        note(&mut changes, name, &version(source), &version(&newest));
        *source = newest;
    }
    for (python, release) in &mut pins.pythons {
        if let Some(cpython) = pins.sources.get(&recipe::cpython(*python)) {
            *release = version(cpython);
        }
    }
    remove_folder(scratch)?;
    Ok(changes)
}

fn newest_source(source: &PinnedSource, folder: &Utf8Path) -> std::result::Result<PinnedSource, String> {
    if source.crate_.is_some() {
        return cargo::newest(source, folder);
    }
    if source.apt.is_some() {
        return apt::newest(source, folder);
    }
    Err("the pin names neither a crate nor a Debian source".to_owned())
}

fn note(changes: &mut Vec<Change>, name: &str, from: &str, to: &str) {
    if from != to {
        changes.push(Change { name: name.to_owned(), from: from.to_owned(), to: to.to_owned() });
    }
}

/// Returns the version of a pinned source, as its crate or Debian spells it.
fn version(source: &PinnedSource) -> String {
    let of_crate = source.crate_.as_deref().and_then(|pinned| Some(pinned.split_once(' ')?.1));
    let of_debian = source.apt.as_deref().and_then(|path| Some(apt::parts(path)?.version));
    of_crate.or(of_debian).unwrap_or_default().to_owned()
}

fn own_folder(scratch: &Utf8Path, name: &str) -> Result<camino::Utf8PathBuf> {
    let folder = scratch.join(name);
    create_folder(&folder)?;
    Ok(folder)
}

fn failed(name: &str, said: String) -> Error {
    Error::NoNewest { name: name.to_owned(), said }
}

/// Returns whether only the pinned version itself is allowed, so that there is nothing to ask.
fn is_held(wheel: &PinnedWheel) -> bool {
    wheel.within.as_deref() == Some(format!("=={}", wheel.version).as_str())
}
