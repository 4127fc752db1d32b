//! Files that a package reads beside its code: data that come with it although no option and no hook names them.
//!
//! A unit is the outermost regular package of a module that is reached. All files of the application's units are taken; of
//! a wheel's those of a unit whose code looks at its own files, and in every unit the folders that frameworks look into.
//! A hook that lists files of the unit knows better, and has listed them.
use std::collections::{BTreeMap, BTreeSet};

use permafreeze_object::format::Module;

use super::{Toc, TocKind, TocSource};
use crate::finder::is_in;
use crate::graph::stub::stub;
use crate::graph::{Facts, Graph, Kind, Node};
use crate::hooks::HookResults;
use crate::load::FileId;
use crate::program::{Program, SOURCE_LOADERS};
use crate::tree::{DirId, Mount};

/// Names and modules by which code finds the files beside it.
const READERS: [&str; 2] = ["__file__", "get_data"];
const READER_MODULES: [&str; 3] = ["importlib.resources", "importlib_resources", "pkg_resources"];
/// Modules that load libraries by path.
const LIBRARY_LOADERS: [&str; 2] = ["ctypes", "cffi"];
/// Folders of a package that frameworks look into, not the package's own code.
const FRAMEWORK_FOLDERS: [&str; 5] = ["fixtures", "locale", "static", "templates", "translations"];
/// Endings of files that compilers, debuggers and type checkers read, not programs.
const DEVELOPMENT: [&str; 22] = [
    "a", "build", "c", "cc", "cpp", "cu", "cuh", "cxx", "f", "f90", "go", "h", "hh", "hpp", "lib", "pdb", "pth", "pxd",
    "pxi", "pyi", "pyx", "rs",
];
/// Files that make a folder the source of something that is built: nothing below it is read by a program.
const BUILT: [&str; 5] = ["CMakeLists.txt", "Cargo.toml", "Makefile", "go.mod", "meson.build"];
/// Files for readers, by what their names begin with.
const DOCUMENTS: [&str; 8] =
    ["AUTHORS", "CHANGELOG", "CHANGES", "CONTRIBUTING", "COPYING", "LICENCE", "LICENSE", "README"];
/// A marker for type checkers.
const TYPED: &str = "py.typed";
/// Folders of tests.
const TESTS: [&str; 2] = ["test", "tests"];

/// What is known of a unit.
#[derive(Debug, Default)]
struct Unit {
    dirs: BTreeSet<DirId>,
    reads: bool,
    libraries: bool,
}

/// Files beside code: those that are collected, and how many are not.
pub struct Beside {
    /// Where they go.
    pub toc: Toc,
    /// Data files that are in no executable unless `collect-data` names their package, by package.
    pub left_out: BTreeMap<String, u32>,
}

/// Returns the files beside the code that the executable reaches; `toc` has what is collected for other reasons.
pub fn files(program: &Program<'_>, graph: &Graph, hooks: &HookResults, toc: &Toc) -> Beside {
    let known: BTreeSet<&str> = toc.entries().map(|(dest, ..)| dest).collect();
    let sources = loads_sources(program, graph);
    let mut beside = Beside { toc: Toc::default(), left_out: BTreeMap::new() };
    for stub in graph.reached().filter_map(|id| stub(program, graph.node(id))) {
        if let Some(dir) = program.tree.place(stub) {
            let name = program.objects.path(stub).rsplit('/').next().unwrap_or_default();
            beside.toc.add(&format!("{}/{name}", program.tree.position(dir).1), TocKind::Data, TocSource::File(stub));
        }
    }
    for (name, unit) in units(program, graph) {
        let listed = is_listed(hooks, &name);
        for dir in &unit.dirs {
            let place = program.tree.position(*dir).1;
            let files = program.tree.walk(*dir);
            let built = built_folders(&files);
            let is_built = |path: &str| built.iter().any(|folder| path.starts_with(folder.as_str()));
            for (path, file) in files.iter().filter(|(path, file)| program.is_source(*file) || !is_built(path)) {
                let file = *file;
                let dest = format!("{place}/{path}");
                match wanted(program, &unit, path, file, listed, sources) {
                    _ if known.contains(dest.as_str()) || program.conflicts.contains_key(&dest) => {}
                    Some(kind) => beside.toc.add(&dest, kind, TocSource::File(file)),
                    None if is_data(program, path, file) && !listed => {
                        *beside.left_out.entry(name.clone()).or_default() += 1
                    }
                    None => {}
                }
            }
        }
    }
    beside
}

