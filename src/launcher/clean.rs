//! What is removed: leftovers of starts that were killed, and versions that nobody has started for a month.
//!
//! Ages are distances, whichever way: a clock that jumped makes a folder neither immortal nor, while a program runs from
//! it, old.
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

use permafreeze_bundle::footer::DIGITS;
use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, UTIME_NOW};

use crate::aside::{self, NEW, OLD};
use crate::lock::Lock;
use crate::marker;
use crate::system;
use crate::unpack;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// For so long, a start does not note that it was one.
pub const FRESH: Duration = DAY;
/// For so long, a version is kept that is not started.
const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// The file whose time says when versions were looked through.
const STAMP: &str = "cleaned";

/// Returns whether a time is less than so far away, in the past or the future.
pub fn within(time: io::Result<SystemTime>, now: SystemTime, distance: Duration) -> bool {
    time.is_ok_and(|time| now.duration_since(time).unwrap_or_else(|error| error.duration()) < distance)
}

/// Sets the time of a folder to now; with `all`, also that of what is in it, its marker and its lock: a cleaner of a
/// temporary folder then takes all of it or nothing.
pub fn touch(folder: &Path, all: bool) {
    let now = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
    let times = Timestamps { last_access: now, last_modification: now };
    let touch = |path: &Path| {
        let _ = rustix::fs::utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW);
    };
    if all {
        walk(folder, &touch);
        touch(&marker::path(folder));
        touch(&folder.with_file_name("lock"));
    }
    touch(folder);
}

fn walk(folder: &Path, touch: &dyn Fn(&Path)) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            walk(&entry.path(), touch);
        }
        touch(&entry.path());
    }
}

/// Removes a version so that none that is half removed can be taken for a whole one.
pub fn remove(folder: &Path) {
    let Some(app) = folder.parent() else { return };
    let _ = fs::remove_file(marker::path(folder));
    let old = aside::path(app, OLD, folder);
    if fs::rename(folder, &old).is_ok() {
        unpack::remove(&old);
    }
}

/// Removes what starts that were killed have left. Nobody else has the lock, so nobody needs it; without locks, what is
/// old.
pub fn leftovers(app: &Path, now: SystemTime, lock: &Lock) {
    for entry in fs::read_dir(app).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let is_leftover = [NEW, OLD].iter().any(|prefix| name.as_bytes().starts_with(prefix.as_bytes()));
        let time = entry.metadata().and_then(|metadata| metadata.modified());
        if is_leftover && (lock.is_held() || !within(time, now, DAY)) {
            unpack::remove(&entry.path());
        }
    }
}

/// Once a day, removes the versions that nobody has started for a month and that no program runs from; never `current`.
pub fn old_versions(app: &Path, current: &Path, now: SystemTime, lock: &Lock) {
    let stamp = app.join(STAMP);
    let stamped = fs::metadata(&stamp).and_then(|metadata| metadata.modified());
    if !lock.is_held() || within(stamped, now, DAY) || fs::write(&stamp, "").is_err() {
        return;
    }
    touch(&stamp, false);
    leftovers(app, now, lock);
    let Some(running) = system::running() else { return };
    for entry in fs::read_dir(app).into_iter().flatten().flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let Some(name) = name.to_str() else { continue };
        if name.strip_suffix(marker::SUFFIX).is_some_and(|folder| is_key(folder) && !app.join(folder).exists()) {
            let _ = fs::remove_file(&path);
        }
        if !is_key(name) || path == current {
            continue;
        }
        let time = entry.metadata().and_then(|metadata| metadata.modified());
        let is_ahead = time.as_ref().is_ok_and(|time| *time > now + DAY);
        if is_ahead || running.iter().any(|program| program.starts_with(&path)) {
            touch(&path, false);
        } else if !within(time, now, KEPT) {
            remove(&path);
        }
    }
}

