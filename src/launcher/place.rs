//! Where the unpacked folder may be, best place first.
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::Environment;
use crate::error::{CACHE_DIR, Error};
use crate::system;

/// What is asked of the launcher.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Start the application.
    Start,
    /// Only unpack, into the place that a start would take.
    Unpack,
    /// Only unpack, beside the executable and readable by every user: for images and packages.
    Beside,
}

impl Mode {
    /// Reads `PERMAFREEZE_UNPACK_ONLY`.
    pub fn of(value: Option<&OsStr>) -> Mode {
        match value.and_then(OsStr::to_str) {
            None if value.is_none() => Mode::Start,
            Some("0") => Mode::Start,
            Some("beside") => Mode::Beside,
            _ => Mode::Unpack,
        }
    }
}

/// What a place is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `PERMAFREEZE_CACHE_DIR`: who sets it answers for the folders above.
    Given,
    /// The user's cache folder.
    User,
    /// Below a folder that every user may write to, and that is cleaned of old files.
    Shared,
    /// Beside the executable.
    Beside,
}

/// A place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The folder that must be private: `…/permafreeze`.
    pub base: PathBuf,
    /// The folder in it that has the versions of one application.
    pub app: PathBuf,
    /// What it is like.
    pub kind: Kind,
}

impl Place {
    fn new(base: PathBuf, name: &str, kind: Kind) -> Place {
        Place { app: base.join(name), base, kind }
    }

    /// Returns the place beside an executable: `.<name>`.
    pub fn beside(executable: &Path, name: &str) -> Place {
        Place::new(executable.parent().unwrap_or(executable).to_owned(), &format!(".{name}"), Kind::Beside)
    }
}

/// Returns the folder that `PERMAFREEZE_CACHE_DIR` gives.
///
/// # Errors
/// [`Error::Relative`].
pub fn given(environment: &Environment<'_>) -> Result<Option<PathBuf>, Error> {
    match environment(CACHE_DIR).map(PathBuf::from) {
        Some(value) if !value.is_absolute() => Err(Error::Relative { value }),
        value => Ok(value),
    }
}

/// Returns the places that outlive the process, best first, for an application's name and a user.
///
/// # Errors
/// [`Error::Relative`].
pub fn lasting(name: &str, user: u32, environment: &Environment<'_>) -> Result<Vec<Place>, Error> {
    if let Some(base) = given(environment)? {
        return Ok(vec![Place::new(base, name, Kind::Given)]);
    }
    let absolute = |name: &str| environment(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || absolute("HOME").or_else(|| system::home(user));
    let cache = absolute("XDG_CACHE_HOME").or_else(|| Some(home()?.join(".cache")));
    let of_user = cache.map(|cache| Place::new(cache.join("permafreeze"), name, Kind::User));
    let shared = Place::new(format!("/var/tmp/permafreeze-{user}").into(), name, Kind::Shared);
    Ok(of_user.into_iter().chain([shared]).collect())
}

/// Returns the folders for what is removed when the application ends, best first.
pub fn temporary(environment: &Environment<'_>) -> Vec<PathBuf> {
    let chosen = environment("TMPDIR").map(PathBuf::from).filter(|path| path.is_absolute());
    let usual = ["/tmp", "/dev/shm"].map(PathBuf::from).into_iter().filter(|path| Some(path) != chosen.as_ref());
    chosen.iter().cloned().chain(usual).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bases(variables: &[(&str, &str)]) -> Vec<String> {
        let environment = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| std::ffi::OsString::from(value))
        };
        let places = lasting("app", 77_777, &environment).expect("places");
        places.iter().map(|place| place.app.display().to_string()).collect()
    }

    #[test]
    fn the_places_and_their_order() {
        const SHARED: &str = "/var/tmp/permafreeze-77777/app";
        assert_eq!(bases(&[(CACHE_DIR, "/c"), ("HOME", "/h")]), ["/c/app"]);
        assert_eq!(bases(&[("XDG_CACHE_HOME", "/x"), ("HOME", "/h")]), ["/x/permafreeze/app", SHARED]);
        assert_eq!(bases(&[("XDG_CACHE_HOME", "x"), ("HOME", "/h")]), ["/h/.cache/permafreeze/app", SHARED]);
        assert_eq!(bases(&[("HOME", "h")]), [SHARED]);
        assert_eq!(bases(&[]), [SHARED]);
    }

    #[test]
    fn a_relative_folder_is_refused() {
        let environment = |name: &str| (name == CACHE_DIR).then(|| "c".into());
        assert!(matches!(lasting("app", 1, &environment), Err(Error::Relative { .. })));
    }

    #[test]
    fn the_temporary_ones_are_there_once() {
        let at = |value: &'static str| temporary(&move |name: &str| (name == "TMPDIR").then(|| value.into()));
        assert_eq!(at("/t"), ["/t", "/tmp", "/dev/shm"].map(PathBuf::from));
        assert_eq!(at("/tmp"), ["/tmp", "/dev/shm"].map(PathBuf::from));
        assert_eq!(at("t"), ["/tmp", "/dev/shm"].map(PathBuf::from));
    }

    #[test]
    fn the_modes() {
        let of = |value: &str| Mode::of(Some(OsStr::new(value)));
        assert_eq!(
            (Mode::of(None), of("0"), of("1"), of("beside")),
            (Mode::Start, Mode::Start, Mode::Unpack, Mode::Beside)
        );
    }
}
