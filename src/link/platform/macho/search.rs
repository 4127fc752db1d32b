//! How dyld finds what a library needs (dyld(1)).
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use camino::Utf8Path;
use permafreeze_object::format::NativeFormat;

use super::super::{Change, Collected, Found, Needed, Place, Search, first_fitting};
use super::{RPATH, base_name, below_loader, is_of_system, may_be_of_system, places, system};
use crate::error::LinkError;
use crate::load::{FileId, Objects};
use crate::tree::{DirId, Entry, Tree};

/// The rules for one machine.
pub(super) struct MachO {
    pub(super) machine: &'static str,
}

impl Search for MachO {
    fn format(&self) -> NativeFormat {
        NativeFormat::MachO
    }

    fn machine(&self) -> &'static str {
        self.machine
    }

    /// `@rpath` stands for the library's own run paths, then for those of the libraries that load it. One that may be
    /// missing (weak) is not looked for in vain.
    fn closure(&self, objects: &Objects, tree: &Tree, library: FileId) -> Vec<Needed> {
        let Some(dir) = tree.place(library) else { return Vec::new() };
        let mut seen = BTreeSet::new();
        let mut all = Vec::new();
        let mut queue = VecDeque::from([(Place { file: library, dir }, Vec::new())]);
        while let Some((place, inherited)) = queue.pop_front() {
            let Some(native) = &objects.file(place.file).native else { continue };
            let mut dirs = expand(tree, &native.rpath, place.dir);
            dirs.extend(inherited);
            for name in native.needed.iter().filter(|name| !is_of_system(name)) {
                if !seen.insert((place.dir, name.clone())) {
                    continue;
                }
                let found = self.look_for(objects, tree, name, place.dir, &dirs);
                if let Found::Library(place) = found {
                    queue.push_back((place, dirs.clone()));
                }
                if found != Found::Missing || !native.weak.contains(name) && !may_be_of_system(native, name) {
                    all.push(Needed { name: name.clone(), found });
                }
            }
        }
        all
    }

    fn is_excluded(&self, library: &str) -> bool {
        is_of_system(library)
    }

    fn is_provided(&self, library: &str) -> bool {
        is_of_system(library) || system::has(library)
    }

    fn ctypes_file_name(&self, library: &str) -> String {
        format!("lib{library}.dylib")
    }

    fn is_library_name(&self, name: &str) -> bool {
        name.ends_with(".dylib")
    }

    fn has_links(&self) -> bool {
        true
    }

    fn checksum_files(&self, _folder: &str, _name: &str) -> Vec<(String, String)> {
        Vec::new()
    }

    fn file_name<'n>(&self, needed: &'n str) -> &'n str {
        base_name(needed)
    }

    fn changes(&self, objects: &Objects, collected: &Collected) -> Result<BTreeMap<String, Change>, LinkError> {
        places::changes(self, objects, collected)
    }

    fn path_module(&self) -> &'static str {
        "posixpath"
    }
}

impl MachO {
    /// Returns what a name means to a library in a folder.
    fn look_for(&self, objects: &Objects, tree: &Tree, name: &str, dir: DirId, run_paths: &[DirId]) -> Found {
        let beside = below_loader(name).map(|path| (dir, path));
        let searched =
            name.strip_prefix(RPATH).into_iter().flat_map(|path| run_paths.iter().map(move |dir| (*dir, path)));
        let places = beside.into_iter().chain(searched).filter_map(|(dir, path)| place_below(tree, dir, path));
        first_fitting(self, objects, places)
    }
}

/// Returns the file at a path below a folder, and the folder that it is in.
fn place_below(tree: &Tree, dir: DirId, path: &str) -> Option<Place> {
    let path = Utf8Path::new(path);
    let Entry::Dir(dir) = tree.below(dir, path.parent()?)? else { return None };
    Some(Place { file: tree.file(dir, path.file_name()?)?, dir })
}

/// Returns the folders of run paths. Absolute ones are of the machine that built the library, and the program's own
/// folder has no libraries.
fn expand(tree: &Tree, paths: &[String], origin: DirId) -> Vec<DirId> {
    let below = paths.iter().filter_map(|path| match tree.below(origin, Utf8Path::new(below_loader(path)?))? {
        Entry::Dir(dir) => Some(dir),
        Entry::File(_) => None,
    });
    below.collect()
}
