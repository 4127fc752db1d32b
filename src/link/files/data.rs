//! Data files and libraries that the plan's options, hooks and ctypes calls name.
use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8Path;

use super::{Toc, TocKind, TocSource};
use crate::error::LinkError;
use crate::graph::Graph;
use crate::hooks::HookResults;
use crate::hooks::protocol::{Call, CollectKind, Pair};
use crate::linking::Linking;
use crate::load::FileId;
use crate::program::Program;
use crate::tree::{Entry, Mount};
use crate::warnings::Warnings;

/// Functions of ctypes that load a library by name (PyInstaller/depend/utils.py).
const CTYPES_LOADERS: &[&str] = &["CDLL", "WinDLL", "OleDLL", "PyDLL", "LoadLibrary", "find_library"];

/// Files that the plan names.
pub struct PlannedData {
    /// Where they go.
    pub toc: Toc,
    /// The files themselves.
    pub files: BTreeSet<FileId>,
}

/// Returns the files that the plan names (`--add-data`).
///
/// # Errors
/// [`LinkError::NoFile`] if one does not exist.
pub fn planned(program: &Program<'_>) -> Result<PlannedData, LinkError> {
    let mut planned = PlannedData { toc: Toc::default(), files: BTreeSet::new() };
    let mut add = |dest: String, file| {
        add_file(program, &mut planned.toc, &dest, file);
        planned.files.insert(file);
    };
    for data in &program.job.executable.datas {
        match program.application_entry(&data.from) {
            None => return Err(LinkError::NoFile { option: "datas", path: data.from.clone() }),
            Some(Entry::File(file)) => {
                let name = data.from.rsplit('/').next().unwrap_or(&data.from);
                add(format!("{}/{name}", data.to), file);
            }
            Some(Entry::Dir(dir)) => {
                program.tree.walk(dir).into_iter().for_each(|(path, file)| add(format!("{}/{path}", data.to), file));
            }
        }
    }
    Ok(planned)
}

/// Returns what `--collect-data` and `--collect-binaries` find in packages.
///
/// # Errors
/// If the hook server fails.
pub fn of_packages(linking: &mut Linking<'_>) -> Result<Toc, LinkError> {
    let mut toc = Toc::default();
    let program = linking.program;
    let executable = &program.job.executable;
    let options = [
        ("data", CollectKind::Data, &executable.collect_data),
        ("binaries", CollectKind::Binaries, &executable.collect_binaries),
    ];
    for (option, kind, packages) in options {
        for package in packages {
            if program.finder.find(&program.tree, package).is_none() {
                linking.warnings.add(format!("collect-{option} names `{package}`, which is no installed package"));
                continue;
            }
            let option = format!("collect-{option} of {package}");
            let pairs: Vec<Pair> = linking.call(&option, &Call::Collect { kind, package: package.clone() })?;
            add_pairs(program, &mut toc, &pairs, &option, linking.warnings);
        }
    }
    Ok(toc)
}

/// Returns the files of hooks whose modules are reached.
pub fn of_hooks(program: &Program<'_>, graph: &Graph, hooks: &HookResults, warnings: &mut Warnings) -> Toc {
    let mut toc = Toc::default();
    let reached = graph.reachable(graph.root);
    let all = hooks.binaries.iter().chain(&hooks.datas);
    for (module, pairs) in all.filter(|(module, _)| reached.contains_key(module.as_str())) {
        add_pairs(program, &mut toc, pairs, &format!("hook of {module}"), warnings);
    }
    toc
}

/// Maps the absolute paths of hooks back to files.
fn add_pairs<'p>(
    program: &Program<'_>,
    toc: &mut Toc,
    pairs: impl IntoIterator<Item = &'p Pair>,
    by: &str,
    warnings: &mut Warnings,
) {
    for (dest, path) in pairs {
        match program.tree.lookup(Utf8Path::new(path)) {
            Some(Entry::File(file)) => add_file(program, toc, dest, file),
            // A file of the building machine is not the target's.
            _ => warnings.add(format!("the {by} names `{path}`, which is in no package; it is left out")),
        }
    }
}

/// Adds a file as what it is: a library of the target, or data.
fn add_file(program: &Program<'_>, toc: &mut Toc, dest: &str, file: FileId) {
    let kind = if program.is_library(file) { TocKind::Binary } else { TocKind::Data };
    toc.add(dest, kind, TocSource::File(file));
}

/// Returns the libraries that ctypes loads by a constant name, if the runtime or the top of site-packages has them.
///
/// # Errors
/// [`LinkError::Machine`] if a wheel for the target has one that is for another machine.
pub fn of_ctypes(program: &Program<'_>, graph: &Graph, warnings: &mut Warnings) -> Result<Toc, LinkError> {
    let (tree, search) = (&program.tree, &program.platform.search);
    let mut toc = Toc::default();
    for (name, user) in ctypes_names(program, graph) {
        let runtime = search.runtime_folders().iter().filter_map(|folder| {
            match tree.below(tree.root(Mount::Runtime), Utf8Path::new(folder))? {
                Entry::Dir(dir) => Some(dir),
                Entry::File(_) => None,
            }
        });
        let dirs = runtime.chain([tree.root(Mount::Site)]);
        let files: Vec<(String, FileId)> = dirs.filter_map(|dir| search.file(tree, dir, &name)).collect();
        let is_wrong = |file: &FileId| program.is_foreign(*file) && program.objects.object(file.object).has_platform();
        if let Some(file) = files.iter().map(|(_, file)| *file).find(is_wrong) {
            program.check_machine(file)?;
        }
        let is_of_system = || search.is_provided(&name) || search.is_excluded(&name);
        match files.into_iter().find(|(_, file)| program.is_library(*file)) {
            Some((name, file)) => toc.add(&name, TocKind::Binary, TocSource::File(file)),
            None if !search.is_library_name(&name) || is_of_system() => {}
            None => warnings.add(format!("library `{name}`, which `{user}` loads with ctypes, is in no package")),
        }
    }
    Ok(toc)
}

/// Returns the names, each with a module that loads it.
fn ctypes_names(program: &Program<'_>, graph: &Graph) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for node in graph.users("ctypes").into_iter().map(|id| graph.node(id)) {
        // The standard library looks for libraries of every system there is.
        if node.file.is_some_and(|file| file.object == program.objects.runtime_index()) {
            continue;
        }
        let Some(module) = node.facts.module(&program.objects) else { continue };
        for name in &module.library_attributes {
            names.entry(name.clone()).or_insert_with(|| node.name.clone());
        }
        for call in &module.calls {
            let function = call.function.rsplit('.').next().unwrap_or_default();
            let [Some(name)] = call.arguments.as_slice() else { continue };
            if !CTYPES_LOADERS.contains(&function) || name.is_empty() || name.contains(['/', '\\']) {
                continue;
            }
            let name = match function {
                "find_library" => program.platform.search.ctypes_file_name(name),
                _ => name.clone(),
            };
            names.entry(name).or_insert_with(|| node.name.clone());
        }
    }
    names
}
