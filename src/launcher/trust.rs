//! Which folders may be used: what is started from them runs with the user's rights, so nobody else may change them.
use std::fs::{self, DirBuilder, Metadata};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use rustix::fs::StatVfsMountFlags;

use crate::error::Error;
use crate::system;

/// Looks at a folder, which must be a real one, owned by one of `owners`, and which nobody else may write to; `None` if it
/// is not there.
///
/// # Errors
/// If it is anything else.
pub fn folder(path: &Path, owners: &[u32]) -> Result<Option<Metadata>, Error> {
    let metadata = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other.map_err(Error::place(path))?,
    };
    let problem = match () {
        () if !metadata.is_dir() => "is no folder",
        () if !owners.contains(&metadata.uid()) => "belongs to another user",
        () if metadata.mode() & 0o022 != 0 => "may be written to by others",
        () => return Ok(Some(metadata)),
    };
    Err(Error::refused(path, problem))
}

/// Checks a folder and all above it: each is owned by this user, by root, or by the owner of `/`, and what every user may
/// write to is sticky. So nobody else can put another folder in its place. The path has no symbolic links.
///
/// # Errors
/// If one is not so.
pub fn chain(path: &Path) -> Result<(), Error> {
    let root = fs::symlink_metadata("/").map_err(Error::place(Path::new("/")))?.uid();
    for folder in path.ancestors() {
        let metadata = fs::symlink_metadata(folder).map_err(Error::place(folder))?;
        if ![system::user(), 0, root].contains(&metadata.uid()) {
            return Err(Error::refused(folder, "belongs to another user"));
        }
        if metadata.mode() & 0o1002 == 0o002 {
            return Err(Error::refused(folder, "may be written to by every user"));
        }
    }
    Ok(())
}

/// Returns the path without symbolic links of a folder, or of the first one above it that is there.
///
/// # Errors
/// If it cannot be looked at.
pub fn existing(path: &Path) -> Result<PathBuf, Error> {
    for folder in path.ancestors() {
        match fs::canonicalize(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            other => return other.map_err(Error::place(folder)),
        }
    }
    Err(Error::refused(path, "does not exist"))
}

/// Makes a folder, or checks that the one that is there is this user's alone.
///
/// # Errors
/// If it cannot be made, or is not.
pub fn private(path: &Path, mode: u32) -> Result<(), Error> {
    match DirBuilder::new().mode(mode).create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => folder(path, &[system::user()]).map(drop),
        other => other.map_err(Error::place(path)),
    }
}

/// Checks that files of a folder can be written and started. An error names `shown`, which is to be in it.
///
/// # Errors
/// If its mount says otherwise.
pub fn fits(folder: &Path, shown: &Path) -> Result<(), Error> {
    let system = rustix::fs::statvfs(folder).map_err(|error| Error::place(folder)(error.into()))?;
    let problem = match system.f_flag {
        flags if flags.contains(StatVfsMountFlags::RDONLY) => "is mounted read-only",
        flags if flags.contains(StatVfsMountFlags::NOEXEC) => "is mounted noexec",
        _ => return Ok(()),
    };
    Err(Error::refused(shown, problem))
}

/// Checks that a folder's file system has room for so many bytes.
///
/// # Errors
/// If it has not.
pub fn has_room(folder: &Path, bytes: u64) -> Result<(), Error> {
    let system = rustix::fs::statvfs(folder).map_err(|error| Error::place(folder)(error.into()))?;
    let free = system.f_bavail.saturating_mul(system.f_frsize);
    // Some file systems do not say.
    if system.f_blocks == 0 || free >= bytes {
        return Ok(());
    }
    let mega = |bytes: u64| bytes.div_ceil(1_000_000);
    let problem = format!("has {} MB free, {} MB are needed", free / 1_000_000, mega(bytes));
    Err(Error::Place { path: folder.to_owned(), problem })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn set(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("permissions");
    }

    #[test]
    fn only_real_folders_of_the_right_owner_are_trusted() {
        let keep = tempfile::tempdir().expect("a folder");
        let (me, path) = (system::user(), keep.path().join("x"));
        assert!(folder(&path, &[me]).expect("nothing").is_none());
        private(&path, 0o700).expect("made");
        private(&path, 0o700).expect("there");
        assert!(folder(&path, &[me]).expect("trusted").is_some());
        let problem = |path: &Path, owners: &[u32]| folder(path, owners).expect_err("refused").to_string();
        assert!(problem(&path, &[me + 1]).ends_with("belongs to another user"));
        for mode in [0o720, 0o702, 0o777] {
            set(&path, mode);
            assert!(problem(&path, &[me]).ends_with("may be written to by others"), "{mode:o}");
            assert!(private(&path, 0o700).is_err());
        }
        let link = keep.path().join("link");
        symlink(&path, &link).expect("a link");
        assert!(problem(&link, &[me]).ends_with("is no folder"));
    }

    #[test]
    fn what_every_user_may_write_to_is_sticky() {
        let keep = tempfile::tempdir().expect("a folder");
        let open = fs::canonicalize(keep.path()).expect("a path").join("open");
        let path = open.join("x");
        fs::create_dir_all(&path).expect("folders");
        assert!(chain(&path).is_ok(), "{:?}", chain(&path));
        set(&open, 0o777);
        assert!(chain(&path).is_err());
        set(&open, 0o1777);
        assert!(chain(&path).is_ok());
    }

    #[test]
    fn the_first_folder_above_that_is_there_is_found() {
        let keep = tempfile::tempdir().expect("a folder");
        let real = fs::canonicalize(keep.path()).expect("a path");
        assert_eq!(existing(&keep.path().join("a/b")).expect("found"), real);
    }

    #[test]
    fn room_is_asked_for() {
        assert!(has_room(Path::new("/"), 1).is_ok());
        assert!(has_room(Path::new("/"), u64::MAX).is_err());
    }
}
