//! Native libraries: what they need (DT_NEEDED), where that is found in the tree, and what the system must have.
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use camino::Utf8Path;

use super::{Toc, TocKind, TocSource, glob, system};
use crate::error::LinkError;
use crate::linker::Linker;
use crate::load::FileId;
use crate::tree::{DirId, Entry, Mount};

/// Where a library lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    file: FileId,
    dir: DirId,
}

/// What was found for a needed name.
struct Needed {
    name: String,
    place: Option<Place>,
    /// Where there is no place: a file of the name that is for another machine. The loader passes over it.
    foreign: Option<FileId>,
}

impl Linker<'_> {
    /// Returns what the dynamic loader would load for a library: each needed name once, and its file if the tree has
    /// one. DT_RPATH is inherited, DT_RUNPATH is not and switches DT_RPATH off (ld.so(8)).
    pub fn library_closure(&self, library: FileId) -> Vec<(String, Option<FileId>)> {
        let found = self.closure(library);
        found.into_iter().map(|needed| (needed.name, needed.place.map(|place| place.file))).collect()
    }

    fn closure(&self, library: FileId) -> Vec<Needed> {
        let Some(dir) = self.tree.place(library) else { return Vec::new() };
        let mut seen = BTreeSet::new();
        let mut found = Vec::new();
        let mut queue = VecDeque::from([(Place { file: library, dir }, Vec::new())]);
        while let Some((place, inherited)) = queue.pop_front() {
            let Some(native) = &self.objects.file(place.file).native else { continue };
            let mut dirs = Vec::new();
            if native.runpath.is_empty() {
                dirs = self.expand(&native.rpath, place.dir);
                dirs.extend(inherited);
            }
            let inherited = dirs.clone();
            dirs.extend(self.expand(&native.runpath, place.dir));
            for name in &native.needed {
                if !seen.insert(name.clone()) {
                    continue;
                }
                let place = dirs.iter().find_map(|dir| {
                    let file = self.tree.file(*dir, name).filter(|file| self.is_library(*file))?;
                    Some(Place { file, dir: *dir })
                });
                let named = || dirs.iter().filter_map(|dir| self.tree.file(*dir, name));
                let foreign = if place.is_none() { named().find(|file| self.is_foreign(*file)) } else { None };
                found.push(Needed { name: name.clone(), place, foreign });
                queue.extend(place.map(|place| (place, inherited.clone())));
            }
        }
        found
    }

    /// Returns the folders of a run path. Absolute ones are of the machine that built the library.
    fn expand(&self, paths: &[String], origin: DirId) -> Vec<DirId> {
        let relative = paths.iter().filter_map(|path| {
            let rest = path.strip_prefix("$ORIGIN").or_else(|| path.strip_prefix("${ORIGIN}"))?;
            match self.tree.below(origin, Utf8Path::new(rest.trim_start_matches('/')))? {
                Entry::Dir(dir) => Some(dir),
                Entry::File(_) => None,
            }
        });
        relative.collect()
    }

    /// Adds what the collected libraries need. A library of a package keeps its path, with a link in the top folder,
    /// which is on the loader's search path at run time; another one goes to the top folder.
    ///
    /// # Errors
    /// [`LinkError::Machine`] if the only library of a needed name is for another machine.
    pub fn add_needed_libraries(&mut self, toc: &mut Toc) -> Result<(), LinkError> {
        let mut missing: BTreeMap<String, FileId> = BTreeMap::new();
        let mut queue: VecDeque<FileId> = toc.libraries().into_iter().map(|(_, file)| file).collect();
        let mut seen: BTreeSet<FileId> = BTreeSet::new();
        while let Some(library) = queue.pop_front() {
            if !seen.insert(library) {
                continue;
            }
            for Needed { name, place, foreign } in self.closure(library) {
                if let Some(file) = foreign {
                    self.check_machine(file)?;
                }
                if system::is_excluded(&name) {
                    continue;
                }
                match place {
                    Some(place) => {
                        self.add_library(toc, &name, place);
                        queue.push_back(place.file);
                    }
                    None if system::is_provided(&name) => {}
                    None => drop(missing.entry(name).or_insert(library)),
                }
            }
        }
        self.add_missing(toc, missing);
        Ok(())
    }

    fn add_library(&self, toc: &mut Toc, name: &str, place: Place) {
        let (mount, folder) = self.tree.position(place.dir);
        let source = TocSource::File(place.file);
        if mount != Mount::Site || folder.is_empty() {
            return toc.add(name, TocKind::Binary, source);
        }
        let dest = format!("{folder}/{name}");
        toc.add(&dest, TocKind::Binary, source);
        self.add_link(toc, name, &dest, &self.tree.dir_path(place.dir).join(name));
    }

    fn add_link(&self, toc: &mut Toc, name: &str, target: &str, path: &Utf8Path) {
        if !self.hooks.suppressed.iter().any(|pattern| glob::matches(path.as_str(), pattern)) {
            toc.add(name, TocKind::Symlink, TocSource::Link(target.to_owned()));
        }
    }

    /// A library that was not found, but that is collected for another reason, gets a link; else it is missing.
    fn add_missing(&mut self, toc: &mut Toc, missing: BTreeMap<String, FileId>) {
        let base_name = |file: FileId| self.objects.path(file).rsplit('/').next().unwrap_or_default().to_owned();
        let collected: BTreeMap<String, (String, FileId)> =
            toc.libraries().into_iter().map(|(dest, file)| (base_name(file), (dest, file))).collect();
        for (name, library) in missing {
            match collected.get(&name) {
                Some((dest, _)) if !dest.contains('/') => {}
                Some((dest, file)) => {
                    if let Some(path) = self.file_path(*file) {
                        self.add_link(toc, &name, dest, &path);
                    }
                }
                None => {
                    let path = self.objects.path(library).to_owned();
                    let owner = self.objects.object(library.object).owner();
                    self.warn(format!("library `{name}`, which `{path}` of `{owner}` needs, is in no package"));
                }
            }
        }
    }

    /// Adds the checksum files that lie beside libraries (`.name.hmac`, `fipscheck/`, `.chk`).
    pub fn add_checksum_files(&self, toc: &mut Toc) {
        for (dest, library) in toc.libraries() {
            let Some(dir) = self.tree.place(library) else { continue };
            let (folder, name) = dest.rsplit_once('/').unwrap_or(("", &dest));
            let chk = format!("{}.chk", name.rsplit_once('.').map_or(name, |(stem, _)| stem));
            let hmac = format!(".{name}.hmac");
            for sibling in [hmac, chk] {
                if let Some(file) = self.tree.file(dir, &sibling) {
                    toc.add(&format!("{folder}/{sibling}"), TocKind::Data, TocSource::File(file));
                }
            }
            let fipscheck = format!("fipscheck/{name}.hmac");
            if let Some(Entry::File(file)) = self.tree.below(dir, Utf8Path::new(&fipscheck)) {
                toc.add(&fipscheck, TocKind::Data, TocSource::File(file));
            }
        }
    }
}
