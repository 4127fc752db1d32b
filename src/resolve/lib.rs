//! pyproject.toml + a lock file + `[tool.permafreeze]` -> the plan.
//!
//! Pure: the project's files come in through [`tree::Tree`], nothing is asked of the network or of the machine, and
//! the same files give the same plan. Nothing is resolved anew: the lock file ([`lockfile`]) has decided which versions
//! there are; here it is decided which of them a target installs ([`select`]) and which file of each ([`wheel`]).
use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use permafreeze_base::path::join;
pub use permafreeze_packaging::Version;
use permafreeze_packaging::constraint::Constraint;
use permafreeze_packaging::environment::Environment;
use permafreeze_packaging::name::Name;
use permafreeze_packaging::target::Target;
use permafreeze_plan::digest::digests;
use permafreeze_plan::lock_format::{Format, relock};
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
pub mod lockfile;
pub mod modules;
pub mod pyproject;
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
use crate::request::Request;
use crate::requires::Requires;
use crate::sdist::known::Known;
use crate::targets::Resolver;
use crate::tree::Tree;
use crate::version::with_version;
use crate::wheel::Options;

/// The application's source tree.
const APPLICATION: &str = ".";

/// Makes the plan of the project whose files `tree` has, for CPython `python` (`3.13.5`). `choice` is the entry that
/// was chosen beside pyproject.toml, if one was; `known` says what builds source distributions.
///
/// # Errors
/// If one of the project's files is missing, malformed or stale; [`Error::Several`] with all that is in the way if
/// packages cannot be had for a target; [`Error::Trees`] if the archive of a git tree is not known, and
/// [`Error::Sdists`] if it is not known what builds source distributions.
pub fn resolve(tree: &dyn Tree, python: &Version, choice: Option<&Choice>, known: &Known) -> Result<Plan, Error> {
    let Read { pyproject_file, pyproject, found, lock_file, groups, lock, request } = Read::of(tree)?;
    let settings = &pyproject.tool.permafreeze;
    let options = Options {
        build_sdists: settings.build_sdists,
        given: given::wheels(tree, &pyproject_file, &lock, &settings.wheels)?,
    };
    let extra = settings.extra_build_dependencies.iter();
    let extra = extra.map(|(name, requires)| (Name::new(name), requires.clone())).collect();
    let mut resolver = Resolver::new(tree, (&lock_file, &lock), python, known, options, extra);
    resolver.problems.extend(check_python(&pyproject_file, &pyproject, &lock_file, &lock, python).err());
    let mut targets = BTreeMap::new();
    for target in &request.targets {
        targets.insert(*target, resolver.target(*target, &request, &groups)?);
    }
    let path_dependencies: BTreeSet<String> = resolver.sources.keys().cloned().collect();
    let application = Project {
        tree,
        file: &pyproject_file,
        pyproject: &pyproject,
        groups: &groups,
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
        return Err(Error::Sdists(Box::new(UnknownBuilds { file, sdists, locked, problems })));
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
        python: python.release().iter().take(2).map(u64::to_string).collect::<Vec<_>>().join("."),
        files: resolver.files,
        builds: resolver.builds,
        sources: resolver.sources,
        executables: application.executables,
        targets,
        digests: BTreeMap::new(),
        strip: strip::planned(&pyproject_file, &pyproject.tool.permafreeze.strip)?,
        policy: request.policy,
        smoke: request.smoke,
        smoke_of: application.smoke_of,
        entry: recorded(&pyproject.tool.permafreeze, choice),
        lock: (found.format != Format::Poetry).then_some(found.path),
    };
    plan.digests = digests(&plan);
    Ok(plan)
}

/// Returns what requires what among the packages that the project installs for `target`, as its lock file says it.
///
/// # Errors
/// If one of the project's files is missing, malformed or stale.
pub fn requires(tree: &dyn Tree, python: &Version, target: Target) -> Result<Requires, Error> {
    let Read { lock_file, groups, lock, request, .. } = Read::of(tree)?;
    let environment = Environment::cpython(python, target.platform(request.glibc));
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

fn check_python(
    pyproject_file: &TomlFile,
    pyproject: &PyProject,
    lock_file: &TomlFile,
    lock: &Locked,
    python: &Version,
) -> Result<(), Error> {
    let own = pyproject.python().map(|(key, text)| (pyproject_file, key, text));
    let locked = lock.python.as_ref().map(|python| (lock_file, python.key, python.text.as_str()));
    for (file, key, text) in own.into_iter().chain(locked) {
        let constraint = match Constraint::from_str(text) {
            // A bare `3.13` is every 3.13 for a Python, though it is but one version for a package.
            Ok(_) if Version::from_str(text).is_ok_and(|version| version.release().len() < 3) => {
                Constraint::from_str(&format!("~{text}"))
            }
            constraint => constraint,
        };
        let constraint = constraint.map_err(|error| file.wrong(key, text, error.to_string()))?;
        if !constraint.contains(python) {
            return Err(Error::Value {
                place: Box::new(error::Place { file: file.name.clone(), line: None }),
                key: key.to_owned(),
                found: format!("`{text}`"),
                problem: format!("it does not allow Python {python}, which permafreeze freezes"),
                hint: Some(format!("allow it (`>=3.13`), then {}", relock(&lock_file.name))),
            });
        }
    }
    Ok(())
}
