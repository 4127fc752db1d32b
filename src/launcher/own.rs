//! The bundle itself: its file, its footer, its index.
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use permafreeze_bundle::footer::FOOTER;
use permafreeze_bundle::index::HEAD;
use permafreeze_bundle::{BundleError, Footer, Head, Index};
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::system;

/// The bundle that this program is the head of.
#[derive(Debug)]
pub struct Own {
    /// Its path, without symbolic links.
    pub path: PathBuf,
    /// The open file.
    pub file: File,
    /// Where the index is, and the key.
    pub footer: Footer,
    /// Names of folder and program.
    pub head: Head,
    /// Whether `/proc` says where programs are: PyInstaller's bootloader asks it, too.
    pub has_proc: bool,
}

impl Own {
    /// Finds and opens the bundle.
    ///
    /// # Errors
    /// [`Error::Lost`], [`Error::Unreadable`], [`Error::Damaged`].
    pub fn open() -> Result<Own, Error> {
        let (path, file, has_proc) = system::own_file()?;
        Own::of(path, file, has_proc)
    }

    /// Reads footer and head of an open bundle.
    ///
    /// # Errors
    /// [`Error::Unreadable`], [`Error::Damaged`].
    pub fn of(path: PathBuf, file: File, has_proc: bool) -> Result<Own, Error> {
        let unreadable = |source| Error::Unreadable { file: path.clone(), source };
        let damaged = |error: BundleError| Error::Damaged { file: path.clone(), problem: error.to_string() };
        let size = file.metadata().map_err(unreadable)?.len();
        let Some(at) = size.checked_sub(FOOTER as u64) else { return Err(damaged(BundleError::NoFooter)) };
        let mut bytes = [0; FOOTER];
        file.read_exact_at(&mut bytes, at).map_err(unreadable)?;
        let footer = Footer::parse(&bytes, size).map_err(damaged)?;
        let mut head = [0; HEAD];
        let head = &mut head[..HEAD.min(usize::try_from(footer.length).unwrap_or(HEAD))];
        file.read_exact_at(head, footer.offset).map_err(unreadable)?;
        let head = Head::parse(head).map_err(damaged)?;
        Ok(Own { path, file, footer, head, has_proc })
    }

    /// Reads the whole index, whose sha256 must be the key.
    ///
    /// # Errors
    /// [`Error::Unreadable`], [`Error::Damaged`].
    pub fn index(&self) -> Result<Index, Error> {
        let length = usize::try_from(self.footer.length).map_err(|_| self.damaged("its index is too large"))?;
        let mut bytes = vec![0; length];
        self.file.read_exact_at(&mut bytes, self.footer.offset).map_err(|source| self.unreadable(source))?;
        if Sha256::digest(&bytes)[..] != self.footer.key {
            return Err(self.damaged("the index is another one than the footer says"));
        }
        Index::parse(&bytes, self.footer.offset).map_err(|error| self.damaged(&error.to_string()))
    }

    /// Makes an error of a problem in the bundle's bytes.
    pub fn damaged(&self, problem: &str) -> Error {
        Error::Damaged { file: self.path.clone(), problem: problem.to_owned() }
    }

    /// Makes an error of a failure to read the bundle.
    pub fn unreadable(&self, source: io::Error) -> Error {
        Error::Unreadable { file: self.path.clone(), source }
    }
}
