//! Searches a project's folder, and those above it as far as they are the project's: to the root of its git repository,
//! and never in a folder of somebody else.
use std::os::unix::fs::MetadataExt;

use camino::{Utf8Path, Utf8PathBuf};

/// What the root of a git repository has: a folder, or a file in a worktree or a submodule.
const GIT: &str = ".git";

/// Returns the nearest `name` of a folder, absolute, or of one above it.
pub fn find(folder: &Utf8Path, name: &str) -> Option<Utf8PathBuf> {
    let own = folder.join(name);
    if own.is_file() { Some(own) } else { find_above(folder, name) }
}

/// Returns the nearest `name` above a folder, absolute.
pub fn find_above(folder: &Utf8Path, name: &str) -> Option<Utf8PathBuf> {
    let found = |folder: &Utf8Path| Some(folder.join(name)).filter(|file| file.is_file());
    let owners = Owners::of(folder);
    let repository = repository(folder)?;
    let searched = folder.ancestors().skip(1).take_while(|above| above.starts_with(&repository));
    let file = searched.into_iter().find_map(found)?;
    let is_own = owners.have(&file);
    if !is_own {
        tracing::warn!("`{file}` is not used: it belongs to another user");
    }
    is_own.then_some(file)
}

/// Returns the root of the git repository that a folder is in, unless it, or a folder on the way to it, belongs to another
/// user.
pub fn repository(folder: &Utf8Path) -> Option<Utf8PathBuf> {
    let owners = Owners::of(folder);
    for above in folder.ancestors() {
        if !owners.have(above) {
            return None;
        }
        let git = above.join(GIT);
        if git.exists() {
            return owners.have(&git).then(|| above.to_owned());
        }
    }
    None
}

/// Whose files are used: the user's, the owner's of the folder that the user has named, and, as git does, those of the
/// user who has become root by sudo.
struct Owners([Option<u32>; 3]);

impl Owners {
    fn of(folder: &Utf8Path) -> Owners {
        let user = rustix::process::geteuid();
        let sudo = std::env::var("SUDO_UID").ok().filter(|_| user.is_root()).and_then(|id| id.parse().ok());
        Owners([Some(user.as_raw()), folder.metadata().ok().map(|metadata| metadata.uid()), sudo])
    }

    fn have(&self, path: &Utf8Path) -> bool {
        path.metadata().is_ok_and(|metadata| self.0.contains(&Some(metadata.uid())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes `REPOSITORY/a/b` in a folder, and `name` in each of `places`.
    fn tree(places: &[&str]) -> (tempfile::TempDir, Utf8PathBuf) {
        let keep = tempfile::tempdir().expect("a folder");
        let root = Utf8Path::from_path(keep.path()).expect("UTF-8").canonicalize_utf8().expect("it is there");
        for folder in ["repository/.git", "repository/a/b", "lonely/a"] {
            std::fs::create_dir_all(root.join(folder)).expect("a folder");
        }
        for place in places {
            std::fs::write(root.join(place).join("name"), "").expect("a file");
        }
        (keep, root)
    }

    #[test]
    fn the_nearest_up_to_the_root_of_the_repository_is_found() {
        let (_keep, root) = tree(&["", "repository", "repository/a", "lonely"]);
        let found = |folder: &str| find(&root.join(folder), "name");
        assert_eq!(found("repository/a/b"), Some(root.join("repository/a/name")));
        assert_eq!(found("repository/a"), Some(root.join("repository/a/name")));
        assert_eq!(found("repository"), Some(root.join("repository/name")));
        assert_eq!(find_above(&root.join("repository/a"), "name"), Some(root.join("repository/name")), "not its own");
        std::fs::remove_file(root.join("repository/a/name")).expect("it was there");
        assert_eq!(found("repository/a/b"), Some(root.join("repository/name")));
        std::fs::remove_file(root.join("repository/name")).expect("it was there");
        assert_eq!(found("repository/a/b"), None, "above the repository");
    }

    #[test]
    fn without_a_repository_nothing_above_is_searched() {
        let (_keep, root) = tree(&["", "lonely"]);
        assert_eq!(repository(&root.join("lonely/a")), None);
        assert_eq!(find(&root.join("lonely/a"), "name"), None);
        assert_eq!(find(&root.join("lonely"), "name"), Some(root.join("lonely/name")));
    }

    #[test]
    fn what_belongs_to_another_user_is_not_used() {
        let (_keep, root) = tree(&["repository"]);
        let user = rustix::process::geteuid().as_raw();
        let give = |path: &str, to: u32| std::os::unix::fs::chown(root.join(path), Some(to), None).is_ok();
        let found = || find(&root.join("repository/a/b"), "name");
        // Only root can give a file away.
        if !give("repository/name", user + 1) {
            return;
        }
        assert_eq!(found(), None, "the file");
        assert!(give("repository/name", user) && found().is_some());
        for path in ["repository/.git", "repository/a", "repository"] {
            assert!(give(path, user + 1));
            assert_eq!(repository(&root.join("repository/a/b")), None, "{path}");
            assert_eq!(found(), None, "{path}");
            assert!(give(path, user) && found().is_some());
        }
        // A checkout of another user, as a container sees it: the folder that is named is that user's too.
        for path in ["repository", "repository/.git", "repository/a", "repository/a/b", "repository/name"] {
            assert!(give(path, user + 1));
        }
        assert_eq!(found(), Some(root.join("repository/name")));
    }
}
