//! The versions of PyInstaller that executables are linked with, and what differs between them.
//!
//! Bootloader, loader modules and hooks are taken from the PyInstaller that a project locks, so they fit each other.
//! What the writers here make is the same for all of them: 6.11.0 to 6.22.3 agree in the CArchive, its cookie and
//! options, the PYZ, the modules of base_library.zip and the modules that make the importer (`archive/writers.py`,
//! `building/api.py`, `depend/analysis.py`, `compat.py` and `loader/` of each were compared with those of the next).
//! The differences are the methods of [`PyInstaller`].
//!
//! Which modules and files are collected follows the rules of the newest version, whatever version is locked.
use std::fmt;

/// A version of PyInstaller, without its patch level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PyInstaller {
    major: u32,
    minor: u32,
}

impl PyInstaller {
    /// The oldest one that executables are linked with.
    pub const OLDEST: PyInstaller = PyInstaller { major: 6, minor: 11 };
    /// The newest one that executables are linked with.
    pub const NEWEST: PyInstaller = PyInstaller { major: 6, minor: 22 };
    /// The first one that looks for Python's extension modules in Python's own folder.
    const OWN_DYNLOAD: PyInstaller = PyInstaller { major: 6, minor: 16 };
    /// The first one whose run-time hook knows how newer Pythons start the fork server of `multiprocessing`.
    pub const FORK_SERVER: PyInstaller = PyInstaller { major: 6, minor: 20 };
    /// The first releases of CPython 3.13 and 3.14 that start their fork server in another way.
    const NEW_FORK_SERVER: [[u32; 3]; 2] = [[3, 13, 13], [3, 14, 4]];

    /// Reads a distribution's version, as `6.18.0`; `None` if executables are not linked with it.
    pub fn known(version: &str) -> Option<PyInstaller> {
        let mut parts = version.split('.').map(|part| part.parse().ok());
        let found = PyInstaller { major: parts.next()??, minor: parts.next()?? };
        (PyInstaller::OLDEST..=PyInstaller::NEWEST).contains(&found).then_some(found)
    }

    /// Returns the folder, in the unpacked executable, that the bootloader puts on `sys.path` for the extension modules
    /// of the standard library; `python` is the name of Python's own, as `python3.13`.
    pub fn dynload(self, python: &str) -> String {
        if self >= PyInstaller::OWN_DYNLOAD { format!("{python}/lib-dynload") } else { "lib-dynload".to_owned() }
    }

    /// Tells whether the fork server of `multiprocessing` works with CPython `python` (`3.13.15`). Where it does not, it
    /// starts the whole program anew, which does the same, and so on.
    pub fn has_fork_server(self, python: &str) -> bool {
        let python: Vec<u32> = python.split('.').filter_map(|part| part.parse().ok()).collect();
        let is_new = |first: &[u32; 3]| python.starts_with(&first[..2]) && python.as_slice() >= first.as_slice();
        self >= PyInstaller::FORK_SERVER || !PyInstaller::NEW_FORK_SERVER.iter().any(is_new)
    }
}

impl fmt::Display for PyInstaller {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_from_the_oldest_to_the_newest_are_known() {
        for known in ["6.11.0", "6.11.1", "6.18.0", "6.22.3", "6.22"] {
            assert!(PyInstaller::known(known).is_some(), "{known}");
        }
        for unknown in ["6.10.0", "6.23.0", "6.2.0", "5.18.0", "7.0", "6", "", "6.x", "unknown"] {
            assert_eq!(PyInstaller::known(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn extension_modules_of_the_standard_library_have_moved_in_6_16() {
        let dynload = |version| PyInstaller::known(version).map(|known| known.dynload("python3.13"));
        assert_eq!(dynload("6.15.0").as_deref(), Some("lib-dynload"));
        assert_eq!(dynload("6.16.0").as_deref(), Some("python3.13/lib-dynload"));
    }

    #[test]
    fn the_fork_server_needs_6_20_from_python_3_13_13_and_3_14_4_on() {
        let works = |version, python| PyInstaller::known(version).map(|known| known.has_fork_server(python));
        assert_eq!(works("6.18.0", "3.13.12"), Some(true));
        assert_eq!(works("6.18.0", "3.13.5"), Some(true));
        assert_eq!(works("6.19.0", "3.13.13"), Some(false));
        assert_eq!(works("6.20.0", "3.13.15"), Some(true));
        assert_eq!(works("6.18.0", "3.14.3"), Some(true));
        assert_eq!(works("6.18.0", "3.14.4"), Some(false));
        assert_eq!(works("6.20.0", "3.14.7"), Some(true));
    }
}
