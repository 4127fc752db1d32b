//! One start unpacks, the others wait.
use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::FlockOperation;

use crate::error::Error;

/// A lock on an application's folder, until it is dropped or the process ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
    is_held: bool,
}

impl Lock {
    /// Waits for the lock. Some network file systems have none: then [`Lock::is_held`] says so.
    ///
    /// # Errors
    /// If its file cannot be opened.
    pub fn wait(app: &Path) -> Result<Lock, Error> {
        let file = open(app)?;
        Ok(Lock { is_held: held(&file, FlockOperation::LockExclusive), _file: file })
    }

    /// Returns the lock if nobody else holds it.
    pub fn at_once(app: &Path) -> Option<Lock> {
        let file = open(app).ok()?;
        held(&file, FlockOperation::NonBlockingLockExclusive).then_some(Lock { _file: file, is_held: true })
    }

    /// What there is where the file system has no locks.
    #[cfg(test)]
    pub(crate) fn missing(app: &Path) -> Lock {
        Lock { _file: open(app).expect("a file"), is_held: false }
    }

    /// Returns whether others are kept out.
    pub fn is_held(&self) -> bool {
        self.is_held
    }
}

fn open(app: &Path) -> Result<File, Error> {
    let path = app.join("lock");
    OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path).map_err(Error::place(&path))
}

fn held(file: &File, operation: FlockOperation) -> bool {
    loop {
        match rustix::fs::flock(file, operation) {
            Err(rustix::io::Errno::INTR) => {}
            result => return result.is_ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_holds_it_until_it_is_dropped() {
        let folder = tempfile::tempdir().expect("a folder");
        let lock = Lock::wait(folder.path()).expect("a lock");
        assert!(lock.is_held() && Lock::at_once(folder.path()).is_none());
        drop(lock);
        assert!(Lock::at_once(folder.path()).is_some());
    }
}
