//! The unpacked program with its environment, in place of this process.
//!
//! What PyInstaller's bootloader (6.11 to 6.22, `bootloader/src/pyi_main.c`) reads: `_PYI_ARCHIVE_FILE` (its own path
//! without symbolic links: then it takes the rest over from its parent), `_PYI_PARENT_PROCESS_LEVEL`, `_PYI_LINUX_PROCESS_NAME`,
//! `_PYI_APPLICATION_HOME_DIR` and `_PYI_SPLASH_IPC` (of one-file executables), `PYINSTALLER_RESET_ENVIRONMENT`.
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Environment;
use crate::error::Error;
use crate::own::Own;
use crate::system;

/// The path that the bootloader compares with its own.
pub const ARCHIVE: &str = "_PYI_ARCHIVE_FILE";
const RESET: &str = "PYINSTALLER_RESET_ENVIRONMENT";

/// What is started.
#[derive(Debug)]
pub struct Start<'o> {
    own: &'o Own,
    program: PathBuf,
    internal: PathBuf,
}

/// A variable and its value; `None` removes it.
type Change = (&'static str, Option<OsString>);

impl<'o> Start<'o> {
    /// Starts the program of an unpacked folder, whose path has no symbolic links.
    pub fn new(own: &'o Own, folder: &Path) -> Start<'o> {
        Start { own, program: folder.join(&own.head.program), internal: folder.join(&own.head.internal) }
    }

    /// Replaces this process by the program; comes back with the error only.
    pub fn exec(&self, environment: &Environment<'_>) -> Error {
        let source = self.command(environment).exec();
        self.failed(source)
    }

    /// Returns the command.
    pub fn command(&self, environment: &Environment<'_>) -> Command {
        let mut command = Command::new(&self.program);
        let mut arguments = std::env::args_os();
        let called = arguments.next().filter(|_| self.own.has_proc);
        // Without /proc, the bootloader looks for itself by this name.
        command.arg0(called.unwrap_or_else(|| self.program.clone().into()));
        command.args(arguments);
        for (name, value) in self.changes(environment, system::process_name()) {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command
    }

    /// The error of a program that could not be started.
    pub fn failed(&self, source: std::io::Error) -> Error {
        Error::Start { program: self.program.clone(), source }
    }

    fn changes(&self, environment: &Environment<'_>, name: Option<OsString>) -> Vec<Change> {
        let mut changes: Vec<Change> = vec![
            ("_PERMAFREEZE_EXECUTABLE", Some(self.own.path.clone().into())),
            ("PERMAFREEZE_VERIFY", None),
            (RESET, None),
        ];
        if !is_of_own(environment, &self.program) {
            changes.extend([
                (ARCHIVE, Some(self.program.clone().into())),
                ("_PYI_APPLICATION_HOME_DIR", None),
                ("_PYI_SPLASH_IPC", None),
                // The level of one that has set the library path and started itself again: every version then goes on
                // without doing so. (-1, which the versions since 6.15 use themselves, is an error of 6.11.)
                ("_PYI_PARENT_PROCESS_LEVEL", Some("0".into())),
                ("_PYI_LINUX_PROCESS_NAME", name),
            ]);
        }
        changes.extend(self.library_path(environment("LD_LIBRARY_PATH")));
        changes
    }

    /// Puts the folder of libraries before the caller's, which are kept as the bootloader keeps them.
    fn library_path(&self, old: Option<OsString>) -> Vec<Change> {
        let mut path = OsString::from(&self.internal);
        match old {
            Some(old) if first_of(&old) == self.internal.as_os_str() => Vec::new(),
            Some(old) => {
                path.push(":");
                path.push(&old);
                vec![("LD_LIBRARY_PATH_ORIG", Some(old)), ("LD_LIBRARY_PATH", Some(path))]
            }
            None => vec![("LD_LIBRARY_PATH", Some(path))],
        }
    }
}

fn first_of(path: &OsStr) -> &OsStr {
    OsStr::from_bytes(path.as_bytes().split(|byte| *byte == b':').next().unwrap_or_default())
}

/// Returns whether the application itself has started the bundle again (`sys.executable`), and wants to be its parent.
pub fn is_of_own(environment: &Environment<'_>, program: &Path) -> bool {
    environment(ARCHIVE).is_some_and(|archive| archive == program.as_os_str()) && !is_reset(environment)
}

/// Returns whether the caller says that the application is to be independent.
pub fn is_reset(environment: &Environment<'_>) -> bool {
    environment(RESET).is_some_and(|value| value == "1")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use permafreeze_bundle::{Footer, Head};

    use super::*;

    /// The environment after a start with these variables.
    fn started(variables: &[(&str, &str)]) -> BTreeMap<String, String> {
        let own = Own {
            path: "/bin/app".into(),
            file: std::fs::File::open("/dev/null").expect("a file"),
            footer: Footer { offset: 0, length: 0, key: [0; 32] },
            head: Head { name: "app".into(), program: "app".into(), internal: "_internal".into() },
            has_proc: true,
        };
        let mut all: BTreeMap<String, String> =
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let before = all.clone();
        let environment = |name: &str| before.get(name).map(OsString::from);
        for (name, value) in Start::new(&own, Path::new("/c/app/k")).changes(&environment, Some("link".into())) {
            match value {
                Some(value) => all.insert(name.to_owned(), value.into_string().expect("UTF-8")),
                None => all.remove(name),
            };
        }
        all
    }

    fn text(all: &BTreeMap<String, String>) -> String {
        all.iter().map(|(name, value)| format!("{name}={value}\n")).collect()
    }

    const FIRST: &str = "\
        LD_LIBRARY_PATH=/c/app/k/_internal\n\
        _PERMAFREEZE_EXECUTABLE=/bin/app\n\
        _PYI_ARCHIVE_FILE=/c/app/k/app\n\
        _PYI_LINUX_PROCESS_NAME=link\n\
        _PYI_PARENT_PROCESS_LEVEL=0\n";

    #[test]
    fn the_user_starts_it() {
        assert_eq!(text(&started(&[])), FIRST);
        assert_eq!(text(&started(&[("PERMAFREEZE_VERIFY", "1")])), FIRST);
    }

    #[test]
    fn another_frozen_application_starts_it() {
        let variables = [
            (ARCHIVE, "/other/app"),
            ("_PYI_APPLICATION_HOME_DIR", "/tmp/_MEIx"),
            ("_PYI_PARENT_PROCESS_LEVEL", "1"),
            ("_PYI_SPLASH_IPC", "0"),
            ("_PYI_LINUX_PROCESS_NAME", "other"),
        ];
        assert_eq!(text(&started(&variables)), FIRST);
    }

    #[test]
    fn the_application_starts_it_again() {
        let variables = [
            (ARCHIVE, "/c/app/k/app"),
            ("_PYI_PARENT_PROCESS_LEVEL", "1"),
            ("_PYI_LINUX_PROCESS_NAME", "first"),
            ("LD_LIBRARY_PATH", "/c/app/k/_internal:/mine"),
            ("LD_LIBRARY_PATH_ORIG", "/mine"),
        ];
        let all = started(&variables);
        assert_eq!(all.len(), variables.len() + 1, "{all:?}");
        assert!(variables.iter().all(|(name, value)| all[*name] == *value), "{all:?}");
        let reset = [&variables[..], &[(RESET, "1")]].concat();
        let all = started(&reset);
        assert_eq!((all["_PYI_PARENT_PROCESS_LEVEL"].as_str(), all.contains_key(RESET)), ("0", false));
        assert_eq!((&*all["LD_LIBRARY_PATH"], &*all["LD_LIBRARY_PATH_ORIG"]), ("/c/app/k/_internal:/mine", "/mine"));
    }

    #[test]
    fn the_callers_libraries_come_second() {
        let all = started(&[("LD_LIBRARY_PATH", "/mine:/c/app/k/_internal")]);
        assert_eq!(all["LD_LIBRARY_PATH"], "/c/app/k/_internal:/mine:/c/app/k/_internal");
        assert_eq!(all["LD_LIBRARY_PATH_ORIG"], "/mine:/c/app/k/_internal");
    }
}
