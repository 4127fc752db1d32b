//! Makes the [`Collection`]: what the graph reaches becomes modules, extension modules and files.
use std::collections::{BTreeMap, BTreeSet};

use permafreeze_executable::base_library;
use permafreeze_executable::format::{ModuleKind, PYC_HEADER};
use permafreeze_executable::owner::Owner;
use permafreeze_executable::pe::without_console;
use permafreeze_object::format::Hollowed;
use permafreeze_object::marshal;
use permafreeze_object::native::Strip;
use permafreeze_plan::form;

use crate::collection::{Bootloader, CollectedFile, Collection, Content, FileKind, Form, Origin, PyzModule, Script};
use crate::entry::{RuntimeHooks, bootstrap, loader_modules};
use crate::error::LinkError;
use crate::files::{Toc, TocKind, TocSource, libraries, runtime};
use crate::graph::{Graph, Kind, Node, NodeId};
use crate::layout::INTERNAL;
use crate::load::{FileId, Objects};
use crate::merge;
use crate::platform::Change;
use crate::program::Program;
use crate::resources;
use crate::warnings::Warnings;

/// How a module is collected: into the PYZ, as a `.py` file, as a `.pyc` file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Mode {
    pyz: bool,
    py: bool,
    pyc: bool,
}

/// The modules of an executable, apart by where they are.
#[derive(Default)]
pub struct Modules {
    /// Of the PYZ.
    pub pyz: Vec<PyzModule>,
    /// Of base_library.zip.
    pub base_library: Vec<PyzModule>,
    /// Those with a mode that says so are files.
    pub files: Toc,
}

/// The scripts of an executable that the application and its packages have.
pub struct Scripts {
    /// They run before the entry point.
    pub runtime_hooks: RuntimeHooks,
    /// The entry point.
    pub entry: Script,
}

/// Returns the extension modules that the graph reaches, and those that the importer needs.
///
/// # Errors
/// [`LinkError::Machine`] if one is for another machine.
pub fn extensions(program: &Program<'_>, graph: &Graph) -> Result<Toc, LinkError> {
    let mut toc = Toc::default();
    for node in graph.reached().map(|id| graph.node(id)) {
        if let (true, Some(file)) = (node.kind.is_binary(), node.file) {
            program.check_machine(file)?;
            toc.add(&extension_dest(program, node, file), TocKind::Extension, TocSource::File(file));
        }
    }
    for name in ["_struct", "zlib"] {
        if let Some(file) = program.finder.find(&program.tree, name).and_then(|found| found.file) {
            let node = Node::new(name, Kind::Extension);
            toc.add(&extension_dest(program, &node, file), TocKind::Extension, TocSource::File(file));
        }
    }
    Ok(toc)
}

/// Returns where an extension module goes: to its package; the standard library's go where Python looks for them.
fn extension_dest(program: &Program<'_>, node: &Node, file: FileId) -> String {
    let objects = &program.objects;
    let path = objects.path(file);
    let (_, file_name) = path.rsplit_once('/').unwrap_or(("", path));
    let of_runtime = file.object == objects.runtime_index() && path.starts_with(&objects.runtime.dynload);
    if let (true, Some(dynload)) = (of_runtime, objects.dynload()) {
        return format!("{dynload}/{file_name}");
    }
    if file.object < objects.packages && !node.name.contains('.') && program.platform.search.keeps_extension(path) {
        return path.to_owned();
    }
    let folder = match node.kind {
        Kind::ExtensionPackage => node.name.as_str(),
        _ => node.name.rsplit_once('.').map_or("", |(parent, _)| parent),
    };
    format!("{}/{file_name}", folder.replace('.', "/"))
}

/// Returns the modules with byte code that the graph reaches. `base` are those of base_library.zip, `hook_modes` the
/// collection modes that hooks have set.
///
/// # Errors
/// [`LinkError::CollectionMode`] if a mode does not exist; if an object cannot be read.
pub fn modules(
    program: &Program<'_>,
    graph: &Graph,
    base: &BTreeSet<NodeId>,
    hook_modes: &BTreeMap<String, String>,
) -> Result<Modules, LinkError> {
    let mut modules = Modules::default();
    for id in graph.reached() {
        let node = graph.node(id);
        if !node.kind.is_pure() {
            continue;
        }
        let mode = mode(&node.name, &program.job.executable.module_collection_mode, hook_modes)?;
        let bootstrap = node.name == "struct" || loader_modules(program).any(|name| name == node.name);
        if mode.pyz && base.contains(&id) {
            modules.base_library.push(module(&program.objects, node)?);
        } else if mode.pyz && !bootstrap {
            modules.pyz.push(module(&program.objects, node)?);
        }
        if let Some(file) = node.file {
            let stem = match node.kind {
                Kind::Package => format!("{}/__init__", node.name.replace('.', "/")),
                _ => node.name.replace('.', "/"),
            };
            if mode.py && program.objects.path(file).ends_with(".py") {
                modules.files.add(&format!("{stem}.py"), TocKind::Data, TocSource::File(file));
            }
            if mode.pyc {
                modules.files.add(&format!("{stem}.pyc"), TocKind::Data, TocSource::Pyc(id));
            }
        }
    }
    Ok(modules)
}

