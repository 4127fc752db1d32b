//! Trees of git commits as archives: a plan pins one by the sha256 of its archive, as it pins every file.
//!
//! The archive (`tar`) has the bytes that git stores: nothing is checked out, so no hook, filter or attribute of a
//! repository has a say, and the same commit gives the same archive on every machine. Submodules are in it. Git LFS's
//! files are the pointers that the commit has.
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_base::FileError;
use permafreeze_nix::{Addition, Store, StorePath, store_name};
use permafreeze_plan::plan::{GitCommit, PinnedFile};

use crate::cache::Cache;
use crate::error::Error;
use crate::git_error::{Cause, GitError, OfCommit};

mod address;
mod program;
mod repository;
mod tar;
mod tree;

/// How long one call of `git` may take.
const LIMIT: Duration = Duration::from_secs(600);

/// A tree, and for whom it is fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    /// The distribution's name, for errors.
    pub package: String,
    /// The folder of the archive that holds the tree, as a source distribution has one (PEP 625).
    pub folder: String,
    /// The commit.
    pub git: GitCommit,
}

impl Tree {
    /// Returns the tree whose archive a file of a plan is, if it is one.
    pub fn of(pinned: &PinnedFile) -> Option<Tree> {
        let folder = store_name(&format!("{}-{}", pinned.package.replace('-', "_"), pinned.version));
        Some(Tree { package: pinned.package.clone(), folder, git: pinned.git.clone()? })
    }

    /// Writes the archive, which a plan has pinned as `file`, to `to`, unless an earlier run has done so.
    pub(crate) fn make(&self, sha256: &str, file: &str, cache: &Cache, to: &Utf8Path) -> Result<(), Error> {
        if to.is_file() && permafreeze_base::sha256::of_file(to)?.0 == sha256 {
            return Ok(());
        }
        self.write(&cache.path(&format!("git-{sha256}")), to)?;
        let (got, _) = permafreeze_base::sha256::of_file(to)?;
        if got == sha256 {
            return Ok(());
        }
        std::fs::remove_file(to).map_err(Error::io("delete", to))?;
        let cause = Cause::Archive { file: file.to_owned(), expected: sha256.to_owned(), got };
        Err(OfCommit::new(self, &self.git).error(cause))
    }

    /// Writes the archive to `to`; `scratch` is a folder for the repositories, which is gone afterwards.
    pub(crate) fn write(&self, scratch: &Utf8Path, to: &Utf8Path) -> Result<(), Error> {
        self.write_within(LIMIT, scratch, to)
    }

    pub(crate) fn write_within(&self, limit: Duration, scratch: &Utf8Path, to: &Utf8Path) -> Result<(), Error> {
        remove(scratch)?;
        let written = tree::write(self, limit, scratch, to);
        remove(scratch)?;
        written
    }
}

impl OfCommit {
    /// Says for whom a commit is fetched.
    pub(super) fn new(tree: &Tree, commit: &GitCommit) -> OfCommit {
        let url = address::redacted(&commit.url);
        OfCommit { package: tree.package.clone(), url, commit: commit.commit.clone() }
    }

    pub(super) fn error(&self, cause: impl Into<Cause>) -> Error {
        Error::Git(Box::new(GitError { of: self.clone(), cause: cause.into() }))
    }

    pub(super) fn tree(&self, problem: &str) -> Error {
        self.error(Cause::Tree(problem.to_owned()))
    }
}

fn remove(folder: &Utf8Path) -> Result<(), Error> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(FileError::of("delete", folder)(error).into())
        }
        _ => Ok(()),
    }
}

/// Makes the archive of a tree that no plan pins yet, as the file `file`, and adds it to the store; `cache` is the folder
/// for parts of files. Returns its sha256, lower-case hex.
///
/// # Errors
/// If the commit cannot be had, or its tree is none that can be archived.
pub fn pin(tree: &Tree, file: &str, store: &Store, cache: &Utf8Path) -> Result<String, Error> {
    let cache = Cache::lock(cache, || {})?;
    let folder = cache.path("unpinned");
    std::fs::create_dir_all(&folder).map_err(Error::io("make", &folder))?;
    let named: Utf8PathBuf = folder.join(store_name(file));
    tree.write(&cache.path("git-unpinned"), &named)?;
    let (sha256, _) = permafreeze_base::sha256::of_file(&named)?;
    store.add(&named, Addition::Flat, &StorePath::flat(&store_name(file), &sha256)?)?;
    remove(&folder)?;
    Ok(sha256)
}
