//! Scripts: the entry point, run-time hooks, and what makes the importer.
use permafreeze_executable::pyinstaller::PyInstaller;
use permafreeze_object::format::entry_script;
use permafreeze_object::marshal;
use permafreeze_plan::plan::Entry;

use crate::collection::{PyzModule, Script};
use crate::compiles;
use crate::deferred::{self, Deferrable};
use crate::error::LinkError;
use crate::graph::reason::Reason;
use crate::graph::{Facts, Kind, NodeId};
use crate::linking::Linking;
use crate::load::{FileId, Objects};
use crate::program::Program;
use crate::warnings::Warnings;

/// Modules that make the importer, after `struct` (PyInstaller/depend/analysis.py, `get_bootstrap_modules`). Of these and
/// of the script, permafreeze's own win (`nix/loader`).
const LOADER_MODULES: [&str; 3] = ["pyimod01_archive", "pyimod02_importers", "pyimod03_ctypes"];
/// The script that installs the importer.
const BOOTSTRAP_SCRIPT: &str = "pyiboot01_bootstrap";
/// The module that `multiprocessing` starts its fork server with.
const FORK_SERVER: &str = "multiprocessing.forkserver";

/// Adds the entry point to the graph and returns it as a script.
///
/// # Errors
/// If it does not exist or does not compile.
pub fn add(linking: &mut Linking<'_>) -> Result<Script, LinkError> {
    let program = linking.program;
    match &program.job.executable.entry {
        Entry::Script { script } => {
            add_script_file(linking, program.application_file("entry script", script)?, Reason::Entry)
        }
        Entry::Function { module, function } => {
            import(linking, module, &format!("{module}:{function}"))?;
            add_entry_script(linking)
        }
        Entry::Module { module } => {
            add_program(linking, module)?;
            add_entry_script(linking)
        }
    }
}

/// Adds a script's file to the graph.
fn add_script_file(linking: &mut Linking<'_>, file: FileId, reason: Reason) -> Result<Script, LinkError> {
    let script = script(&linking.program.objects, file)?;
    let name = format!("{}:{}", script.origin.owner, script.origin.path);
    linking.add_script(&name, Some(file), Facts::File(file), reason);
    Ok(script)
}

/// Finds the module that the entry point `entry` names.
fn import(linking: &mut Linking<'_>, module: &str, entry: &str) -> Result<NodeId, LinkError> {
    let found = linking.import_name(module)?.filter(|id| linking.graph.node(*id).kind != Kind::ExcludedModule);
    found.ok_or_else(|| LinkError::NoModule { entry: entry.to_owned(), module: module.to_owned() })
}

/// Adds the module that is run as `python -m` runs it: nothing else imports it. Of a package it is `__main__`.
fn add_program(linking: &mut Linking<'_>, module: &str) -> Result<(), LinkError> {
    let entry = format!("-m {module}");
    let mut node = import(linking, module, &entry)?;
    if linking.graph.node(node).kind.is_package() {
        node = import(linking, &format!("{module}.__main__"), &entry)?;
    }
    linking.graph.connect_by(linking.graph.root, node, Reason::Entry);
    Ok(())
}

/// Adds the entry script of an entry point, which the application's object has.
fn add_entry_script(linking: &mut Linking<'_>) -> Result<Script, LinkError> {
    let path = entry_script(&linking.program.job.name);
    let program = linking.program;
    let file = program.sources().find_map(|object| program.objects.find(object, &path));
    add_script_file(linking, file.ok_or(LinkError::NoFile { option: "entry script", path })?, Reason::Entry)
}

/// Returns a file's code as a script: it goes by the stem of its file name.
fn script(objects: &Objects, file: FileId) -> Result<Script, LinkError> {
    let path = objects.path(file).to_owned();
    let file_name = path.rsplit('/').next().unwrap_or(&path).to_owned();
    let Some(code) = objects.code(file)? else {
        return Err(LinkError::Syntax(vec![compiles::fault(objects, None, file)?]));
    };
    let stem = file_name.strip_suffix(".py").unwrap_or(&file_name).to_owned();
    let code = marshal::with_file_name(&code, &format!("{stem}.py"))
        .map_err(|source| LinkError::Code { path, source: source.into() })?;
    Ok(Script { name: stem, code, origin: objects.origin(file) })
}

