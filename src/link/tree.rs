//! The virtual tree: where every file of every object would be if all were installed.
//!
//! Four mounts have absolute path prefixes, so that a hook sees paths and an answer of a hook maps back to a file:
//! the application's scripts, site-packages (all packages merged), the runtime, and the folder that hooks run from.
use std::collections::BTreeMap;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use crate::load::FileId;

/// A folder of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DirId(u32);

/// What a folder holds under one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// A file.
    File(FileId),
    /// A folder.
    Dir(DirId),
}

/// What is mounted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mount {
    /// Plain scripts: PyInstaller's `pathex`, searched before the standard library.
    Application,
    /// All packages.
    Site,
    /// The Python runtime.
    Runtime,
    /// PyInstaller and hooks-contrib.
    Hooks,
}

#[derive(Debug)]
struct Dir {
    parent: Option<DirId>,
    name: String,
    entries: BTreeMap<String, Entry>,
}

/// The tree.
#[derive(Debug)]
pub struct Tree {
    dirs: Vec<Dir>,
    roots: BTreeMap<Mount, DirId>,
    places: BTreeMap<FileId, DirId>,
}

impl Tree {
    /// Makes a tree of empty mounts at the given prefixes.
    pub fn new(mounts: &[(Mount, &Utf8Path)]) -> Tree {
        let mut tree = Tree { dirs: Vec::new(), roots: BTreeMap::new(), places: BTreeMap::new() };
        for (mount, prefix) in mounts {
            let root = tree.push(None, prefix.as_str());
            tree.roots.insert(*mount, root);
        }
        tree
    }

    /// Returns a mount's root.
    pub fn root(&self, mount: Mount) -> DirId {
        self.roots[&mount]
    }

    /// Adds a file at a path below a mount. The first one stays; returns the one that was there.
    pub fn add(&mut self, mount: Mount, path: &str, file: FileId) -> Option<Entry> {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let mut dir = self.root(mount);
        for part in folder.split('/').filter(|part| !part.is_empty()) {
            dir = match self.get(dir, part) {
                Some(Entry::Dir(known)) => known,
                Some(file) => return Some(file),
                None => {
                    let new = self.push(Some(dir), part);
                    self.dirs[dir.0 as usize].entries.insert(part.to_owned(), Entry::Dir(new));
                    new
                }
            };
        }
        if let Some(known) = self.get(dir, name) {
            return Some(known);
        }
        self.dirs[dir.0 as usize].entries.insert(name.to_owned(), Entry::File(file));
        self.places.entry(file).or_insert(dir);
        None
    }

    /// Puts another file in the place of the one at a path.
    pub fn replace(&mut self, mount: Mount, path: &str, file: FileId) {
        let folder = Utf8Path::new(path).parent().unwrap_or(Utf8Path::new(""));
        let Some(Entry::Dir(dir)) = self.below(self.root(mount), folder) else { return };
        let name = path.rsplit('/').next().unwrap_or(path);
        if let Some(Entry::File(old)) = self.dirs[dir.0 as usize].entries.insert(name.to_owned(), Entry::File(file)) {
            self.places.remove(&old);
        }
        self.places.insert(file, dir);
    }

    /// Returns what a folder has under a name.
    pub fn get(&self, dir: DirId, name: &str) -> Option<Entry> {
        self.dirs[dir.0 as usize].entries.get(name).copied()
    }

    /// Returns the file that a folder has under a name.
    pub fn file(&self, dir: DirId, name: &str) -> Option<FileId> {
        match self.get(dir, name)? {
            Entry::File(file) => Some(file),
            Entry::Dir(_) => None,
        }
    }

    /// Returns the subfolder that a folder has under a name.
    pub fn dir(&self, dir: DirId, name: &str) -> Option<DirId> {
        match self.get(dir, name)? {
            Entry::Dir(dir) => Some(dir),
            Entry::File(_) => None,
        }
    }

    /// Returns what a folder holds, sorted by name.
    pub fn entries(&self, dir: DirId) -> impl Iterator<Item = (&str, Entry)> {
        self.dirs[dir.0 as usize].entries.iter().map(|(name, entry)| (name.as_str(), *entry))
    }

    /// Returns every file below a folder with its path relative to it, sorted.
    pub fn walk(&self, dir: DirId) -> Vec<(String, FileId)> {
        let mut found = Vec::new();
        self.walk_into(dir, "", &mut found);
        found
    }

    fn walk_into(&self, dir: DirId, prefix: &str, found: &mut Vec<(String, FileId)>) {
        for (name, entry) in self.entries(dir) {
            match entry {
                Entry::File(file) => found.push((format!("{prefix}{name}"), file)),
                Entry::Dir(dir) => self.walk_into(dir, &format!("{prefix}{name}/"), found),
            }
        }
    }

    /// Returns what is at a path relative to a folder; `..` goes up, not above a mount's root.
    pub fn below(&self, dir: DirId, path: &Utf8Path) -> Option<Entry> {
        let mut at = Entry::Dir(dir);
        for part in path.components() {
            let Entry::Dir(dir) = at else { return None };
            at = match part {
                Utf8Component::CurDir => at,
                Utf8Component::ParentDir => Entry::Dir(self.dirs[dir.0 as usize].parent?),
                Utf8Component::Normal(name) => self.get(dir, name)?,
                Utf8Component::RootDir | Utf8Component::Prefix(_) => return None,
            };
        }
        Some(at)
    }

    /// Returns what is at an absolute path.
    pub fn lookup(&self, path: &Utf8Path) -> Option<Entry> {
        let (mount, rest) = self.mounted(path)?;
        self.below(self.root(mount), rest)
    }

    /// Returns the mount that an absolute path is in, and the path below it.
    pub fn mounted<'p>(&self, path: &'p Utf8Path) -> Option<(Mount, &'p Utf8Path)> {
        self.roots
            .iter()
            .find_map(|(mount, root)| Some((*mount, path.strip_prefix(&self.dirs[root.0 as usize].name).ok()?)))
    }

    /// Returns a folder's absolute path.
    pub fn dir_path(&self, dir: DirId) -> Utf8PathBuf {
        let node = &self.dirs[dir.0 as usize];
        match node.parent {
            None => Utf8PathBuf::from(&node.name),
            Some(parent) => self.dir_path(parent).join(&node.name),
        }
    }

    /// Returns the folder that a file is in.
    pub fn place(&self, file: FileId) -> Option<DirId> {
        self.places.get(&file).copied()
    }

    /// Returns a folder's path below its mount, and the mount.
    pub fn position(&self, dir: DirId) -> (Mount, String) {
        let path = self.dir_path(dir);
        let (mount, rest) = self.mounted(&path).unwrap_or((Mount::Site, Utf8Path::new("")));
        (mount, rest.as_str().to_owned())
    }

    /// Returns the name of a folder.
    pub fn name(&self, dir: DirId) -> &str {
        &self.dirs[dir.0 as usize].name
    }

    /// Returns the folder that holds a folder.
    pub fn parent(&self, dir: DirId) -> Option<DirId> {
        self.dirs[dir.0 as usize].parent
    }

    fn push(&mut self, parent: Option<DirId>, name: &str) -> DirId {
        self.dirs.push(Dir { parent, name: name.to_owned(), entries: BTreeMap::new() });
        DirId(self.dirs.len() as u32 - 1)
    }
}