fn is_key(name: &str) -> bool {
    name.len() == DIGITS && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn version(app: &Path, digit: char, age: i64) -> PathBuf {
        let folder = app.join(String::from(digit).repeat(DIGITS));
        fs::create_dir_all(folder.join("x")).expect("a folder");
        marker::make(&folder).expect("a marker");
        set(&folder, age);
        folder
    }

    /// Sets a folder's age in days.
    fn set(path: &Path, days: i64) {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a time").as_secs() as i64;
        let time = Timespec { tv_sec: now - days * 24 * 60 * 60, tv_nsec: 0 };
        let times = Timestamps { last_access: time, last_modification: time };
        rustix::fs::utimensat(CWD, path, &times, AtFlags::empty()).expect("times");
    }

    fn clean(app: &Path, current: &Path) {
        old_versions(app, current, SystemTime::now(), &Lock::wait(app).expect("a lock"));
    }

    #[test]
    fn what_was_not_started_for_a_month_is_removed() {
        let keep = tempfile::tempdir().expect("a folder");
        let app = keep.path();
        let (current, recent, old) = (version(app, 'a', 99), version(app, 'b', 29), version(app, 'c', 31));
        fs::create_dir(app.join("other")).expect("a folder");
        set(&app.join("other"), 99);
        fs::write(app.join(format!("{}.boot", "d".repeat(DIGITS))), "").expect("a marker");
        clean(app, &current);
        assert!(current.exists() && recent.exists() && app.join("other").exists());
        assert!(marker::path(&recent).exists());
        assert!(!old.exists() && !marker::path(&old).exists());
        assert!(!app.join(format!("{}.boot", "d".repeat(DIGITS))).exists(), "a marker of nothing");
    }

    #[test]
    fn it_is_done_once_a_day_whatever_the_clock_says() {
        let keep = tempfile::tempdir().expect("a folder");
        let app = keep.path();
        let current = version(app, 'a', 0);
        for (days, removed) in [(0, false), (2, true), (-2, true), (-5000, true)] {
            let old = version(app, 'c', 31);
            fs::write(app.join(STAMP), "").expect("a stamp");
            set(&app.join(STAMP), days);
            clean(app, &current);
            assert_eq!(old.exists(), !removed, "{days}");
        }
    }

    #[test]
    fn what_is_from_the_future_is_removed_a_month_later() {
        let keep = tempfile::tempdir().expect("a folder");
        let (current, ahead) = (version(keep.path(), 'a', 0), version(keep.path(), 'b', -5000));
        clean(keep.path(), &current);
        let time = fs::metadata(&ahead).and_then(|metadata| metadata.modified());
        assert!(within(time, SystemTime::now(), Duration::from_secs(60)));
    }

    #[test]
    fn what_runs_is_not_removed() {
        let keep = tempfile::tempdir().expect("a folder");
        let app = fs::canonicalize(keep.path()).expect("a path");
        let (current, used) = (version(&app, 'a', 0), version(&app, 'b', 99));
        fs::copy("/bin/sleep", used.join("sleep")).expect("a program");
        set(&used, 99);
        let mut child = std::process::Command::new(used.join("sleep")).arg("60").spawn().expect("started");
        clean(&app, &current);
        let is_there = used.join("sleep").exists();
        child.kill().expect("killed");
        child.wait().expect("ended");
        assert!(is_there);
        fs::remove_file(app.join(STAMP)).expect("a stamp");
        clean(&app, &current);
        assert!(used.exists(), "it was in use just now");
    }

    #[test]
    fn leftovers_are_removed_under_the_lock() {
        let keep = tempfile::tempdir().expect("a folder");
        for name in [".new-x-1-1", ".old-x-1-1", "x"] {
            fs::create_dir_all(keep.path().join(name).join("y")).expect("a folder");
        }
        leftovers(keep.path(), SystemTime::now(), &Lock::wait(keep.path()).expect("a lock"));
        let left = fs::read_dir(keep.path()).expect("a folder").count();
        assert_eq!(left, 2, "lock and x");
    }

    #[test]
    fn everything_is_touched() {
        let keep = tempfile::tempdir().expect("a folder");
        let folder = version(keep.path(), 'a', 50);
        fs::write(folder.join("x/file"), "").expect("a file");
        for path in [folder.join("x/file"), folder.join("x"), folder.clone(), marker::path(&folder)] {
            set(&path, 50);
        }
        touch(&folder, true);
        for path in [folder.join("x/file"), folder.join("x"), folder.clone(), marker::path(&folder)] {
            let time = fs::metadata(&path).and_then(|metadata| metadata.modified());
            assert!(within(time, SystemTime::now(), Duration::from_secs(60)), "{}", path.display());
        }
    }
}
