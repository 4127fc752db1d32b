//! The folder for parts of files, used by one run at a time.
use std::fs::File;

use camino::{Utf8Path, Utf8PathBuf};

use crate::error::Error;

/// The folder, locked as long as this lives: two runs must not write to the same part of a file.
pub(crate) struct Cache {
    folder: Utf8PathBuf,
    _lock: File,
}

impl Cache {
    /// Makes the folder and locks it; `on_waiting` hears that another run has it.
    pub(crate) fn lock(folder: &Utf8Path, on_waiting: impl FnOnce()) -> Result<Cache, Error> {
        std::fs::create_dir_all(folder).map_err(Error::io("make", folder))?;
        let path = folder.join("lock");
        let lock = File::create(&path).map_err(Error::io("write", &path))?;
        if lock.try_lock().is_err() {
            on_waiting();
            lock.lock().map_err(Error::io("lock", &path))?;
        }
        Ok(Cache { folder: folder.to_owned(), _lock: lock })
    }

    /// Returns the path of a file or folder in it.
    pub(crate) fn path(&self, name: &str) -> Utf8PathBuf {
        self.folder.join(name)
    }
}
