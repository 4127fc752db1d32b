//! Lock files: one model, which each format's reader gives. A further format is a file beside `poetry.rs`, and a line in
//! [`permafreeze_plan::lock_format`].
use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use permafreeze_packaging::Version;
use permafreeze_packaging::constraint::Constraint;
use permafreeze_packaging::environment::{Environment, Variable};
use permafreeze_packaging::marker::Marker;
use permafreeze_packaging::name::Name;
use permafreeze_plan::lock_format::Format;

use self::graph::Graph;
use crate::document::TomlFile;
use crate::error::Error;
use crate::groups::Groups;
use crate::pyproject::{OneOrMany, PyProject};

mod artifact;
mod by_name;
pub mod find;
pub mod graph;
pub mod hashes;
pub mod poetry;
pub mod pylock;
mod text;
pub mod uv;

/// What a lock file says.
#[derive(Debug, Clone)]
pub struct Locked {
    /// The packages, in the file's order.
    pub packages: Vec<LockedPackage>,
    /// The Pythons that it was locked for, if it says so.
    pub python: Option<PythonVersions>,
    /// The environments that it was locked for, if it says so.
    pub environments: Environments,
    /// How it says which packages are installed.
    pub selection: Selection,
}

/// Environments that a project was locked for: one of the markers must hold, if there are any.
#[derive(Debug, Clone, Default)]
pub struct Environments {
    /// The key in the file.
    pub key: &'static str,
    /// The markers.
    pub markers: Vec<Marker>,
}

/// How a lock file says which packages are installed for groups, extras and a target.
#[derive(Debug, Clone)]
pub enum Selection {
    /// Each package has its groups and their markers.
    Groups,
    /// It does not say it: the requirements are followed, and of several versions one is chosen.
    Requirements,
    /// Each requirement leads to the package that meets it.
    Graph(Graph),
    /// Markers of the packages ask for extras and groups, too.
    Markers(Sets),
}

/// What the markers of a lock file may ask for (PEP 751).
#[derive(Debug, Clone, Default)]
pub struct Sets {
    /// The extras.
    pub extras: BTreeSet<Name>,
    /// The groups.
    pub groups: BTreeSet<Name>,
    /// The groups that are the project's own requirements.
    pub default_groups: BTreeSet<Name>,
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

impl LockedPackage {
    /// Returns whether it runs on the environment's Python; one that does not say it does.
    pub fn runs_on(&self, environment: &Environment) -> bool {
        let python = Version::from_str(environment.value(Variable::PythonFullVersion));
        match (python, Constraint::from_str(&self.python_versions)) {
            (Ok(python), Ok(constraint)) => self.python_versions.is_empty() || constraint.contains(&python),
            _ => true,
        }
    }
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
    /// Its size in bytes, if the file says it.
    pub size: Option<u64>,
    /// Its URL, where it is not one of an index.
    pub url: Option<String>,
    /// Its path relative to the project's folder, where it is a local file.
    pub path: Option<String>,
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

/// A project and its lock file.
pub struct Project<'a> {
    /// pyproject.toml.
    pub file: &'a TomlFile,
    /// What it says.
    pub pyproject: &'a PyProject,
    /// Its requirements.
    pub groups: &'a Groups,
    /// The pyproject.toml beside the lock file, if that is another one.
    pub workspace: Option<&'a TomlFile>,
}

impl Locked {
    /// Reads the project's lock file `file` and checks that it was made from the project. `folder` is where it lies,
    /// relative to the project.
    ///
    /// # Errors
    /// If it is malformed, of a version that is not known, or stale.
    pub fn read(format: Format, file: &TomlFile, folder: &str, project: &Project<'_>) -> Result<Locked, Error> {
        match format {
            Format::Poetry => poetry::read(file, project.file),
            Format::Uv => uv::read(file, folder, project),
            Format::Pylock => pylock::read(file, project),
        }
    }
}