/// Returns the units of what is reached, by name.
fn units(program: &Program<'_>, graph: &Graph) -> BTreeMap<String, Unit> {
    let mut units: BTreeMap<String, Unit> = BTreeMap::new();
    for id in graph.reached() {
        let node = graph.node(id);
        let Some(file) = node.file.filter(|file| file.object < program.objects.packages) else { continue };
        let Some((name, dirs)) = outermost(graph, node) else { continue };
        let unit = units.entry(name.to_owned()).or_default();
        unit.dirs.extend(
            dirs.iter().filter(|dir| matches!(program.tree.position(**dir).0, Mount::Site | Mount::Application)),
        );
        if let Some(module) = node.facts.module(&program.objects) {
            unit.reads |= program.is_source(file) || reads(module);
            unit.libraries |= imports_any(module, &LIBRARY_LOADERS);
        }
    }
    units
}

/// Returns the outermost regular package that a node is or is in, with its folders.
fn outermost<'g>(graph: &'g Graph, node: &'g Node) -> Option<(&'g str, &'g [DirId])> {
    let ends = node.name.match_indices('.').map(|(at, _)| at).chain([node.name.len()]);
    let packages = ends.filter_map(|end| graph.named(&node.name[..end]));
    let mut regular =
        packages.map(|id| graph.node(id)).filter(|node| matches!(node.kind, Kind::Package | Kind::ExtensionPackage));
    let package = regular.next()?;
    Some((&package.name, package.path.as_deref()?))
}

fn reads(module: &Module) -> bool {
    READERS.into_iter().any(|name| module.hints.mentions(name)) || imports_any(module, &READER_MODULES)
}

/// Tells whether a module has an import statement for one of others: `import a.b`, `from a import b`.
fn imports_any(module: &Module, wanted: &[&str]) -> bool {
    let is = |name: &str| wanted.iter().any(|wanted| is_in(name, wanted));
    module.imports.iter().filter(|import| import.level == 0).any(|import| {
        let names = import.from.iter().flatten().map(|name| format!("{}.{name}", import.name));
        is(&import.name) || names.into_iter().any(|name| is(&name))
    })
}

/// Tells whether linked code of a package loads source files as modules.
fn loads_sources(program: &Program<'_>, graph: &Graph) -> bool {
    let facts = graph.reached().map(|id| graph.node(id)).filter(|node| match node.facts {
        Facts::File(file) => file.object < program.objects.packages,
        _ => false,
    });
    let mut mentions =
        facts.filter_map(|node| node.facts.module(&program.objects)).flat_map(|module| &module.hints.mentions);
    mentions.any(|mention| SOURCE_LOADERS.contains(&mention.name.as_str()))
}

/// Tells whether a hook has listed files of a unit.
fn is_listed(hooks: &HookResults, unit: &str) -> bool {
    let folder = unit.replace('.', "/");
    let is_below = |dest: &str| dest.strip_prefix(&folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    hooks.datas.values().flatten().any(|(dest, _)| is_below(dest.trim_start_matches("./")))
}

/// Returns as what a file of a unit is collected, if it is.
fn wanted(
    program: &Program<'_>,
    unit: &Unit,
    path: &str,
    file: FileId,
    listed: bool,
    sources: bool,
) -> Option<TocKind> {
    let application = program.is_source(file);
    let folders = || path.split('/').rev().skip(1);
    if program.objects.file(file).native.is_some() {
        let is_module =
            program.finder.module_name(path.rsplit('/').next()?).is_some_and(|name| !name.starts_with("lib"));
        return (unit.libraries && !listed && !is_module && program.is_library(file)).then_some(TocKind::Binary);
    }
    if application && path.ends_with(".py") {
        return (sources && !in_package(program, file)).then_some(TocKind::Data);
    }
    if !is_data(program, path, file) {
        return None;
    }
    let framework = folders().any(|folder| FRAMEWORK_FOLDERS.contains(&folder));
    (application || !listed && (unit.reads || framework)).then_some(TocKind::Data)
}

/// Tells whether a file lies in a regular package.
fn in_package(program: &Program<'_>, file: FileId) -> bool {
    program.tree.place(file).is_some_and(|dir| program.tree.file(dir, "__init__.py").is_some())
}

/// Returns the folders of a package, with a slash at the end, that are the source of something that is built.
fn built_folders(files: &[(String, FileId)]) -> BTreeSet<String> {
    let folders = files.iter().filter_map(|(path, _)| path.rsplit_once('/'));
    folders.filter(|(_, name)| BUILT.contains(name)).map(|(folder, _)| format!("{folder}/")).collect()
}

/// Tells whether a file is data that a program may read.
fn is_data(program: &Program<'_>, path: &str, file: FileId) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    if program.objects.file(file).native.is_some() || program.finder.module_name(name).is_some() {
        return false;
    }
    let in_tests = || folder.split('/').any(|folder| TESTS.contains(&folder) || folder.starts_with('.'));
    let is_document = || DOCUMENTS.iter().any(|start| name.starts_with(start));
    let is_development = || name == TYPED || name.starts_with('.') || DEVELOPMENT.contains(&ending);
    program.is_source(file) || !in_tests() && !is_document() && !is_development()
}
