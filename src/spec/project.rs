//! The project that a spec belongs to: its files, what it has locked, where its own modules are.
use std::collections::BTreeSet;

use permafreeze_packaging::name::Name;
use toml_edit::{Document, Item};

/// What lies at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file.
    File,
    /// A folder.
    Folder,
}

/// The project's files, by path relative to its folder, `/` between parts.
pub trait Files {
    /// Returns what lies at `path`, if anything does.
    fn kind(&self, path: &str) -> Option<Kind>;

    /// Returns the text of a file, if it is one in UTF-8.
    fn read(&self, path: &str) -> Option<String>;
}

/// What is known of a project.
pub struct Project<'a> {
    /// Its files.
    pub files: &'a dyn Files,
    /// The spec's path.
    pub spec: String,
    /// Whether it is a distribution of its own (`package-mode`).
    pub is_package: bool,
    /// Every distribution that is installed, or is the project's own.
    distributions: BTreeSet<Name>,
    /// The folders of path dependencies, relative to the project's.
    path_dependencies: Vec<String>,
}

impl<'a> Project<'a> {
    /// Reads what is needed of `pyproject.toml` and `poetry.lock`; what cannot be read says nothing.
    pub fn new(files: &'a dyn Files, spec: &str) -> Project<'a> {
        let read = |name: &str| files.read(name).and_then(|text| Document::parse(text).ok());
        let (pyproject, lock) = (read("pyproject.toml"), read("poetry.lock"));
        let own = [&["project", "name"][..], &["tool", "poetry", "name"]];
        let own = own.into_iter().filter_map(|keys| text(pyproject.as_ref()?.as_item(), keys));
        let mut distributions: BTreeSet<Name> = own.map(Name::new).collect();
        let mut path_dependencies = Vec::new();
        let packages = lock.as_ref().and_then(|lock| lock.get("package")?.as_array_of_tables());
        for package in packages.into_iter().flatten() {
            let text = |key: &str| package.get(key).and_then(Item::as_str);
            distributions.extend(text("name").map(Name::new));
            let source = |key: &str| package.get("source")?.get(key)?.as_str();
            if source("type") == Some("directory") {
                path_dependencies.extend(source("url").map(str::to_owned));
            }
        }
        let mode = pyproject.as_ref().and_then(|file| file.get("tool")?.get("poetry")?.get("package-mode")?.as_bool());
        let is_package = pyproject.is_some() && mode != Some(false);
        Project { files, spec: spec.to_owned(), is_package, distributions, path_dependencies }
    }

    /// Whether a distribution is locked, or the project's own.
    pub fn has_distribution(&self, name: &str) -> bool {
        self.distributions.contains(&Name::new(name))
    }

    /// Whether a folder is one of a path dependency, or its `src`.
    pub fn is_path_dependency(&self, folder: &str) -> bool {
        let is = |path: &String| {
            let path = path.trim_start_matches("./").trim_end_matches('/');
            folder.strip_prefix(path).is_some_and(|rest| ["", "/src"].contains(&rest))
        };
        self.path_dependencies.iter().any(is)
    }
}

fn text<'t>(item: &'t Item, keys: &[&str]) -> Option<&'t str> {
    keys.iter().try_fold(item, |item, key| item.get(key))?.as_str()
}
