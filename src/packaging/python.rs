//! The Pythons that executables are made of.
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The Pythons that can be frozen, the oldest first; `nix/toolchain.json` says which patch release of each.
pub const PYTHONS: [Python; 2] = [Python { minor: 13, magic: 3571 }, Python { minor: 14, magic: 3627 }];

/// The Python of a project that allows it and asks for no other.
pub const DEFAULT: Python = PYTHONS[0];

/// A minor release of CPython 3, one of [`PYTHONS`]. It is ordered by its release, and written and parsed as `3.13`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Python {
    /// The minor version, as 13 for 3.13.
    minor: u8,
    /// The magic number of its byte code (`Include/internal/pycore_magic_number.h`).
    magic: u16,
}

/// A text names no Python that can be frozen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no Python that can be frozen: expected {}", names())]
pub struct UnknownPython {
    text: String,
}

impl Python {
    /// Returns its major and minor version, as `(3, 13)`.
    pub const fn version(self) -> (u8, u8) {
        (3, self.minor)
    }

    /// Returns its minor version, as 13.
    pub fn minor(self) -> u32 {
        self.minor.into()
    }

    /// Finds a Python by its major and minor version.
    pub fn of_version(version: (u8, u8)) -> Option<Python> {
        PYTHONS.into_iter().find(|python| python.version() == version)
    }

    /// Finds the Python of a patch release, as `3.13.5`.
    ///
    /// # Errors
    /// [`UnknownPython`] with the release.
    pub fn of_release(release: &str) -> Result<Python, UnknownPython> {
        let minor =
            |python: &Python| release.strip_prefix(&python.to_string()).is_some_and(|rest| rest.starts_with('.'));
        let found = PYTHONS.into_iter().find(minor);
        found.ok_or_else(|| UnknownPython { text: release.to_owned() })
    }

    /// Returns the first bytes of its `.pyc` files: the magic number and `\r\n`.
    pub const fn pyc_magic(self) -> [u8; 4] {
        let [low, high] = self.magic.to_le_bytes();
        [low, high, b'\r', b'\n']
    }

    /// Returns the head of a `.pyc` whose hash is not compared with the source (PEP 552): magic, flags, an empty hash.
    pub const fn pyc_head(self) -> [u8; 16] {
        let [first, second, third, fourth] = self.pyc_magic();
        [first, second, third, fourth, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    }

    /// Returns the name of its program and of its standard library's folder, as `python3.13`.
    pub fn name(self) -> String {
        format!("python{self}")
    }

    /// Returns what stands in the names of its caches and extension modules, as `cpython-313`.
    pub fn cache_tag(self) -> String {
        format!("cpython-3{}", self.minor)
    }
}

impl fmt::Display for Python {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "3.{}", self.minor)
    }
}

impl FromStr for Python {
    type Err = UnknownPython;

    fn from_str(text: &str) -> Result<Python, UnknownPython> {
        let found = PYTHONS.into_iter().find(|python| python.to_string() == text);
        found.ok_or_else(|| UnknownPython { text: text.to_owned() })
    }
}

impl TryFrom<String> for Python {
    type Error = UnknownPython;

    fn try_from(text: String) -> Result<Python, UnknownPython> {
        text.parse()
    }
}

impl From<Python> for String {
    fn from(python: Python) -> String {
        python.to_string()
    }
}

/// Returns the Pythons that can be frozen, for a message: `` `3.13`, `3.14` ``.
pub fn names() -> String {
    PYTHONS.map(|python| format!("`{python}`")).join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_magic_are_of_one_release() {
        let [older, newer] = PYTHONS;
        assert_eq!((older.to_string(), older.name(), older.version()), ("3.13".into(), "python3.13".into(), (3, 13)));
        assert_eq!((newer.to_string(), newer.cache_tag(), newer.minor()), ("3.14".into(), "cpython-314".into(), 14));
        // What each prints for importlib.util.MAGIC_NUMBER.
        assert_eq!((&older.pyc_magic(), &newer.pyc_magic()), (b"\xf3\r\r\n", b"+\x0e\r\n"));
    }

    #[test]
    fn a_python_is_read_as_it_is_written() {
        for python in PYTHONS {
            assert_eq!(python.to_string().parse(), Ok(python));
            assert_eq!(Python::of_version(python.version()), Some(python));
        }
        for text in ["3.9", "3", "3.13.5", " 3.13", "4.13", ""] {
            let error = text.parse::<Python>().expect_err(text);
            assert_eq!(error.to_string(), format!("`{text}` is no Python that can be frozen: expected `3.13`, `3.14`"));
        }
        assert_eq!(Python::of_version((2, 13)), None);
    }

    #[test]
    fn a_release_is_of_one_python() {
        assert_eq!(Python::of_release("3.13.15"), Ok(PYTHONS[0]));
        assert_eq!(Python::of_release("3.14.0rc1"), Ok(PYTHONS[1]));
        for release in ["3.1.4", "3.13", "3.130.1", "13.3.1", ""] {
            assert!(Python::of_release(release).is_err(), "{release}");
        }
    }
}
