//! pyproject.toml + a lock file + `[tool.permafreeze]` -> the plan.
//!
//! Pure: the project's files come in through [`tree::Tree`], nothing is asked of the network or of the machine, and
//! the same files give the same plan. Nothing is resolved anew: the lock file ([`lockfile`]) has decided which versions
//! there are; here it is decided which of them a target installs ([`select`]) and which file of each ([`wheel`]).
use std::collections::{BTreeMap, BTreeSet};

use permafreeze_base::path::join;
pub use permafreeze_packaging::Version;
use permafreeze_packaging::environment::Environment;
use permafreeze_packaging::name::Name;
use permafreeze_packaging::target::Target;
use permafreeze_plan::digest::digests;
use permafreeze_plan::lock_format::Format;
use permafreeze_plan::plan::{Plan, VERSION};

pub mod address;
pub mod application;
pub mod backend;
pub mod content_hash;
pub mod contents;
pub mod dependency;
pub mod distribution;
pub mod document;
pub mod entry;
pub mod entry_point;
pub mod error;
pub mod executables;
pub mod git;
pub mod given;
pub mod groups;
pub mod links;
pub mod lockfile;
pub mod modules;
pub mod oldest;
pub mod pyproject;
pub mod python;
pub mod release;
pub mod request;
pub mod requires;
pub mod scripts;
pub mod sdist;
pub mod select;
pub mod settings;
pub mod source_distribution;
pub mod strip;
pub mod targets;
pub mod tool_uv;
pub mod tree;
pub mod version;
pub mod version_file;
pub mod walk;
pub mod wheel;
pub mod windows;

use crate::application::Project;
use crate::document::TomlFile;
pub use crate::error::{Error, NoBuild, UnknownBuilds, UnknownTrees};
pub use crate::executables::Choice;
use crate::executables::recorded;
use crate::groups::Groups;
use crate::lockfile::Locked;
use crate::lockfile::find::{Found, find};
use crate::pyproject::PyProject;
use crate::python::{Allowed, allowed};
pub use crate::release::{Pythons, Release};
use crate::request::Request;
use crate::requires::Requires;
use crate::sdist::known::Known;
use crate::targets::Resolver;
use crate::tree::Tree;
use crate::version::with_version;
use crate::wheel::Options;

/// The application's source tree.
const APPLICATION: &str = ".";

/// Makes the plan of the project whose files `tree` has, for the best of `pythons` that the project allows and with which it
/// can be had. `choice` is the entry that was chosen beside pyproject.toml, if one was; `known` says what builds source
/// distributions.
///
/// # Errors
/// If one of the project's files is missing, malformed or stale; [`Error::Several`] with all that is in the way if
/// packages cannot be had for a target; [`Error::Trees`] if the archive of a git tree is not known, and
/// [`Error::Sdists`] if it is not known what builds source distributions.
pub fn resolve(tree: &dyn Tree, pythons: &Pythons, choice: Option<&Choice>, known: &Known) -> Result<Plan, Error> {
    let read = Read::of(tree)?;
    let Allowed { best, others, problem } = read.allowed(pythons)?;
    let resolved = resolve_for(tree, &read, &best, problem, choice, known);
    // What is to be asked of an index first is no reason for another Python, and with another one nothing is built that the
    // best would have as a wheel.
    if !matches!(&resolved, Err(error) if error.is_final()) {
        return resolved;
    }
    let mut others = others.iter().map(|release| resolve_for(tree, &read, release, None, choice, known));
    others.find(Result::is_ok).unwrap_or(resolved)
}

