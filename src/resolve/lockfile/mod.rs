//! Lock files: one model, which each format's reader gives. A further format is a file beside `poetry.rs`.
use std::collections::BTreeMap;

use crate::document::TomlFile;
use crate::error::Error;
use crate::pyproject::OneOrMany;

mod by_name;
pub mod hashes;
pub mod poetry;
mod text;

/// What a lock file says.
#[derive(Debug, Clone)]
pub struct Locked {
    /// The packages, in the file's order.
    pub packages: Vec<LockedPackage>,
    /// The Pythons that it was locked for.
    pub python: PythonVersions,
    /// Whether it says groups and markers of each package; else the requirements are followed.
    pub has_groups: bool,
}

/// The Pythons that a project was locked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PythonVersions {
    /// The key in the file, as `metadata.python-versions`.
    pub key: &'static str,
    /// The constraint.
    pub text: String,
}

/// A locked package.
#[derive(Debug, Clone)]
pub struct LockedPackage {
    /// The name as the distribution spells it.
    pub name: String,
    /// The version.
    pub version: String,
    /// The Pythons that it runs on.
    pub python_versions: String,
    /// The groups that require it; empty where the file does not say it.
    pub groups: Vec<String>,
    /// When it is required; `None`: always, or the file does not say it.
    pub markers: Option<Markers>,
    /// Its files.
    pub files: Vec<LockedFile>,
    /// Its requirements.
    pub dependencies: BTreeMap<String, OneOrMany>,
    /// Its extras' requirements.
    pub extras: BTreeMap<String, Vec<String>>,
    /// Where it comes from; `None`: the default index.
    pub source: Option<LockedSource>,
}

/// The markers of a package: one for all its groups, or one by group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Markers {
    /// For all groups.
    Same(String),
    /// By group; a group that is not in it has none.
    ByGroup(BTreeMap<String, String>),
}

/// A file of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedFile {
    /// Its name.
    pub file: String,
    /// `sha256:` and the hash.
    pub hash: String,
}

/// Where a package comes from, unless from the default index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LockedSource {
    /// Another index.
    Index {
        /// Its URL.
        url: String,
    },
    /// A file by its URL.
    Url {
        /// The URL.
        url: String,
    },
    /// A folder.
    Folder {
        /// Its path, relative to the lock file.
        path: String,
        /// The folder in it that is the project.
        subdirectory: Option<String>,
    },
    /// A local file.
    File {
        /// Its path, relative to the lock file.
        path: String,
    },
    /// A git repository.
    Git {
        /// Its URL.
        url: String,
        /// The commit.
        commit: String,
        /// The folder in it that is the project.
        subdirectory: Option<String>,
    },
    /// A kind of source that this reader does not know.
    Other {
        /// The format's word for it.
        kind: String,
        /// Its URL.
        url: String,
    },
}

impl Locked {
    /// Reads the project's lock file `file` and checks that it was made from `pyproject`.
    ///
    /// # Errors
    /// If it is malformed, of a version that is not known, or stale.
    pub fn read(file: &TomlFile, pyproject: &TomlFile) -> Result<Locked, Error> {
        let lock = poetry::PoetryLock::read(file)?;
        lock.check_fresh(file, pyproject)?;
        Ok(lock.into())
    }
}
