//! The unpacked folder in a place that outlives the process: is it there, may it be used, else unpack it.
//!
//! ```text
//! <base>/<name>/lock
//! <base>/<name>/cleaned             when old versions were removed
//! <base>/<name>/<key>/              a version
//! <base>/<name>/<key>.boot          its marker
//! <base>/<name>/.new-<key>-…        one that is being unpacked
//! <base>/<name>/.old-<key>-…        one that is being removed
//! ```
use std::fs::{self, DirBuilder, Metadata};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rustix::fs::Mode as Bits;

use crate::aside::{self, NEW};
use crate::clean::{self, FRESH};
use crate::error::Error;
use crate::lock::Lock;
use crate::marker::{self, State};
use crate::own::Own;
use crate::place::{self, Kind, Mode, Place};
use crate::unpack::{self, Readers};
use crate::{Environment, system, temporary, trust, verify};

/// Finds the unpacked folder, or unpacks it into the first place that can be used. Returns its path without symbolic links.
///
/// # Errors
/// [`Error::NoPlace`] if only a temporary one is left; what is wrong with the only place that was asked for; any error
/// of the bundle.
pub fn find(own: &Own, mode: Mode, environment: &Environment<'_>, trace: &dyn Fn(&str)) -> Result<PathBuf, Error> {
    let user = system::user();
    let beside = || Place::beside(&own.path, &own.head.name);
    let given = place::given(environment)?.is_some();
    if mode == Mode::Beside {
        return Cache::new(own, beside(), user)?.open();
    }
    if mode == Mode::Start {
        if !given && let Some(folder) = Cache::new(own, beside(), user)?.baked(trace) {
            return Ok(folder);
        }
        if let Some(folder) = temporary::inherited(own, environment) {
            return Ok(folder);
        }
    }
    let mut tried = Vec::new();
    for place in place::lasting(&own.head.name, user, environment)? {
        match Cache::new(own, place, user)?.open() {
            Err(error) if error.is_of_place() && !given => {
                trace(&format!("not used: {error}"));
                tried.push(error);
            }
            Ok(folder) => {
                trace(&format!("unpacked: `{}`", folder.display()));
                if mode == Mode::Unpack {
                    write_out(&folder).map_err(Error::place(&folder))?;
                }
                return Ok(folder);
            }
            error => return error,
        }
    }
    Err(Error::NoPlace { tried })
}

/// Waits until a folder is on the disk, and notes it.
fn write_out(folder: &Path) -> std::io::Result<()> {
    system::sync(folder)?;
    marker::set_written(folder)
}

/// A bundle's folder in a place.
struct Cache<'o> {
    own: &'o Own,
    place: Place,
    user: u32,
    /// Who may own what is there already.
    owners: Vec<u32>,
    readers: Readers,
}

/// A version that is there.
struct Version {
    folder: PathBuf,
    metadata: Metadata,
    state: State,
}

impl<'o> Cache<'o> {
    fn new(own: &'o Own, place: Place, user: u32) -> Result<Cache<'o>, Error> {
        let mut owners = vec![user, 0];
        if matches!(place.kind, Kind::Given | Kind::Beside) {
            // Who owns the executable decides what runs anyway.
            owners.push(own.file.metadata().map_err(|source| own.unreadable(source))?.uid());
        }
        let readers = if place.kind == Kind::Beside { Readers::All } else { Readers::Owner };
        Ok(Cache { own, place, user, owners, readers })
    }

    /// Returns the folder beside the executable, if it is there and may be used.
    fn baked(&self, trace: &dyn Fn(&str)) -> Option<PathBuf> {
        let folder = self.place.app.join(self.own.footer.folder());
        let found = trust::folder(&self.place.app, &self.owners).and_then(|app| match app {
            None => Ok(None),
            Some(_) => trust::folder(&folder, &self.owners),
        });
        match found {
            Ok(found) => found.map(|_| folder),
            Err(error) => {
                trace(&format!("not used: {error}"));
                None
            }
        }
    }

    /// Finds the folder or makes it.
    fn open(&self) -> Result<PathBuf, Error> {
        let now = SystemTime::now();
        match self.version(now)? {
            Some(version) if version.state != State::Doubtful => {
                self.keep(&version, now);
                Ok(version.folder)
            }
            _ => self.make(),
        }
    }

    /// Returns the path without symbolic links of the application's folder; `None` if it is not there.
    fn app(&self) -> Result<Option<PathBuf>, Error> {
        let Place { base, app, kind } = &self.place;
        if *kind == Kind::Shared && trust::folder(base, &[self.user])?.is_none() {
            return Ok(None);
        }
        let real = match fs::canonicalize(base) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            other => other.map_err(Error::place(base))?,
        };
        if *kind == Kind::User {
            trust::folder(&real, &self.owners)?;
        }
        if matches!(kind, Kind::User | Kind::Shared) {
            trust::chain(&real)?;
        }
        let app = real.join(app.file_name().unwrap_or_default());
        Ok(trust::folder(&app, &self.owners)?.map(|_| app))
    }

