//! Finds modules in the virtual tree as CPython's `FileFinder` finds them on disk (importlib/_bootstrap_external.py).
use std::collections::BTreeSet;

use crate::load::FileId;
use crate::tree::{DirId, Entry, Tree};

/// What a name was found to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its kind.
    pub kind: FoundKind,
    /// Its file; `None` for a namespace package and a builtin.
    pub file: Option<FileId>,
    /// Where its submodules are: `__path__`. `None`: it has none.
    pub path: Option<Vec<DirId>>,
}

/// The kinds of things that the import system finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoundKind {
    /// `x.py`.
    Source,
    /// `x.pyc` without a source.
    Compiled,
    /// `x.cpython-….so`.
    Extension,
    /// `x/__init__.py` (or `.pyc`).
    Package,
    /// `x/__init__.cpython-….so`.
    ExtensionPackage,
    /// Folders without `__init__` (PEP 420).
    Namespace,
    /// Linked into libpython.
    Builtin,
}

/// Tells whether a dotted name is a package or something in it.
pub fn is_in(name: &str, package: &str) -> bool {
    name.strip_prefix(package).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The import system's settings for a target.
#[derive(Debug, Clone)]
pub struct Finder {
    /// Suffixes of extension modules, in order.
    pub extension_suffixes: Vec<String>,
    /// Modules linked into libpython.
    pub builtins: BTreeSet<String>,
    /// `sys.path`.
    pub path: Vec<DirId>,
}

impl Finder {
    /// Suffixes with their kind, in the order in which `FileFinder` tries them.
    fn suffixes(&self) -> impl Iterator<Item = (&str, FoundKind)> {
        let extensions = self.extension_suffixes.iter().map(|suffix| (suffix.as_str(), FoundKind::Extension));
        extensions.chain([(".py", FoundKind::Source), (".pyc", FoundKind::Compiled)])
    }

    /// Looks for a name (without dots) in folders.
    ///
    /// In each folder a package wins over a module; a folder without `__init__` is remembered and only counts when
    /// no later folder has a package or module.
    pub fn find_in(&self, tree: &Tree, name: &str, dirs: &[DirId]) -> Option<Found> {
        let mut portions = Vec::new();
        for dir in dirs {
            let folder = tree.dir(*dir, name);
            if let Some(found) = folder.and_then(|folder| self.package(tree, folder)) {
                return Some(found);
            }
            for (suffix, kind) in self.suffixes() {
                if let Some(file) = tree.file(*dir, &format!("{name}{suffix}")) {
                    return Some(Found { kind, file: Some(file), path: None });
                }
            }
            portions.extend(folder);
        }
        (!portions.is_empty()).then_some(Found { kind: FoundKind::Namespace, file: None, path: Some(portions) })
    }

    fn package(&self, tree: &Tree, folder: DirId) -> Option<Found> {
        self.suffixes().find_map(|(suffix, kind)| {
            let file = tree.file(folder, &format!("__init__{suffix}"))?;
            let kind = if kind == FoundKind::Extension { FoundKind::ExtensionPackage } else { FoundKind::Package };
            Some(Found { kind, file: Some(file), path: Some(vec![folder]) })
        })
    }

    /// Looks for a dotted name, as `importlib.util.find_spec` does but without importing the parents.
    pub fn find(&self, tree: &Tree, name: &str) -> Option<Found> {
        match name.rsplit_once('.') {
            Some((parent, tail)) => self.find_in(tree, tail, &self.find(tree, parent)?.path?),
            None if self.builtins.contains(name) => Some(Found { kind: FoundKind::Builtin, file: None, path: None }),
            None => self.find_in(tree, name, &self.path),
        }
    }

    /// Lists modules and packages (true) in folders, as `pkgutil.iter_modules` does: sorted within each folder, each
    /// name once, namespace packages not.
    pub fn iter_modules(&self, tree: &Tree, dirs: &[DirId]) -> Vec<(String, bool)> {
        let mut seen = BTreeSet::new();
        let mut found = Vec::new();
        for dir in dirs {
            for (name, entry) in tree.entries(*dir) {
                let module = match entry {
                    Entry::File(_) => self.module_name(name).map(|name| (name, false)),
                    Entry::Dir(folder) => {
                        (!name.contains('.') && self.package(tree, folder).is_some()).then_some((name, true))
                    }
                };
                let Some((name, package)) = module else { continue };
                if name != "__init__" && !name.contains('.') && seen.insert(name.to_owned()) {
                    found.push((name.to_owned(), package));
                }
            }
        }
        found
    }

    /// Returns the name of the module that a file is, by its path below a folder of the search path. A part may begin with
    /// digits: no statement imports a migration, importlib does.
    pub fn module_of_path(&self, path: &str) -> Option<String> {
        let (folder, base) = path.rsplit_once('/').unwrap_or(("", path));
        let module = Some(self.module_name(base)?).filter(|module| *module != "__init__");
        let parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).chain(module).collect();
        let is_name = |part: &&str| {
            !part.is_empty() && part.chars().all(|character| character.is_alphanumeric() || character == '_')
        };
        (!parts.is_empty() && parts.iter().all(is_name)).then(|| parts.join("."))
    }

    /// Returns a module's name from its file name (`inspect.getmodulename`: the longest suffix counts).
    pub fn module_name<'n>(&self, file_name: &'n str) -> Option<&'n str> {
        self.suffixes().filter_map(|(suffix, _)| file_name.strip_suffix(suffix)).min_by_key(|name| name.len())
    }
}