/// Returns the names of the modules that make the importer, after `struct`.
pub(crate) fn loader_modules(program: &Program<'_>) -> impl Iterator<Item = &'static str> {
    LOADER_MODULES.into_iter().chain(program.platform.search.loader_modules().iter().copied())
}

/// Returns the modules that make the importer, and the script that installs it.
pub(crate) fn bootstrap(program: &Program<'_>) -> Result<(Vec<Script>, Script), LinkError> {
    let objects = &program.objects;
    let loader = |name: &str| {
        let path = format!("PyInstaller/loader/{name}.py");
        let file = objects.find(objects.loader_index(), &format!("{name}.py"));
        let file = file.or_else(|| objects.find(objects.pyinstaller_index(), &path));
        script(objects, file.ok_or(LinkError::NoFile { option: "PyInstaller's loader", path })?)
    };
    let path = format!("{}/struct.py", objects.runtime.stdlib);
    let file = objects.find(objects.runtime_index(), &path);
    let file = file.ok_or(LinkError::NoFile { option: "the runtime's module", path })?;
    let mut modules = vec![script(objects, file)?];
    for name in loader_modules(program) {
        modules.push(loader(name)?);
    }
    Ok((modules, loader(BOOTSTRAP_SCRIPT)?))
}

/// The run-time hooks of an executable.
#[derive(Debug, Default)]
pub struct RuntimeHooks {
    /// Those that the bootloader runs, in order.
    pub scripts: Vec<Script>,
    /// Those that the bootstrap script runs once what they patch is imported: modules of the PYZ.
    pub deferred: Vec<PyzModule>,
}

/// Adds run-time hooks: the user's, then those of modules that are reached now, in the order of the tables.
///
/// # Errors
/// If one does not exist or does not compile, or another hook fails.
pub fn add_runtime_hooks(linking: &mut Linking<'_>) -> Result<RuntimeHooks, LinkError> {
    let program = linking.program;
    let mut files = Vec::new();
    for path in &program.job.executable.runtime_hooks {
        files.push(program.application_file("runtime-hook", path)?);
    }
    let reached = linking.graph.reachable(linking.graph.root);
    for (module, hooks) in &linking.hooks.catalog.runtime {
        let node = reached.get(module.as_str()).map(|id| linking.graph.node(*id));
        if node.is_some_and(|node| node.kind.is_valid()) {
            files.extend(hooks.iter().filter(|hook| !files.contains(hook)).collect::<Vec<_>>());
        }
    }
    if reached.contains_key(FORK_SERVER) {
        warn_of_fork_server(program, linking.warnings);
    }
    let deferrable = Deferrable::read(&program.objects)?;
    let mut hooks = RuntimeHooks::default();
    for file in files {
        let script = add_script_file(linking, file, Reason::RuntimeHook)?;
        match deferrable.has(&program.objects, file) {
            true => hooks.deferred.push(deferred::module(script)?),
            false => hooks.scripts.push(script),
        }
    }
    linking.drain()?;
    Ok(hooks)
}

/// Tells the user if the program would start itself endlessly.
fn warn_of_fork_server(program: &Program<'_>, warnings: &mut Warnings) {
    let (pyinstaller, python) = (program.objects.pyinstaller, &program.objects.runtime.version);
    if !pyinstaller.has_fork_server(python) {
        warnings.add(format!(
            "the start method `forkserver` of `multiprocessing` starts the program endlessly: PyInstaller {pyinstaller} \
             does not know the fork server of Python {python}; lock PyInstaller {} or newer, or use `fork` or `spawn`",
            PyInstaller::FORK_SERVER
        ));
    }
}