/// Returns a module's mode: the last one that a package on the way to it sets; the plan's wins over a hook's.
fn mode(
    name: &str,
    planned: &BTreeMap<String, String>,
    of_hooks: &BTreeMap<String, String>,
) -> Result<Mode, LinkError> {
    let ends = name.match_indices('.').map(|(at, _)| at).chain([name.len()]);
    let mode = ends.filter_map(|end| planned.get(&name[..end]).or_else(|| of_hooks.get(&name[..end]))).next_back();
    match mode.map_or("pyz", String::as_str) {
        "pyz" => Ok(Mode { pyz: true, ..Mode::default() }),
        "pyc" => Ok(Mode { pyc: true, ..Mode::default() }),
        "py" => Ok(Mode { py: true, ..Mode::default() }),
        "pyz+py" | "py+pyz" => Ok(Mode { pyz: true, py: true, pyc: false }),
        mode => Err(LinkError::CollectionMode { module: name.to_owned(), mode: mode.to_owned() }),
    }
}

fn module(objects: &Objects, node: &Node) -> Result<PyzModule, LinkError> {
    let kind = match node.kind {
        Kind::Package => ModuleKind::Package,
        Kind::NamespacePackage => ModuleKind::NamespacePackage,
        _ => ModuleKind::Module,
    };
    let Some(file) = node.file else {
        let origin = Origin { owner: Owner::NoDistribution, path: node.name.clone(), sha256: None };
        return Ok(PyzModule { name: node.name.clone(), kind, code: None, origin });
    };
    let code = Some(module_code(objects, node, file)?);
    Ok(PyzModule { name: node.name.clone(), kind, code, origin: objects.origin(file) })
}

/// Returns a module's code with the file name that PyInstaller gives it: its dotted name with slashes.
fn module_code(objects: &Objects, node: &Node, file: FileId) -> Result<Content, LinkError> {
    let init = if node.kind == Kind::Package { "/__init__" } else { "" };
    let file_name = format!("{}{init}.py", node.name.replace('.', "/"));
    let path = objects.path(file);
    let is_runtime = file.object == objects.runtime_index();
    let compiled_as = match path.strip_prefix(&objects.runtime.stdlib) {
        Some(rest) if is_runtime => rest.trim_start_matches('/'),
        _ => path,
    };
    let content = objects.code_content(file);
    if let (Some(content), true) = (content, compiled_as == file_name) {
        return Ok(content);
    }
    let code = match objects.code(file)? {
        Some(code) => code,
        None => objects.read(file)?.get(PYC_HEADER..).unwrap_or_default().to_vec(),
    };
    let code = marshal::with_file_name(&code, &file_name)
        .map_err(|source| LinkError::Code { path: path.to_owned(), source: source.into() })?;
    Ok(Content::Bytes(code))
}

/// Returns the files with their bytes. Now a data file with two owners is known to be wanted.
///
/// # Errors
/// [`LinkError::Collision`] if it is; if an object cannot be read.
pub fn files(
    program: &Program<'_>,
    graph: &Graph,
    toc: &Toc,
    warnings: &mut Warnings,
) -> Result<Vec<CollectedFile>, LinkError> {
    let objects = &program.objects;
    let mut changes = libraries::changes(program, toc)?;
    let mut files = Vec::new();
    let mut wanted = BTreeSet::new();
    for (dest, kind, source) in toc.entries() {
        let (content, origin, executable) = match source {
            TocSource::File(file) => {
                wanted.insert(*file);
                (objects.content(*file), objects.origin(*file), objects.file(*file).executable)
            }
            TocSource::Pyc(id) => pyc(objects, graph.node(*id))?,
            TocSource::Link(target) => {
                let origin = Origin { owner: Owner::Linker, path: target.clone(), sha256: None };
                (Content::Bytes(Vec::new()), origin, false)
            }
        };
        let kind = match (kind, source) {
            (TocKind::Symlink, TocSource::Link(target)) => FileKind::Symlink { target: target.clone() },
            (TocKind::Binary, _) => FileKind::Binary,
            (TocKind::Extension, _) => FileKind::Extension,
            _ if executable => FileKind::ExecutableData,
            _ => FileKind::Data,
        };
        let (content, changed) = match changes.remove(dest) {
            Some(Change { bytes, reason }) => (Content::Bytes(bytes), Some(reason)),
            None => (content, hollowed(objects, source)),
        };
        files.push(CollectedFile { dest: dest.to_owned(), kind, content, origin, changed });
    }
    settle_conflicts(program, &wanted, warnings)?;
    Ok(files)
}

