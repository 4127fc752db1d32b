//! The project's files as resolve sees them: the caller hands them in, so that resolve itself touches no disk.
use std::io;

use permafreeze_base::path::join;

/// What lies at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file.
    File,
    /// A folder.
    Folder,
}

/// A symbolic link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its path, relative to the path at which it was looked for; `.` is that itself.
    pub at: String,
    /// What it leads to in the end, relative to the source tree.
    pub target: String,
}

/// The files of a project, by path relative to its folder, `/` between parts.
pub trait Tree {
    /// Returns the text of a file; `None` if there is no such file.
    ///
    /// # Errors
    /// If it cannot be read or is not UTF-8.
    fn read(&self, path: &str) -> io::Result<Option<String>>;

    /// Returns what lies at `path`, if anything does.
    fn kind(&self, path: &str) -> Option<Kind>;

    /// Returns the names of the folders in a folder, sorted.
    fn folders(&self, path: &str) -> Vec<String>;

    /// Returns the symbolic links at and below `path` of the source tree `folder` that lead to something in that tree, sorted. None is
    /// followed on the way.
    fn links(&self, folder: &str, path: &str) -> Vec<Link> {
        let _ = (folder, path);
        Vec::new()
    }

    /// Returns the path of the nearest file `name` in a folder above the project's, as far as those are the project's:
    /// `../../uv.lock`.
    fn above(&self, name: &str) -> Option<String> {
        let _ = name;
        None
    }

    /// Returns the name of the project's folder.
    fn name(&self) -> Option<String> {
        None
    }

    /// Returns the version that only the project's repository says, by a tag of it.
    fn version_of_repository(&self) -> Option<String> {
        None
    }

    /// Returns the path as it is shown to people.
    fn shown(&self, path: &str) -> String {
        path.to_owned()
    }
}

/// Returns a path that the user wrote, relative to the project's folder, if it lies in it.
pub fn inside(path: &str) -> Option<String> {
    let joined = join(".", path);
    (!path.starts_with('/') && below(".", &joined).is_some()).then_some(joined)
}

/// What is wrong with a path that [`inside`] does not take.
pub const OUTSIDE: &str = "it is not below the project's folder";

/// Returns the path of `path` below `folder`, if it lies there; `.` for the folder itself.
pub fn below<'a>(folder: &str, path: &'a str) -> Option<&'a str> {
    if folder == "." {
        return (path != ".." && !path.starts_with("../")).then_some(path);
    }
    if path == folder {
        return Some(".");
    }
    path.strip_prefix(folder)?.strip_prefix('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_above_its_own_names_only() {
        assert_eq!(below("src/a", "src/a/b.py"), Some("b.py"));
        assert_eq!(below("src/a", "src/ab"), None);
        assert_eq!(below(".", "x"), Some("x"));
        assert_eq!(below(".", "../x"), None);
        assert_eq!(inside("./a/../b"), Some("b".to_owned()));
        assert_eq!((inside("/b"), inside("a/../../b"), inside("..")), (None, None, None));
    }
}
