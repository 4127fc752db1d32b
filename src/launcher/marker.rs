//! Whether an unpacked folder is known to be on the disk. After a power cut its files may be empty, although it was
//! renamed into place: what was unpacked in a boot counts in that boot, and in others once it was written out; else it is
//! compared with the bundle first.
//!
//! The marker is a file beside the folder. It has the boot's id; written out, it loses its owner's write bit, which one
//! `stat` sees.
use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::aside::{self, NEW};
use crate::system;

/// What follows the folder's name in the marker's.
pub const SUFFIX: &str = ".boot";
/// A folder that is younger is not written out by a start: the system does it soon.
const YOUNG: Duration = Duration::from_secs(60);

/// What a marker says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The folder is on the disk.
    Written,
    /// It was unpacked since the machine was started, in the last minute.
    Young,
    /// It was unpacked since the machine was started.
    Unwritten,
    /// It was unpacked before the machine was started, or on another one, or nothing is known.
    Doubtful,
}

/// Returns the path of a folder's marker.
pub fn path(folder: &Path) -> PathBuf {
    let mut path = folder.as_os_str().to_owned();
    path.push(SUFFIX);
    path.into()
}

/// Makes the marker of a folder that was unpacked just now. One of before, which may say that another folder of this name is
/// on the disk, is replaced in one step: whoever looks meanwhile, without locks, finds one of the two.
///
/// # Errors
/// If it cannot be written.
pub fn make(folder: &Path) -> io::Result<()> {
    let marker = path(folder);
    let fresh = aside::path(folder.parent().unwrap_or(Path::new("")), NEW, &marker);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
    let made = file.write_all(system::boot().unwrap_or_default().as_bytes()).and_then(|()| fs::rename(&fresh, &marker));
    if made.is_err() {
        let _ = fs::remove_file(&fresh);
    }
    made
}

/// Notes that the folder is on the disk.
///
/// # Errors
/// If that cannot be noted.
pub fn set_written(folder: &Path) -> io::Result<()> {
    fs::set_permissions(path(folder), Permissions::from_mode(0o400))
}

/// Returns what the marker says.
pub fn state(folder: &Path, now: SystemTime) -> State {
    let marker = path(folder);
    let Ok(metadata) = fs::symlink_metadata(&marker) else { return State::Doubtful };
    if metadata.mode() & 0o200 == 0 {
        return State::Written;
    }
    let same = fs::read_to_string(&marker).is_ok_and(|id| Some(id) == system::boot());
    let age = metadata.modified().ok().and_then(|made| now.duration_since(made).ok());
    match age {
        _ if !same => State::Doubtful,
        Some(age) if age < YOUNG => State::Young,
        _ => State::Unwritten,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_counts_in_its_boot_and_once_it_is_written() {
        let keep = tempfile::tempdir().expect("a folder");
        let folder = keep.path().join("x");
        let now = SystemTime::now();
        assert_eq!(state(&folder, now), State::Doubtful);
        make(&folder).expect("made");
        assert_eq!(state(&folder, now + Duration::from_secs(1)), State::Young);
        assert_eq!(state(&folder, now + Duration::from_secs(100)), State::Unwritten);
        assert_eq!(state(&folder, now - Duration::from_secs(100)), State::Unwritten, "a clock that jumped");
        for other in ["", "00000000-0000-0000-0000-000000000000"] {
            fs::write(path(&folder), other).expect("written");
            assert_eq!(state(&folder, now), State::Doubtful, "{other}");
        }
        set_written(&folder).expect("noted");
        assert_eq!(state(&folder, now), State::Written);
        make(&folder).expect("made again");
        assert_ne!(state(&folder, now), State::Written);
    }
}