/// Says what the compiler has zeroed of a library.
fn hollowed(objects: &Objects, source: &TocSource) -> Option<String> {
    let TocSource::File(file) = source else { return None };
    let Hollowed { zeroed, strip, .. } = objects.file(*file).hollowed.as_ref()?;
    let what = match strip {
        Strip::Debug => "its debug sections",
        Strip::Symbols => "its debug sections and symbols",
    };
    Some(format!("{what}, {zeroed} bytes that are never loaded, are zero"))
}

fn pyc(objects: &Objects, node: &Node) -> Result<(Content, Origin, bool), LinkError> {
    let Some(file) = node.file else {
        return Err(LinkError::NoFile { option: "module", path: node.name.clone() });
    };
    let code = match module_code(objects, node, file)? {
        Content::Bytes(code) => code,
        Content::Blob { .. } => objects.code(file)?.unwrap_or_default(),
    };
    Ok((Content::Bytes(base_library::pyc(objects.python, &code)), objects.origin(file), false))
}

fn settle_conflicts(
    program: &Program<'_>,
    wanted: &BTreeSet<FileId>,
    warnings: &mut Warnings,
) -> Result<(), LinkError> {
    merge::refuse(&program.objects, &program.conflicts, |first, _| wanted.contains(&first))?;
    for (path, (first, second)) in &program.conflicts {
        let owner = |file: &FileId| program.objects.object(file.object).owner();
        let (first, second) = (owner(first), owner(second));
        warnings.add(format!(
            "`{path}` is owned by both `{first}` and `{second}`, with different bytes; it is not part of the executable"
        ));
    }
    Ok(())
}

/// Returns the whole collection.
///
/// # Errors
/// If PyInstaller's wheel or the runtime has not what makes the importer.
pub fn collection(
    program: &Program<'_>,
    scripts: Scripts,
    modules: Modules,
    files: Vec<CollectedFile>,
    warnings: Warnings,
) -> Result<Collection, LinkError> {
    let (bootstrap, bootstrap_script) = bootstrap(program)?;
    let RuntimeHooks { scripts: runtime_hooks, deferred } = scripts.runtime_hooks;
    let scripts = [bootstrap_script].into_iter().chain(runtime_hooks).chain([scripts.entry]);
    Ok(Collection {
        name: program.job.name.clone(),
        target: program.job.target,
        form: form(program)?,
        bootloader: bootloader(program)?,
        libpython: runtime::libpython_name(&program.objects).to_owned(),
        python: program.objects.python,
        options: vec![format!("pyi-contents-directory {INTERNAL}")],
        bootstrap,
        scripts: scripts.collect(),
        modules: modules.pyz.into_iter().chain(deferred).collect(),
        base_library: modules.base_library,
        files,
        warnings: warnings.into_sorted(),
    })
}

/// Returns the form; of a bundle with the launcher that the job names.
fn form(program: &Program<'_>) -> Result<Form, LinkError> {
    if program.job.executable.mode == form::Mode::Onedir {
        return Ok(Form::Onedir);
    }
    let Some(path) = &program.job.launcher else { return Ok(Form::Onefile) };
    Ok(Form::Bundle { launcher: std::fs::read(path).map_err(LinkError::io("read", path))? })
}

/// Returns the bootloader that the job names; for a program without a console, the one beside it.
fn bootloader(program: &Program<'_>) -> Result<Bootloader, LinkError> {
    let (objects, wanted) = (&program.objects, &program.job.bootloader);
    let path = match resources::has_console(program) {
        true => wanted.path.clone(),
        false => without_console(&wanted.path),
    };
    let owner =
        (0..objects.all.len() as u32).find(|object| objects.object(*object).owner().to_string() == wanted.owner);
    let file = owner.and_then(|object| objects.find(object, &path));
    let file = file.ok_or(LinkError::NoBootloader { owner: wanted.owner.clone(), path })?;
    let resources = resources::of(program, file)?;
    Ok(Bootloader { content: objects.content(file), origin: objects.origin(file), resources })
}
