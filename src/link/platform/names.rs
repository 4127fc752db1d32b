//! How the target's file systems name what is unpacked.
use std::borrow::Cow;

use permafreeze_packaging::target::{Os, Target};
use permafreeze_packaging::windows;

/// The longest path that programs can open on every Windows, in UTF-16 units without the NUL at its end (`MAX_PATH`).
const LONGEST: usize = 259;
/// The longest folder that the bootloader unpacks into by default, with the separator behind it: `%TEMP%` of a user with
/// the longest name that Windows takes (20), and `_MEI` with digits.
const FOLDER: usize = r"C:\Users\01234567890123456789\AppData\Local\Temp\_MEI12345678\".len();

/// The rules of one operating system.
#[derive(Debug, Clone, Copy)]
pub struct Names {
    os: Os,
}

impl Names {
    /// Returns the rules of a target.
    pub fn of(target: Target) -> Names {
        Names { os: target.os() }
    }

    /// Returns the name of a path's entry in the archive: the bootloader for Windows knows `\` alone (PyInstaller,
    /// `archive/writers.py`).
    pub fn entry(self, path: &str) -> Cow<'_, str> {
        match self.os {
            Os::Windows => Cow::Owned(path.replace('/', "\\")),
            Os::Linux | Os::Darwin => Cow::Borrowed(path),
        }
    }

    /// Returns what two paths have in common if they are one file: NTFS and, unless it was made otherwise, APFS do not tell
    /// apart what differs in case only.
    pub fn key(self, path: &str) -> Cow<'_, str> {
        match self.os {
            Os::Linux => Cow::Borrowed(path),
            Os::Darwin | Os::Windows => Cow::Owned(path.to_lowercase()),
        }
    }

    /// Returns what keeps a file from being unpacked to a relative path; `None` if nothing does.
    pub fn problem(self, path: &str) -> Option<String> {
        if !matches!(self.os, Os::Windows) {
            return None;
        }
        if let Some(problem) = path.split('/').find_map(windows::name_problem) {
            return Some(problem);
        }
        let (length, most) = (path.encode_utf16().count(), LONGEST - FOLDER);
        (length > most).then(|| {
            format!("it has `{length}` characters, `{most}` are the most that can be unpacked on every Windows")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(target: Target) -> Names {
        Names::of(target)
    }

    #[test]
    fn entries_have_the_separators_of_their_system() {
        assert_eq!(names(Target::WindowsAmd64).entry("a/b.pyd"), "a\\b.pyd");
        assert_eq!(names(Target::DarwinArm64).entry("a/b.so"), "a/b.so");
    }

    #[test]
    fn only_linux_tells_case_apart() {
        for (target, equal) in [(Target::LinuxArm64, false), (Target::DarwinAmd64, true), (Target::WindowsAmd64, true)]
        {
            assert_eq!(names(target).key("A/Ä.txt") == names(target).key("a/ä.txt"), equal, "{target}");
        }
    }

    #[test]
    fn what_windows_cannot_unpack() {
        let windows = names(Target::WindowsAmd64);
        for good in ["a/b.txt", ".load-order", "numpy.libs/x-1.dll", &"a".repeat(LONGEST - FOLDER)] {
            assert_eq!(windows.problem(good), None, "{good}");
        }
        for bad in ["a/aux.py", "con/a", "a /b", "a:b", &"a/".repeat(LONGEST), &"a".repeat(LONGEST - FOLDER + 1)] {
            assert!(windows.problem(bad).is_some(), "{bad}");
            assert_eq!(names(Target::LinuxAmd64).problem(bad), None, "{bad}");
        }
    }
}