/// Makes the plan for one Python; `problem` says why the project does not allow it.
fn resolve_for(
    tree: &dyn Tree,
    read: &Read,
    release: &Release,
    problem: Option<Error>,
    choice: Option<&Choice>,
    known: &Known,
) -> Result<Plan, Error> {
    let Read { pyproject_file, pyproject, found, lock_file, groups, lock, request } = read;
    let settings = &pyproject.tool.permafreeze;
    let options = Options {
        build_sdists: settings.build_sdists,
        given: given::wheels(tree, pyproject_file, lock, &settings.wheels)?,
    };
    let extra = settings.extra_build_dependencies.iter();
    let extra = extra.map(|(name, requires)| (Name::new(name), requires.clone())).collect();
    let mut resolver = Resolver::new(tree, (lock_file, lock), release, known, options, extra);
    resolver.problems.extend(problem);
    let mut targets = BTreeMap::new();
    for target in &request.targets {
        targets.insert(*target, resolver.target(*target, request, groups)?);
    }
    let path_dependencies: BTreeSet<String> = resolver.sources.keys().cloned().collect();
    let application = Project {
        tree,
        file: pyproject_file,
        pyproject,
        groups,
        installed: &resolver.installed,
        path_dependencies: &path_dependencies,
        choice,
    }
    .application();
    let mut problems = std::mem::take(&mut resolver.problems);
    let application = application.map_err(|problem| problems.push(problem));
    if !resolver.unknown_trees.is_empty() {
        let trees = std::mem::take(&mut resolver.unknown_trees).into_values().collect();
        return Err(Error::Trees(Box::new(UnknownTrees { file: lock_file.name.clone(), trees, problems })));
    }
    if !resolver.unknown.is_empty() {
        let sdists = std::mem::take(&mut resolver.unknown).into_values().collect();
        let (file, locked) = (lock_file.name.clone(), resolver.pure_wheels());
        let release = release.clone();
        return Err(Error::Sdists(Box::new(UnknownBuilds { file, release, sdists, locked, problems })));
    }
    let application = match application {
        Ok(application) if problems.is_empty() => application,
        _ => return Err(Error::all(problems)),
    };
    resolver.sources.insert(APPLICATION.to_owned(), application.source);
    if settings.urls {
        known.add_urls(&mut resolver.files);
    }
    let mut plan = Plan {
        version: VERSION,
        project: application.project.to_string(),
        python: release.python,
        files: resolver.files,
        builds: resolver.builds,
        sources: resolver.sources,
        executables: application.executables,
        targets,
        digests: BTreeMap::new(),
        strip: strip::planned(pyproject_file, &pyproject.tool.permafreeze.strip)?,
        policy: request.policy.clone(),
        smoke: request.smoke.clone(),
        smoke_of: application.smoke_of,
        entry: recorded(&pyproject.tool.permafreeze, choice),
        lock: (found.format != Format::Poetry).then(|| found.path.clone()),
    };
    plan.digests = digests(&plan);
    Ok(plan)
}

/// Returns what requires what among the packages that the project installs for `target` with CPython `python` (`3.13.5`), as its
/// lock file says it.
///
/// # Errors
/// If one of the project's files is missing, malformed or stale.
pub fn requires(tree: &dyn Tree, python: &Version, target: Target) -> Result<Requires, Error> {
    let Read { lock_file, groups, lock, request, .. } = Read::of(tree)?;
    let environment = Environment::cpython(python, target.platform());
    select::requires(&lock_file, &lock, &groups, &request.wanted, &environment)
}

/// What a project's files say.
struct Read {
    pyproject_file: TomlFile,
    pyproject: PyProject,
    found: Found,
    lock_file: TomlFile,
    groups: Groups,
    lock: Locked,
    request: Request,
}

impl Read {
    fn of(tree: &dyn Tree) -> Result<Read, Error> {
        let pyproject_file = read(tree, "pyproject.toml", "give the folder of the project with `--project DIR`")?;
        settings::check_keys(&pyproject_file)?;
        let pyproject: PyProject = pyproject_file.convert()?;
        let found = find(tree, &pyproject_file, pyproject.tool.permafreeze.lock.as_deref())?;
        let pyproject = pyproject.locked_by(found.format, &pyproject_file);
        let pyproject = with_version(tree, ".", &pyproject_file, pyproject);
        let lock_file = read(tree, &found.path, found.format.relock())?;
        let (groups, lock) = locked(tree, (&pyproject_file, &pyproject), &found, &lock_file)?;
        let request = Request::of(&pyproject_file, &pyproject, &groups)?;
        Ok(Read { pyproject_file, pyproject, found, lock_file, groups, lock, request })
    }

    fn allowed(&self, pythons: &Pythons) -> Result<Allowed, Error> {
        allowed((&self.pyproject_file, &self.pyproject), (&self.lock_file, &self.lock), pythons)
    }
}

/// Reads the project's requirements and its lock file.
///
/// # Errors
/// If either cannot be read, or the lock file is stale.
pub fn locked(
    tree: &dyn Tree,
    (file, pyproject): (&TomlFile, &PyProject),
    found: &Found,
    lock_file: &TomlFile,
) -> Result<(Groups, Locked), Error> {
    let above = join(found.folder(), "pyproject.toml");
    let workspace = if found.folder() == "." { None } else { Some(read(tree, &above, "it is the workspace's")?) };
    let groups = Groups::of(file, pyproject)?;
    let project = lockfile::Project { file, pyproject, groups: &groups, workspace: workspace.as_ref() };
    let lock = Locked::read(found.format, lock_file, found.folder(), &project)?;
    Ok((groups, lock))
}

fn read(tree: &dyn Tree, path: &str, hint: &str) -> Result<TomlFile, Error> {
    let shown = tree.shown(path);
    match tree.read(path) {
        Ok(Some(text)) => TomlFile::parse(shown, text),
        Ok(None) => Err(Error::Missing { file: shown, hint: hint.to_owned() }),
        Err(source) => Err(Error::Unreadable { file: shown, source }),
    }
}
