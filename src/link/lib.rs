//! objects + runtime + hooks -> executable; static tool that runs in the sandbox.
//!
//! [`collect`] is the list of steps: everything about the application's content is decided there, without running any
//! of its code; [`layout`] and [`write`](mod@write) turn the result into bytes.
mod base;
mod bill;
mod collect;
pub mod collection;
mod entry;
pub mod error;
pub mod files;
pub mod finder;
pub mod graph;
pub mod hooks;
pub mod job;
pub mod layout;
pub mod linker;
pub mod load;
mod materialise;
pub mod merge;
mod shadow;
pub mod tree;
pub mod write;

use camino::Utf8Path;
use serde_json::json;

use collection::Collection;
use error::LinkError;
use files::{Toc, TocKind, TocSource};
use hooks::server::Server;
use job::Job;
use linker::Linker;
use load::Objects;

/// Links a job: writes `bin/<name>` below `out`, and the report, the bill of materials and the provenance in
/// `share/permafreeze`. `scratch` is an empty folder for what hooks look at. Returns the warnings.
pub fn link(job: &Job, out: &Utf8Path, scratch: &Utf8Path) -> Result<Vec<String>, LinkError> {
    let objects = Objects::load(job)?;
    let gathered = bill::gather(&objects)?;
    let collection = collect_from(job, objects, scratch)?;
    let (bin, share) = (out.join("bin"), out.join("share/permafreeze"));
    for folder in [&bin, &share] {
        std::fs::create_dir_all(folder).map_err(LinkError::io("create", folder))?;
    }
    let report = write::write(&collection, &bin.join(&job.name), &share.join("report.json"))
        .map_err(|source| LinkError::Write { name: job.name.clone(), source: source.into() })?;
    bill::write(job, gathered, &report, &share)?;
    Ok(collection.warnings)
}

/// Finds everything that goes into the executable.
pub fn collect(job: &Job, scratch: &Utf8Path) -> Result<Collection, LinkError> {
    collect_from(job, Objects::load(job)?, scratch)
}

fn collect_from(job: &Job, objects: Objects, scratch: &Utf8Path) -> Result<Collection, LinkError> {
    if !job.target.is_linux() {
        return Err(LinkError::Target { target: job.target.to_string() });
    }
    let server = Server::start(&job.host_python, &job.hooks_env, scratch)?;
    let mut linker = Linker::new(job, objects, scratch)?;
    linker.start_hooks(server, scratch)?;

    // The graph.
    let base = linker.add_base_modules()?;
    let entry = linker.add_entry()?;
    linker.drain()?;
    linker.add_hidden_modules()?;
    linker.run_post_graph_hooks()?;
    let shadows = linker.add_shadows()?;

    // Files.
    let mut toc = Toc::default();
    let asked = linker.add_planned_data(&mut toc)?;
    linker.add_libpython(&mut toc)?;
    linker.add_collected_packages(&mut toc)?;
    linker.add_hook_files(&mut toc)?;
    linker.add_ctypes_libraries(&mut toc)?;
    linker.add_planned_metadata(&mut toc)?;
    linker.add_wanted_metadata(&mut toc)?;

    // Run-time hooks join the graph last: hooks do not apply to what they import. From here on it is complete.
    let runtime_hooks = linker.add_runtime_hooks()?;
    linker.add_extensions(&mut toc)?;
    let modules = linker.collect_modules(&base, &mut toc)?;
    for shadow in shadows {
        toc.add(&shadow.path, TocKind::Data, TocSource::File(shadow.file));
    }
    linker.add_needed_libraries(&mut toc)?;
    linker.add_checksum_files(&mut toc);
    linker.check_wheels(&toc, &asked)?;
    let files = linker.collect_files(&toc)?;
    linker.collection(runtime_hooks, entry, modules, files)
}

impl Linker<'_> {
    /// Tells the hook server what the target is, and lists the hooks.
    fn start_hooks(&mut self, server: Server, scratch: &Utf8Path) -> Result<(), LinkError> {
        let workpath = scratch.join("work");
        std::fs::create_dir_all(&workpath).map_err(LinkError::io("create", &workpath))?;
        self.hooks.server = Some(server);
        let hello = json!({
            "answers": self.job.executable.hook_answers,
            "extension_suffixes": self.objects.runtime.extension_suffixes,
            "machine": self.machine(),
            "prefix": scratch.join("python"),
            "sysconfigdata": self.objects.runtime.sysconfigdata,
            "version": self.objects.runtime.version,
            "workpath": workpath,
        });
        self.call::<serde_json::Value>("the hook server", "hello", hello)?;
        self.read_catalog()
    }

    /// Adds `--hidden-import` and `--collect-submodules`.
    fn add_hidden_modules(&mut self) -> Result<(), LinkError> {
        let executable = &self.job.executable;
        let mut names = executable.hidden_imports.clone();
        for package in &executable.collect_submodules {
            let arguments = json!({"kind": "submodules", "package": package});
            let found: Vec<String> = self.call(&format!("collect-submodules of {package}"), "collect", arguments)?;
            if found.is_empty() {
                self.warn(format!("collect-submodules names `{package}`, which is no installed package"));
            }
            names.extend(found);
        }
        for name in names {
            match self.import_name(&name)? {
                Some(node) => self.graph.connect(self.graph.root, node),
                None => self.warn(format!("Hidden import \"{name}\" not found")),
            }
            self.drain()?;
        }
        Ok(())
    }
}
