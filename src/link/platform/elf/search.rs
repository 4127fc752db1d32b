//! How ld.so finds what a library needs (DT_NEEDED).
use std::collections::{BTreeSet, VecDeque};

use camino::Utf8Path;
use permafreeze_object::format::NativeFormat;

use super::super::{Found, Needed, Place, Search, first_fitting};
use super::system;
use crate::load::{FileId, Objects};
use crate::tree::{DirId, Entry, Tree};

/// The rules for one machine.
pub(super) struct Elf {
    pub(super) machine: &'static str,
}

impl Search for Elf {
    fn format(&self) -> NativeFormat {
        NativeFormat::Elf
    }

    fn machine(&self) -> &'static str {
        self.machine
    }

    /// DT_RPATH is inherited, DT_RUNPATH is not and switches DT_RPATH off (ld.so(8)).
    fn closure(&self, objects: &Objects, tree: &Tree, library: FileId) -> Vec<Needed> {
        let Some(dir) = tree.place(library) else { return Vec::new() };
        let mut seen = BTreeSet::new();
        let mut all = Vec::new();
        let mut queue = VecDeque::from([(Place { file: library, dir }, Vec::new())]);
        while let Some((place, inherited)) = queue.pop_front() {
            let Some(native) = &objects.file(place.file).native else { continue };
            let mut dirs = Vec::new();
            if native.runpath.is_empty() {
                dirs = expand(tree, &native.rpath, place.dir);
                dirs.extend(inherited);
            }
            let inherited = dirs.clone();
            dirs.extend(expand(tree, &native.runpath, place.dir));
            for name in &native.needed {
                if !seen.insert(name.clone()) {
                    continue;
                }
                let places = dirs.iter().filter_map(|dir| Some(Place { file: tree.file(*dir, name)?, dir: *dir }));
                let found = first_fitting(self, objects, places);
                if let Found::Library(place) = found {
                    queue.push_back((place, inherited.clone()));
                }
                all.push(Needed { name: name.clone(), found });
            }
        }
        all
    }

    fn is_excluded(&self, library: &str) -> bool {
        system::is_excluded(library)
    }

    fn is_provided(&self, library: &str) -> bool {
        system::is_provided(library)
    }

    fn ctypes_file_name(&self, library: &str) -> String {
        format!("lib{library}.so")
    }

    fn is_library_name(&self, name: &str) -> bool {
        name.contains(".so")
    }

    fn has_links(&self) -> bool {
        true
    }

    /// Checksums for the FIPS mode of libraries: `.name.hmac`, `name.chk`, `fipscheck/name.hmac`.
    fn checksum_files(&self, folder: &str, name: &str) -> Vec<(String, String)> {
        let chk = format!("{}.chk", name.rsplit_once('.').map_or(name, |(stem, _)| stem));
        let hmac = format!(".{name}.hmac");
        let fipscheck = format!("fipscheck/{name}.hmac");
        let beside = [hmac, chk].map(|sibling| (sibling.clone(), format!("{folder}/{sibling}")));
        beside.into_iter().chain([(fipscheck.clone(), fipscheck)]).collect()
    }

    fn path_module(&self) -> &'static str {
        "posixpath"
    }
}

/// Returns the folders of a run path. Absolute ones are of the machine that built the library.
fn expand(tree: &Tree, paths: &[String], origin: DirId) -> Vec<DirId> {
    let relative = paths.iter().filter_map(|path| {
        let rest = path.strip_prefix("$ORIGIN").or_else(|| path.strip_prefix("${ORIGIN}"))?;
        match tree.below(origin, Utf8Path::new(rest.trim_start_matches('/')))? {
            Entry::Dir(dir) => Some(dir),
            Entry::File(_) => None,
        }
    });
    relative.collect()
}
