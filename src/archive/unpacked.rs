//! A file of the folder that an executable is unpacked to.
use std::borrow::Cow;

use crate::{Error, Result};

/// A file of the unpacked folder, as a bundle or a folder has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unpacked {
    /// Its path there, `/` between parts.
    pub path: String,
    /// Permission bits; none of a symbolic link.
    pub mode: Option<u32>,
    /// Its bytes; of a link, as in a package, its target and a NUL.
    bytes: Vec<u8>,
    damage: Option<String>,
}

impl Unpacked {
    pub(crate) fn regular(path: &str, mode: u32, bytes: Vec<u8>) -> Unpacked {
        Unpacked { path: path.to_owned(), mode: Some(mode), bytes, damage: None }
    }

    pub(crate) fn link(path: &str, target: &str) -> Unpacked {
        Unpacked { path: path.to_owned(), mode: None, bytes: [target.as_bytes(), b"\0"].concat(), damage: None }
    }

    pub(crate) fn put(&mut self, at: usize, bytes: &[u8]) {
        if let Some(place) = self.bytes.get_mut(at..at + bytes.len()) {
            place.copy_from_slice(bytes);
        }
    }

    pub(crate) fn damage(&mut self, problem: &str) {
        self.damage.get_or_insert_with(|| problem.to_owned());
    }

    /// Its bytes; of a link its target and a NUL. What cannot be decoded is zero.
    pub fn raw(&self) -> &[u8] {
        &self.bytes
    }

    /// Its bytes; of a link its target and a NUL.
    ///
    /// # Errors
    /// [`Error::Malformed`] if a frame with a part of it cannot be decoded.
    pub fn bytes(&self) -> Result<&[u8]> {
        match &self.damage {
            None => Ok(&self.bytes),
            Some(problem) => Err(Error::malformed(format!("file `{}`", self.path.escape_debug()), 0, problem.as_str())),
        }
    }

    /// Tells whether it is a symbolic link.
    pub fn is_link(&self) -> bool {
        self.mode.is_none()
    }

    /// Where it leads, if it is a symbolic link.
    pub fn target(&self) -> Option<Cow<'_, str>> {
        let target = self.bytes.strip_suffix(b"\0").filter(|_| self.is_link())?;
        Some(String::from_utf8_lossy(target))
    }
}
