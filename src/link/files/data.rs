//! Data files and libraries that the plan's options, hooks and ctypes calls name.
use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8Path;
use serde_json::json;

use super::{Toc, TocKind, TocSource, system};
use crate::error::LinkError;
use crate::hooks::Pair;
use crate::linker::Linker;
use crate::load::FileId;
use crate::tree::{Entry, Mount};

/// Functions of ctypes that load a library by name (PyInstaller/depend/utils.py).
const CTYPES_LOADERS: &[&str] = &["CDLL", "WinDLL", "OleDLL", "PyDLL", "LoadLibrary", "find_library"];

impl Linker<'_> {
    /// Adds the files that the plan names (`--add-data`); returns them.
    pub fn add_planned_data(&self, toc: &mut Toc) -> Result<BTreeSet<FileId>, LinkError> {
        let mut asked = BTreeSet::new();
        for data in &self.job.executable.datas {
            match self.application_entry(&data.from) {
                None => return Err(LinkError::NoFile { option: "datas", path: data.from.clone() }),
                Some(Entry::File(file)) => {
                    let name = data.from.rsplit('/').next().unwrap_or(&data.from);
                    self.add_file(toc, &format!("{}/{name}", data.to), file);
                    asked.insert(file);
                }
                Some(Entry::Dir(dir)) => {
                    for (path, file) in self.tree.walk(dir) {
                        self.add_file(toc, &format!("{}/{path}", data.to), file);
                        asked.insert(file);
                    }
                }
            }
        }
        Ok(asked)
    }

    /// Adds what `--collect-data` and `--collect-binaries` find in packages.
    pub fn add_collected_packages(&mut self, toc: &mut Toc) -> Result<(), LinkError> {
        let executable = &self.job.executable;
        for (kind, packages) in [("data", &executable.collect_data), ("binaries", &executable.collect_binaries)] {
            for package in packages {
                if self.finder.find(&self.tree, package).is_none() {
                    self.warn(format!("collect-{kind} names `{package}`, which is no installed package"));
                    continue;
                }
                let option = format!("collect-{kind} of {package}");
                let pairs: Vec<Pair> = self.call(&option, "collect", json!({"kind": kind, "package": package}))?;
                self.add_pairs(toc, &pairs, &option)?;
            }
        }
        Ok(())
    }

    /// Adds the files of hooks whose modules are reached.
    pub fn add_hook_files(&mut self, toc: &mut Toc) -> Result<(), LinkError> {
        let reached: BTreeSet<String> = self.graph.reachable(self.graph.root).into_keys().map(str::to_owned).collect();
        let take = |map: &BTreeMap<String, BTreeSet<Pair>>| -> Vec<(String, Vec<Pair>)> {
            let used = map.iter().filter(|(module, _)| reached.contains(*module));
            used.map(|(module, pairs)| (module.clone(), pairs.iter().cloned().collect())).collect()
        };
        let all: Vec<_> = take(&self.hooks.binaries).into_iter().chain(take(&self.hooks.datas)).collect();
        for (module, pairs) in all {
            self.add_pairs(toc, &pairs, &format!("hook of {module}"))?;
        }
        Ok(())
    }

    /// Maps the absolute paths of hooks back to files.
    fn add_pairs(&mut self, toc: &mut Toc, pairs: &[Pair], by: &str) -> Result<(), LinkError> {
        for (dest, path) in pairs {
            match self.tree.lookup(Utf8Path::new(path)) {
                Some(Entry::File(file)) => self.add_file(toc, dest, file),
                // A file of this machine is none of the target's.
                _ => self.warn(format!("the {by} names `{path}`, which is in no package; it is left out")),
            }
        }
        Ok(())
    }

    /// Adds a file as what it is: a library of the target, or data.
    fn add_file(&self, toc: &mut Toc, dest: &str, file: FileId) {
        let kind = if self.is_library(file) { TocKind::Binary } else { TocKind::Data };
        toc.add(dest, kind, TocSource::File(file));
    }

    /// Adds libraries that ctypes loads by a constant name, if the runtime or the top of site-packages has them.
    ///
    /// # Errors
    /// [`LinkError::Machine`] if a wheel for the target has one that is for another machine.
    pub fn add_ctypes_libraries(&mut self, toc: &mut Toc) -> Result<(), LinkError> {
        for (name, user) in self.ctypes_names() {
            let runtime = self.tree.below(self.tree.root(Mount::Runtime), Utf8Path::new("lib"));
            let dirs = runtime.into_iter().chain([Entry::Dir(self.tree.root(Mount::Site))]);
            let files = dirs.filter_map(|entry| match entry {
                Entry::Dir(dir) => self.tree.file(dir, &name),
                Entry::File(_) => None,
            });
            let files: Vec<FileId> = files.collect();
            if let Some(file) = files.iter().find(|file| self.is_foreign(**file) && self.has_platform(file.object)) {
                self.check_machine(*file)?;
            }
            match files.into_iter().find(|file| self.is_library(*file)) {
                Some(file) => toc.add(&name, TocKind::Binary, TocSource::File(file)),
                None if !name.contains(".so") || system::is_provided(&name) || system::is_excluded(&name) => {}
                None => self.warn(format!("library `{name}`, which `{user}` loads with ctypes, is in no package")),
            }
        }
        Ok(())
    }

    fn ctypes_names(&self) -> BTreeMap<String, String> {
        let mut names = BTreeMap::new();
        for id in self.graph.users("ctypes") {
            let node = self.graph.node(id);
            // The standard library looks for libraries of every system there is.
            if node.file.is_some_and(|file| file.object == self.objects.runtime_index()) {
                continue;
            }
            for call in self.facts(&node.facts).into_iter().flat_map(|facts| &facts.calls) {
                let function = call.function.rsplit('.').next().unwrap_or_default();
                let [Some(name)] = call.arguments.as_slice() else { continue };
                if !CTYPES_LOADERS.contains(&function) || name.is_empty() || name.contains('/') {
                    continue;
                }
                let name = if function == "find_library" { format!("lib{name}.so") } else { name.clone() };
                names.entry(name).or_insert_with(|| node.name.clone());
            }
        }
        names
    }
}
