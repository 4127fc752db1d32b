//! The last resort: a folder that is removed when the application ends, by a parent that waits for it.
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use rustix::fs::Mode as Bits;

use crate::error::Error;
use crate::own::Own;
use crate::start::{ARCHIVE, Start, is_of_own, is_reset};
use crate::unpack::{self, Readers};
use crate::wait::Signals;
use crate::{Environment, aside, place, system, trust};

/// Unpacks into a temporary folder, starts the application, waits for it and removes the folder; returns the exit code.
///
/// # Errors
/// [`Error::NoPlace`] with all that was `tried` if there is no such folder either; any error of the bundle.
pub fn run(own: &Own, mut tried: Vec<Error>, environment: &Environment<'_>) -> Result<i32, Error> {
    // From here on a signal no longer ends this process before the folder is removed.
    let mut signals = Signals::new();
    for base in place::temporary(environment) {
        let folder = match make(own, &base) {
            Err(error) if error.is_of_place() => {
                tried.push(error);
                continue;
            }
            other => other?,
        };
        let ended = start(own, &folder, environment, &mut signals);
        unpack::remove(&folder);
        return ended.map(|ended| ended.end());
    }
    Err(Error::NoPlace { tried })
}

fn start(
    own: &Own,
    folder: &Path,
    environment: &Environment<'_>,
    signals: &mut Signals,
) -> Result<crate::wait::Ended, Error> {
    if let Some(ended) = signals.ended_meanwhile() {
        return Ok(ended);
    }
    crate::verify_if_asked(own, folder, environment)?;
    let start = Start::new(own, folder);
    let child = start.command(environment).spawn().map_err(|source| start.failed(source))?;
    Ok(signals.wait(&child))
}

fn make(own: &Own, base: &Path) -> Result<PathBuf, Error> {
    let real = trust::existing(base)?;
    trust::chain(&real)?;
    trust::fits(&real, base)?;
    let index = own.index()?;
    trust::has_room(&real, unpack::size(&index))?;
    let before = rustix::process::umask(Bits::from_raw_mode(0o077));
    let folder = aside::path(&real, &prefix(), Path::new(&own.footer.folder()));
    let made = DirBuilder::new().mode(0o700).create(&folder).map_err(Error::place(&folder));
    let made = made.and_then(|()| {
        let unpacked = unpack::unpack(own, &index, &folder, Readers::Owner);
        unpacked.inspect_err(|_| unpack::remove(&folder))
    });
    rustix::process::umask(before);
    made.map(|()| folder)
}

fn prefix() -> String {
    format!("permafreeze-{}-", system::user())
}

/// Returns the temporary folder of the application that starts this bundle again: one folder is enough for both.
pub fn inherited(own: &Own, environment: &Environment<'_>) -> Option<PathBuf> {
    let archive = PathBuf::from(environment(ARCHIVE)?);
    let folder = archive.parent()?;
    let name = folder.file_name()?.to_str()?;
    let is_ours = name.starts_with(&format!("{}{}-", prefix(), own.footer.folder()))
        && folder.join(&own.head.program) == archive
        && is_of_own(environment, &archive)
        && !is_reset(environment);
    let is_trusted = || {
        trust::folder(folder, &[system::user()]).is_ok_and(|found| found.is_some())
            && std::fs::canonicalize(folder).is_ok_and(|real| real == folder && trust::chain(&real).is_ok())
    };
    (is_ours && is_trusted()).then(|| folder.to_owned())
}
