//! What is asked of Linux: the program's own file, its name, rights, boots, running programs.
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use rustix::process::{getegid, geteuid, getgid, getuid};

use crate::error::Error;

/// Finds the program's own file: its path without symbolic links, the open file, and whether `/proc` is there.
///
/// # Errors
/// [`Error::Lost`], [`Error::Unreadable`].
pub fn own_file() -> Result<(PathBuf, File, bool), Error> {
    const PROC: &str = "/proc/self/exe";
    match fs::read_link(PROC) {
        // The file is opened by the link: its name may be another file's already.
        Ok(path) => match File::open(PROC) {
            Ok(file) => Ok((path, file, true)),
            Err(source) => Err(Error::Unreadable { file: path, source }),
        },
        Err(_) => {
            let called = std::env::args_os().next().unwrap_or_default();
            let lost = || Error::Lost { called: called.to_string_lossy().into_owned() };
            let path = search(&called, std::env::var_os("PATH").as_deref()).ok_or_else(lost)?;
            let file = File::open(&path).map_err(|source| Error::Unreadable { file: path.clone(), source })?;
            Ok((path, file, false))
        }
    }
}

/// Looks for a program as a shell does.
fn search(called: &OsStr, path: Option<&OsStr>) -> Option<PathBuf> {
    if called.as_bytes().contains(&b'/') {
        return fs::canonicalize(called).ok();
    }
    let found = std::env::split_paths(path?).map(|folder| folder.join(called)).find(|file| file.is_file())?;
    fs::canonicalize(found).ok()
}

/// Refuses to run with more rights than the caller has: the environment, which decides what is started, is the caller's.
///
/// # Errors
/// [`Error::Privileges`].
pub fn refuse_privileges(file: &File) -> Result<(), Error> {
    if getuid() != geteuid() || getgid() != getegid() {
        return Err(Error::Privileges { what: "the set-user-ID or set-group-ID bit" });
    }
    // They would be lost: the program that is started is another file.
    if !geteuid().is_root() && rustix::fs::fgetxattr(file, c"security.capability", &mut [0u8; 64][..]).is_ok() {
        return Err(Error::Privileges { what: "file capabilities" });
    }
    Ok(())
}

/// The user that this process runs as.
pub fn user() -> u32 {
    geteuid().as_raw()
}

/// The name of this process (`comm`): the one of the symbolic link that it was called by.
pub fn process_name() -> Option<OsString> {
    Some(OsString::from_vec(rustix::thread::name().ok()?.into_bytes()))
}

/// What tells one boot of this machine from another: 36 characters.
pub fn boot() -> Option<String> {
    let id = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(id.trim().to_owned()).filter(|id| !id.is_empty())
}

/// The home folder of a user in `/etc/passwd`.
pub fn home(user: u32) -> Option<PathBuf> {
    home_in(&fs::read("/etc/passwd").ok()?, user)
}

fn home_in(passwd: &[u8], user: u32) -> Option<PathBuf> {
    let user = user.to_string();
    let line = passwd.split(|byte| *byte == b'\n').find(|line| field(line, 2) == Some(user.as_bytes()))?;
    field(line, 5).map(|home| PathBuf::from(OsStr::from_bytes(home))).filter(|home| home.is_absolute())
}

fn field(line: &[u8], number: usize) -> Option<&[u8]> {
    line.split(|byte| *byte == b':').nth(number)
}

/// Writes to the disk what a folder's file system has in memory.
///
/// # Errors
/// If that fails: nothing is known then.
pub fn sync(folder: &Path) -> io::Result<()> {
    Ok(rustix::fs::syncfs(File::open(folder)?)?)
}

/// Returns the files of all running programs that can be seen; `None` without `/proc`.
pub fn running() -> Option<Vec<PathBuf>> {
    fs::read_link("/proc/self/exe").ok()?;
    let processes = fs::read_dir("/proc").ok()?.flatten();
    let numbers = processes.filter(|entry| entry.file_name().as_bytes().iter().all(u8::is_ascii_digit));
    Some(numbers.filter_map(|entry| fs::read_link(entry.path().join("exe")).ok()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_home_is_found_by_number() {
        let passwd = b"root:x:0:0:root:/root:/bin/sh\n\xffodd:x:1000:1:,:/home/o\xff:/bin/sh\nno:x:2:2::none:\nbad\n";
        assert_eq!(home_in(passwd, 0), Some("/root".into()));
        assert_eq!(home_in(passwd, 1000), Some(OsStr::from_bytes(b"/home/o\xff").into()));
        assert_eq!(home_in(passwd, 2), None);
        assert_eq!(home_in(passwd, 3), None);
    }

    #[test]
    fn a_program_is_searched_as_a_shell_does() {
        let folder = tempfile::tempdir().expect("a folder");
        let real = fs::canonicalize(folder.path()).expect("a path").join("app");
        fs::write(&real, "").expect("a file");
        let path = std::env::join_paths([Path::new("/nonexistent"), folder.path()]).expect("a path");
        assert_eq!(search(OsStr::new("app"), Some(&path)), Some(real.clone()));
        assert_eq!(search(real.as_os_str(), None), Some(real));
        assert_eq!(search(OsStr::new("other"), Some(&path)), None);
        assert_eq!(search(OsStr::new("app"), None), None);
    }

    #[test]
    fn this_test_is_running() {
        let me = std::env::current_exe().expect("a path");
        assert!(running().expect("/proc").contains(&me));
        assert_eq!(boot().expect("a boot").len(), 36);
    }
}
