//! What is fetched: a file that the plan or the toolchain's pins name.
use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_nix::{StorePath, store_name};
use permafreeze_plan::lock_format::Format;
use permafreeze_plan::pins::PinnedWheel;
use permafreeze_plan::plan::PinnedFile;
use url::Url;

use crate::error::{Error, OnLockedIndex, shown};
use crate::git::Tree;

/// A file to fetch.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Its file name.
    pub file: String,
    /// The distribution's normalised name.
    pub project: String,
    /// sha256, lower-case hex.
    pub sha256: String,
    /// Size in bytes, if it is known.
    pub size: Option<u64>,
    /// Where it is, if that is known.
    pub url: Option<Url>,
    /// The only index that has it; `None`: the configured ones.
    pub index: Option<Url>,
    /// Where it is on this machine, if the project brings it.
    pub local: Option<Utf8PathBuf>,
    /// The tree whose archive it is, if it is one.
    pub tree: Option<Tree>,
    /// The lock file that has it.
    pub lock: Format,
    /// Where it goes.
    pub store_path: StorePath,
}

impl Wanted {
    /// Makes it from a file of the plan of the project in the folder `project`.
    ///
    /// # Errors
    /// If the file's name is more than one part of a path, or a URL or the sha256 is malformed.
    pub fn from_plan(project: &Utf8Path, file: &str, pinned: &PinnedFile) -> Result<Wanted, Error> {
        check_name(file)?;
        let bad = |reason: String| Error::Url { file: file.to_owned(), reason };
        let parsed = |text: &Option<String>, schemes: &[&str]| {
            let url = text.as_deref().map(Url::parse).transpose().map_err(|error| bad(error.to_string()))?;
            match &url {
                Some(url) if !schemes.contains(&url.scheme()) => {
                    Err(bad(format!("scheme `{}` is none of {}", url.scheme(), schemes.join(", "))))
                }
                _ => Ok(url),
            }
        };
        Ok(Wanted {
            file: file.to_owned(),
            project: pinned.package.clone(),
            sha256: pinned.sha256.clone(),
            size: pinned.size,
            url: parsed(&pinned.url, &["https", "http"])?,
            index: parsed(&pinned.index, &["https", "http", "file"])?,
            local: pinned.path.as_ref().map(|path| project.join(path)),
            tree: tree(file, pinned)?,
            lock: Format::Poetry,
            store_path: StorePath::flat(&store_name(file), &pinned.sha256)?,
        })
    }

    /// Returns whether an index is to be asked where it is.
    pub(crate) fn is_of_index(&self) -> bool {
        self.url.is_none() && self.local.is_none() && self.tree.is_none()
    }

    /// Returns the file as a lock file of this format has it.
    #[must_use]
    pub fn locked_by(self, lock: Format) -> Wanted {
        Wanted { lock, ..self }
    }

    /// Says of an error that it is about the index that the plan has for this file.
    pub(crate) fn on_its_index(&self, error: Error) -> Error {
        use Error::{NoFile, NoProject, Refused, Unreachable};
        let of_index = matches!(error, NoFile { .. } | NoProject { .. } | Refused { .. } | Unreachable { .. });
        let Some(index) = self.index.as_ref().filter(|_| of_index) else { return error };
        Error::OnLockedIndex(Box::new(OnLockedIndex { index: shown(index), lock: self.lock, error }))
    }

    /// Makes it from a wheel of the toolchain's pins.
    ///
    /// # Errors
    /// If the file's name is more than one part of a path, or the sha256 is malformed.
    pub fn from_pins(wheel: &PinnedWheel) -> Result<Wanted, Error> {
        check_name(&wheel.file)?;
        Ok(Wanted {
            file: wheel.file.clone(),
            project: wheel.package.clone(),
            sha256: wheel.sha256.clone(),
            size: Some(wheel.size),
            url: None,
            index: None,
            local: None,
            tree: None,
            lock: Format::Poetry,
            store_path: StorePath::flat(&store_name(&wheel.file), &wheel.sha256)?,
        })
    }
}

/// A plan that names a commit for another file would have it taken for what the lock has.
fn tree(file: &str, pinned: &PinnedFile) -> Result<Option<Tree>, Error> {
    if pinned.git.is_some() && !pinned.is_tree(file) {
        let reason = "the tree of a commit comes from its repository alone, and its name ends with the commit";
        return Err(Error::Url { file: file.to_owned(), reason: reason.to_owned() });
    }
    Ok(Tree::of(pinned))
}

/// Files are looked for in folders (`find-links`): a name must not lead out of them.
fn check_name(file: &str) -> Result<(), Error> {
    let bad =
        file.is_empty() || [".", ".."].contains(&file) || file.contains(['/', '\\']) || file.contains(char::is_control);
    if bad { Err(Error::FileName { file: file.to_owned() }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use permafreeze_plan::plan::GitCommit;

    use super::*;

    fn wanted(file: &str, url: &str) -> Result<Wanted, Error> {
        let pinned = PinnedFile {
            package: "a".to_owned(),
            version: "1".to_owned(),
            sha256: "0".repeat(64),
            size: None,
            url: Some(url.to_owned()),
            index: None,
            path: None,
            git: None,
        };
        Wanted::from_plan(".".into(), file, &pinned)
    }

    #[test]
    fn a_name_is_one_part_of_a_path() {
        for bad in ["", ".", "..", "../a.whl", "/etc/a.whl", "a\\b.whl", "a\n.whl", "a\u{9b}.whl"] {
            assert!(matches!(wanted(bad, "https://h/a"), Err(Error::FileName { .. })), "{bad:?}");
        }
        assert!(wanted("a-1!2+c-py3-none-any.whl", "https://h/a").is_ok());
    }

    #[test]
    fn the_tree_of_a_commit_is_nothing_else() {
        let commit = "0123456789abcdef".repeat(3)[..40].to_owned();
        let wanted = |file: &str, url: Option<&str>| {
            let git = GitCommit { url: "https://h/x".to_owned(), commit: commit.clone() };
            let (url, sha256) = (url.map(str::to_owned), "0".repeat(64));
            let (package, version) = ("a".to_owned(), "1".to_owned());
            let pinned =
                PinnedFile { package, version, sha256, size: None, url, index: None, path: None, git: Some(git) };
            Wanted::from_plan(".".into(), file, &pinned)
        };
        assert!(wanted("a-1-0123456789ab.tar", None).is_ok_and(|wanted| wanted.tree.is_some()));
        assert!(wanted("a-1-0123456789ab.tar", Some("https://h/a.tar")).is_err());
        assert!(wanted("a-1-py3-none-any.whl", None).is_err());
    }

    #[test]
    fn a_url_is_one_of_a_server() {
        for bad in ["file:///etc/shadow", "ftp://h/a", "data:,x"] {
            let error = wanted("a.whl", bad).expect_err("is refused").to_string();
            assert!(error.starts_with("bad URL of `a.whl`: scheme `"), "{error}");
        }
    }
}