    fn version(&self, now: SystemTime) -> Result<Option<Version>, Error> {
        let Some(app) = self.app()? else { return Ok(None) };
        let folder = app.join(self.own.footer.folder());
        let Some(metadata) = trust::folder(&folder, &self.owners)? else { return Ok(None) };
        // What another user has put there stays as it is.
        let state = if metadata.uid() == self.user { marker::state(&folder, now) } else { State::Written };
        Ok(Some(Version { folder, metadata, state }))
    }

    /// What a start does once a day, and once a minute has gone since the unpacking. All of it may fail.
    fn keep(&self, version: &Version, now: SystemTime) {
        if version.state == State::Unwritten {
            let _ = write_out(&version.folder);
        }
        if version.metadata.uid() == self.user && !clean::within(version.metadata.modified(), now, FRESH) {
            clean::touch(&version.folder, self.place.kind == Kind::Shared);
            if let Some(app) = version.folder.parent()
                && let Some(lock) = Lock::at_once(app)
            {
                clean::old_versions(app, &version.folder, now, &lock);
            }
        }
    }

    /// Unpacks, unless another start does it meanwhile.
    fn make(&self) -> Result<PathBuf, Error> {
        let mask = if self.readers == Readers::All { 0o022 } else { 0o077 };
        let before = rustix::process::umask(Bits::from_raw_mode(mask));
        let made = self.make_masked();
        rustix::process::umask(before);
        made
    }

    fn make_masked(&self) -> Result<PathBuf, Error> {
        let app = self.make_app()?;
        trust::fits(&app, &app)?;
        self.fill(&app, &Lock::wait(&app)?)
    }

    fn fill(&self, app: &Path, lock: &Lock) -> Result<PathBuf, Error> {
        let now = SystemTime::now();
        let found = self.version(now)?;
        if let Some(version) = found.as_ref().filter(|version| version.state != State::Doubtful) {
            return Ok(version.folder.clone());
        }
        clean::leftovers(app, now, lock);
        let index = self.own.index()?;
        if let Some(version) = found.filter(|version| verify::folder(&index, &version.folder).is_ok()) {
            // It has outlived a boot, or is another machine's, which may run it: it stays.
            let _ = marker::make(&version.folder).and_then(|()| write_out(&version.folder));
            return Ok(version.folder);
        }
        trust::has_room(app, unpack::size(&index))?;
        let folder = app.join(self.own.footer.folder());
        let fresh = aside::path(app, NEW, &folder);
        let made = DirBuilder::new().mode(self.readers.folder()).create(&fresh).map_err(Error::place(&fresh));
        let made = made
            .and_then(|()| unpack::unpack(self.own, &index, &fresh, self.readers))
            .and_then(|()| self.put(&fresh, &folder));
        if let Err(error) = made {
            unpack::remove(&fresh);
            // Without locks, another start may have been first.
            let is_there = || self.version(now).is_ok_and(|version| version.is_some());
            return if !lock.is_held() && error.is_of_place() && is_there() { Ok(folder) } else { Err(error) };
        }
        clean::old_versions(app, &folder, now, lock);
        Ok(folder)
    }

    /// Makes the application's folder.
    fn make_app(&self) -> Result<PathBuf, Error> {
        let Place { base, app, kind } = &self.place;
        let existing = trust::existing(base)?;
        if matches!(kind, Kind::User | Kind::Shared) {
            // Else root, with the home of a user, would leave there what the user cannot remove.
            trust::chain(&existing)?;
        }
        trust::fits(&existing, base)?;
        // A home that is not there is not made.
        let is_given = *kind == Kind::Given;
        let needed = if is_given { base } else { base.parent().unwrap_or(base) };
        if let Err(error) = DirBuilder::new().recursive(is_given).mode(0o700).create(needed)
            && !needed.is_dir()
        {
            return Err(Error::place(needed)(error));
        }
        if matches!(kind, Kind::User | Kind::Shared) {
            let real = if *kind == Kind::User { fs::canonicalize(base).unwrap_or(base.clone()) } else { base.clone() };
            trust::private(&real, 0o700)?;
        }
        let real = fs::canonicalize(base).map_err(Error::place(base))?;
        let app = real.join(app.file_name().unwrap_or_default());
        trust::private(&app, self.readers.folder())?;
        Ok(app)
    }

    /// Puts an unpacked folder into its place, with its marker.
    fn put(&self, fresh: &Path, folder: &Path) -> Result<(), Error> {
        let is_beside = self.place.kind == Kind::Beside;
        if is_beside {
            // Nobody looks for the marker there.
            system::sync(fresh).map_err(Error::place(fresh))?;
        }
        if self.version(SystemTime::now())?.is_some_and(|version| version.state == State::Doubtful) {
            clean::remove(folder);
        }
        marker::make(folder).map_err(Error::place(&marker::path(folder)))?;
        fs::rename(fresh, folder).map_err(Error::place(folder))?;
        if is_beside {
            return marker::set_written(folder).map_err(Error::place(folder));
        }
        if system::boot().is_none() {
            // Nothing will tell a later boot from this one.
            let _ = write_out(folder);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
