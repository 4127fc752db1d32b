//! Why an application cannot be started.
use std::fmt::Write;
use std::io;
use std::path::{Path, PathBuf};

/// The variable that names the folder to unpack into.
pub const CACHE_DIR: &str = "PERMAFREEZE_CACHE_DIR";

/// A failure of a start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The bundle is not what it was: no other place helps.
    #[error("`{}` is damaged: {problem}", file.display())]
    Damaged {
        /// The bundle.
        file: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The bundle cannot be read.
    #[error("cannot read `{}`: {source}", file.display())]
    Unreadable {
        /// The bundle.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The bundle does not know where it is.
    #[error("cannot find the file of this program: /proc is not mounted, and `{called}` is not found")]
    Lost {
        /// The name that it was called by.
        called: String,
    },
    /// It would run with more rights than its caller has.
    #[error("this program has {what}: it cannot be started so")]
    Privileges {
        /// By what.
        what: &'static str,
    },
    /// `PERMAFREEZE_CACHE_DIR` is no absolute path.
    #[error("{CACHE_DIR} is `{}`: expected an absolute path", value.display())]
    Relative {
        /// Its value.
        value: PathBuf,
    },
    /// A place cannot be used: another one may.
    #[error("`{}`: {problem}", path.display())]
    Place {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// There is no place to unpack into.
    #[error("found no place to unpack into{}", list(tried))]
    NoPlace {
        /// What is wrong with each.
        tried: Vec<Error>,
    },
    /// The unpacked program cannot be started.
    #[error("cannot start `{}`: {source}", program.display())]
    Start {
        /// The program.
        program: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// An unpacked file is not what the bundle has.
    #[error("`{}` {problem}", file.display())]
    Differs {
        /// The file.
        file: PathBuf,
        /// The unpacked folder.
        folder: PathBuf,
        /// What is wrong with it.
        problem: &'static str,
    },
}

fn list(tried: &[Error]) -> String {
    tried.iter().fold(String::new(), |mut text, error| {
        let _ = write!(text, "\n  {error}");
        text
    })
}

impl Error {
    /// Makes a place's error of one of the system's.
    pub fn place(path: &Path) -> impl Fn(io::Error) -> Error {
        let path = path.to_owned();
        move |source| Error::Place { path: path.clone(), problem: source.to_string() }
    }

    /// Makes a place's error.
    pub fn refused(path: &Path, problem: &str) -> Error {
        Error::Place { path: path.to_owned(), problem: problem.to_owned() }
    }

    /// Returns whether another place may do.
    pub fn is_of_place(&self) -> bool {
        matches!(self, Error::Place { .. })
    }

    /// Returns what helps.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Damaged { .. } => Some("get the file again: it is truncated or changed".to_owned()),
            Error::Unreadable { .. } => Some("the file must be readable by who starts it".to_owned()),
            Error::Lost { .. } => Some("mount /proc, or start it by its whole path".to_owned()),
            Error::Privileges { .. } => Some(
                "take the bits or capabilities off the file; a service gets its rights from what starts it".to_owned(),
            ),
            Error::Relative { .. } => Some(format!("set {CACHE_DIR} to a path that begins with `/`")),
            Error::Place { .. } | Error::NoPlace { .. } => Some(format!(
                "set {CACHE_DIR} to a folder of yours that has room and whose mount is writable and not noexec"
            )),
            Error::Start { program, .. } => Some(format!(
                "remove `{}`, it is unpacked again; where starting files there is forbidden, set {CACHE_DIR} to another folder",
                program.parent().unwrap_or(program).display()
            )),
            Error::Differs { folder, .. } => Some(format!("remove `{}`: it is unpacked again", folder.display())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_listed_with_its_problem() {
        let tried = vec![
            Error::refused(Path::new("/a"), "is mounted noexec"),
            Error::place(Path::new("/b"))(io::ErrorKind::StorageFull.into()),
        ];
        let error = Error::NoPlace { tried };
        assert_eq!(
            error.to_string(),
            "found no place to unpack into\n  `/a`: is mounted noexec\n  `/b`: no storage space"
        );
        assert!(error.hint().expect("a hint").contains(CACHE_DIR));
    }

    #[test]
    fn only_errors_of_a_place_go_on() {
        assert!(Error::refused(Path::new("/a"), "x").is_of_place());
        assert!(!Error::Damaged { file: "/a".into(), problem: String::new() }.is_of_place());
        assert!(!Error::Unreadable { file: "/a".into(), source: io::ErrorKind::Other.into() }.is_of_place());
    }
}
