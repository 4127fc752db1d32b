//! objects + runtime + hooks -> executable; static tool that runs in the sandbox.
//!
//! [`collect`] is the list of steps: everything about the application's content is decided there, without running any
//! of its code. Each step takes what earlier ones gave: the merged [`program`] never changes, the [`graph`] grows while
//! hooks run ([`linking`]), then files are chosen. [`layout`] and [`write`](mod@write) turn the result into bytes. What
//! depends on the target's file format is in [`platform`].
pub mod base;
mod bill;
pub mod collect;
pub mod collection;
pub mod compiles;
pub mod conflicts;
mod deferred;
pub mod entry;
pub mod error;
pub mod files;
pub mod finder;
pub mod graph;
pub mod hooks;
pub mod job;
pub mod layout;
pub mod linking;
pub mod load;
pub mod macho;
pub mod merge;
pub mod output;
pub mod platform;
pub mod plugins;
pub mod program;
mod reasons;
mod report;
mod resources;
pub mod shadow;
pub mod syntax;
pub mod tree;
pub mod warnings;
pub mod write;

use camino::Utf8Path;

use collect::Scripts;
use collection::Collection;
use error::LinkError;
use files::{Toc, TocKind, TocSource, beside, data, libraries, machine, metadata, runtime};
use graph::{Graph, lazy};
use hooks::Hooks;
use hooks::server::Server;
use job::Job;
use linking::Linking;
use load::Objects;
use merge::Prefixes;
use permafreeze_executable::reasons::{FILE as REASONS, Reasons};
use platform::Platform;
use program::Program;
use warnings::Warnings;
use write::Written;

/// Links a job: writes `bin/<name>` below `out`, or the folder and its archive, and the report, the reasons, the bill of materials and the provenance in
/// `share/permafreeze`. `scratch` is an empty folder for what hooks look at. Returns the warnings.
///
/// # Errors
/// Whatever is wrong with the job, its objects or its hooks. Nothing is at its place in `out` then.
pub fn link(job: &Job, out: &Utf8Path, scratch: &Utf8Path) -> Result<Vec<String>, LinkError> {
    let platform = Platform::of(job.target);
    let objects = Objects::load(job)?;
    let gathered = bill::gather(&objects, &job.executable.trust_hooks)?;
    let (collection, reasons) = collect_from(job, objects, scratch)?;
    let share = out.join("share/permafreeze");
    std::fs::create_dir_all(&share).map_err(LinkError::io("create", &share))?;
    let failed = |source| LinkError::Write { name: job.name.clone(), source };
    let mut written =
        Written::new(&collection, platform.container.as_ref(), out, &share).map_err(|source| failed(source.into()))?;
    let documents = bill::documents(job, gathered, &written.report, &written.report_json);
    written.add_json(&share, REASONS, &reasons).map_err(|source| failed(source.into()))?;
    for (name, text) in documents.map_err(|source| failed(source.into()))? {
        written.add(&share.join(name), &text).map_err(|source| failed(source.into()))?;
    }
    written.commit().map_err(|source| failed(source.into()))?;
    Ok(collection.warnings)
}

/// Finds everything that goes into the executable.
///
/// # Errors
/// As [`link`].
pub fn collect(job: &Job, scratch: &Utf8Path) -> Result<Collection, LinkError> {
    Ok(collect_from(job, Objects::load(job)?, scratch)?.0)
}

fn collect_from(job: &Job, objects: Objects, scratch: &Utf8Path) -> Result<(Collection, Reasons), LinkError> {
    let server = Server::start(&job.host_python, &job.hooks_env, scratch)?;
    let program = Program::merge(job, objects, &Prefixes { scratch, hooks_env: &job.hooks_env })?;
    let mut hooks = Hooks::new(server);
    let mut graph = Graph::new(lazy::of(&program));
    let mut warnings = Warnings::default();

    // The graph grows, and hooks run while it does.
    let mut linking = Linking { program: &program, graph: &mut graph, hooks: &mut hooks, warnings: &mut warnings };
    linking.start_hooks(scratch)?;
    let base = base::add_modules(&mut linking)?;
    let entry = entry::add(&mut linking)?;
    linking.drain()?;
    linking.add_application()?;
    linking.add_hidden_imports()?;
    linking.run_post_graph_hooks()?;
    while linking.add_application()? {
        linking.run_post_graph_hooks()?;
    }
    let shadows = shadow::add(&mut linking)?;

    compiles::check(&program, linking.graph)?;

    // Files that options, hooks and calls name. The first that names a place wins it.
    let planned = data::planned(&program)?;
    let mut toc = planned.toc;
    toc.extend(runtime::libpython(&program)?);
    toc.extend(runtime::bootloader_library(&program)?);
    toc.extend(data::of_packages(&mut linking)?);
    toc.extend(data::of_hooks(&program, linking.graph, &linking.hooks.results, linking.warnings));
    toc.extend(data::of_ctypes(&program, linking.graph, linking.warnings)?);
    toc.extend(metadata::planned(&program)?);
    toc.extend(metadata::wanted(&mut linking)?);
    toc.extend(metadata::of_plugins(&program, linking.graph));
    toc.extend(metadata::of_askers(&program, linking.graph));

    // Run-time hooks join the graph last: hooks do not apply to what they import. From here on it is complete.
    let runtime_hooks = entry::add_runtime_hooks(&mut linking)?;
    linking.ship_sources();
    linking.warn_of_unknown_names();
    linking.warn_of_missing_stdlib();
    linking.warn_of_withheld_hooks();
    let (graph, hooks) = (graph, hooks.results);
    let beside = beside::files(&program, &graph, &hooks, &toc);
    toc.extend(beside.toc);
    toc.extend(collect::extensions(&program, &graph)?);
    let modules = collect::modules(&program, &graph, &base, &hooks.modes)?;
    toc.extend(modules.files.clone());
    for shadow in shadows {
        toc.add(&shadow.path, TocKind::Data, TocSource::File(shadow.file));
    }
    let mut toc: Toc = libraries::with_needed(&program, toc, &hooks.suppressed, &mut warnings)?;
    toc.extend(libraries::checksums(&program, &toc));
    machine::check_wheels(&program, &graph, &toc, &planned.files)?;
    let files = collect::files(&program, &graph, &toc, &mut warnings)?;
    let reasons = reasons::reasons(&program, &graph, beside.left_out);
    Ok((collect::collection(&program, Scripts { runtime_hooks, entry }, modules, files, warnings)?, reasons))
}
