//! Whether a uv.lock was made from a pyproject.toml: it repeats the requirements that it was made for.
//!
//! uv writes markers in another form, so they are compared by what they say of the targets; a requirement for other
//! systems or Pythons may differ, which changes no plan.
use std::collections::{BTreeMap, BTreeSet};

use permafreeze_packaging::Version;
use permafreeze_packaging::constraint::Constraint;
use permafreeze_packaging::environment::Environment;
use permafreeze_packaging::marker::Marker;
use permafreeze_packaging::name::Name;
use permafreeze_packaging::target::Target;

use super::wire::{Package, Requirement, UvLock};
use crate::address::without_credentials;
use crate::dependency::{Dependency, Origin};
use crate::document::TomlFile;
use crate::error::Error;
use crate::lockfile::Project;
use crate::tool_uv::{self, Source};

/// The Python for which markers are compared.
const PYTHON: [u64; 3] = [3, 13, 0];

/// Checks that the lock was made for the project's requirements. `root` is the project's package in it.
///
/// # Errors
/// If it was made for others, or one of its requirements cannot be read.
pub(super) fn check(
    file: &TomlFile,
    lock: &UvLock,
    root: Option<&Package>,
    project: &Project<'_>,
) -> Result<(), Error> {
    // The workspace's sources and limits are those of its members, too.
    let settings = project.workspace.unwrap_or(project.file);
    let mut sources = tool_uv::sources(settings);
    sources.extend(tool_uv::sources(project.file));
    let check = Check { file, project, sources };
    if let Some(root) = root {
        check.own(root)?;
    }
    let groups = root.map_or(&lock.manifest.dependency_groups, |root| &root.metadata.requires_dev);
    check.groups(groups)?;
    let limits = [
        ("tool.uv.override-dependencies", tool_uv::overrides(settings), &lock.manifest.overrides),
        ("tool.uv.constraint-dependencies", tool_uv::constraints(settings), &lock.manifest.constraints),
    ];
    for (key, own, locked) in limits {
        let read =
            |text: &String| Dependency::from_pep508(text).map_err(|error| settings.wrong(key, text, error.problem()));
        check.same(&own.iter().map(read).collect::<Result<Vec<_>, _>>()?, locked)?;
    }
    let requires = root.into_iter().flat_map(|root| &root.metadata.requires_dist);
    check.sources(requires.chain(groups.values().flatten()).collect())
}

struct Check<'a> {
    file: &'a TomlFile,
    project: &'a Project<'a>,
    sources: BTreeMap<Name, Vec<Source>>,
}

/// What tells requirements apart, besides their markers: name, extras, and versions or place.
type Key = (Name, BTreeSet<Name>, String);
/// When each is required: for every target, without an extra and with each alone.
type Required = BTreeMap<Key, Vec<bool>>;

impl Check<'_> {
    fn own(&self, root: &Package) -> Result<(), Error> {
        let table = self.project.pyproject.project.clone().unwrap_or_default();
        let dynamic = |key: &str| table.dynamic.iter().any(|dynamic| dynamic == key);
        if dynamic("dependencies") || dynamic("optional-dependencies") {
            return Ok(());
        }
        let is_declared = table.dependencies.is_some() || !table.optional_dependencies.is_empty();
        let own = if is_declared { self.project.groups.requires_dist.as_slice() } else { &[] };
        let locked = &root.metadata.requires_dist;
        // Older versions of uv wrote what an extra that names other extras stands for.
        self.same(own, locked).or_else(|error| {
            let flat = flattened(&Name::new(&root.name), own);
            self.same(&flat, locked).map_err(|_| error)
        })
    }

    fn groups(&self, locked: &BTreeMap<String, Vec<Requirement>>) -> Result<(), Error> {
        let locked: BTreeMap<Name, &[Requirement]> =
            locked.iter().map(|(name, all)| (Name::new(name), all.as_slice())).collect();
        let own = self.project.pyproject.dependency_groups.keys().map(|name| Name::new(name));
        let old = (!tool_uv::dev_dependencies(self.project.file).is_empty()).then(|| Name::new("dev"));
        for name in own.chain(old).collect::<BTreeSet<Name>>() {
            let dependencies = self.project.groups.groups.get(&name).map(Vec::as_slice).unwrap_or_default();
            self.same(dependencies, locked.get(&name).copied().unwrap_or_default())?;
        }
        Ok(())
    }

    /// Checks that requirements are those of the lock.
    fn same(&self, own: &[Dependency], locked: &[Requirement]) -> Result<(), Error> {
        let own: Vec<(Key, Marker)> = own.iter().map(|own| (self.key(own), when(own))).collect();
        let locked: Vec<(Key, Marker)> = locked.iter().map(|locked| self.locked(locked)).collect::<Result<_, _>>()?;
        let extras: BTreeSet<Name> = own.iter().chain(&locked).flat_map(|(_, marker)| marker.extras()).collect();
        // What uv reads as a marker that always holds, others do not.
        let unclear: BTreeSet<Key> =
            own.iter().filter(|(_, marker)| marker.has_invalid_version()).map(|(key, _)| key.clone()).collect();
        let [own, locked] = [own, locked].map(|requirements| {
            let mut required = required(requirements, &extras);
            required.retain(|key, _| !unclear.contains(key));
            required
        });
        if own == locked { Ok(()) } else { Err(self.stale(difference(&own, &locked))) }
    }

    fn key(&self, own: &Dependency) -> Key {
        let place = match &own.origin {
            _ if self.sources.contains_key(&own.name) => String::new(),
            Origin::Index => versions(&own.constraint),
            Origin::Path => " @ a path".to_owned(),
            Origin::Url(url) => match url.strip_prefix("git+") {
                None => format!(" @ {}", without_credentials(url)),
                Some(git) => {
                    let at = git.rfind('@').filter(|at| *at > git.rfind('/').unwrap_or_default());
                    let (url, reference) = at.map_or((git, None), |at| (&git[..at], Some(&git[at + 1..])));
                    repository(url, reference.map(|reference| reference.split('#').next().unwrap_or(reference)))
                }
            },
        };
        (own.name.clone(), own.extras.clone(), place)
    }

    fn locked(&self, locked: &Requirement) -> Result<(Key, Marker), Error> {
        let name = Name::new(&locked.name);
        let specifier = locked.specifier.as_deref().unwrap_or("*");
        let constraint: Constraint = specifier.parse().map_err(|_| {
            self.file.wrong(format!("requires-dist of {}", locked.name), specifier, "it is no version constraint")
        })?;
        let is_path = [&locked.path, &locked.directory, &locked.editable, &locked.requirements_of];
        let place = match (&locked.git, &locked.url) {
            _ if self.sources.contains_key(&name) => String::new(),
            (Some(git), _) => locked_repository(git),
            (_, Some(url)) => format!(" @ {}", without_credentials(url)),
            _ if is_path.iter().any(|path| path.is_some()) => " @ a path".to_owned(),
            _ => versions(&constraint),
        };
        let marker = locked.marker.as_deref().map_or_else(|| Ok(Marker::always()), str::parse);
        let marker = marker.map_err(|error| Error::Marker {
            file: self.file.name.clone(),
            package: locked.name.clone(),
            error,
        })?;
        Ok(((name, locked.extras.iter().map(|extra| Name::new(extra)).collect(), place), marker))
    }

    /// Checks that what `[tool.uv.sources]` says of required packages is what the lock has.
    fn sources(&self, locked: Vec<&Requirement>) -> Result<(), Error> {
        for (name, sources) in &self.sources {
            let of_name = locked.iter().filter(|locked| Name::new(&locked.name) == *name);
            let places: BTreeSet<String> = of_name
                .map(|locked| match (&locked.git, &locked.url) {
                    (Some(git), _) => locked_repository(git),
                    (None, Some(url)) => format!(" @ {}", without_credentials(url)),
                    (None, None) => String::new(),
                })
                .collect();
            let own = sources.iter().filter_map(|source| match source {
                Source::Git(url, reference) => Some(repository(url, reference.as_deref())),
                Source::Url(url) => Some(format!(" @ {}", without_credentials(url))),
                Source::Other => None,
            });
            if let Some(place) = own.into_iter().find(|place| !places.is_empty() && !places.contains(place)) {
                return Err(self.stale(format!("it was not made for `{name}{place}`")));
            }
        }
        Ok(())
    }

    fn stale(&self, problem: String) -> Error {
        let (lock, pyproject) = (self.file.name.clone(), self.project.file.name.clone());
        Error::StaleLock { lock, pyproject, problem }
    }
}

/// Returns when a requirement holds, the extras that bring it included.
fn when(own: &Dependency) -> Marker {
    match own.in_extras.len() {
        0 => own.marker.clone(),
        _ => own.marker.clone().and(Marker::Any(own.in_extras.iter().map(Marker::extra).collect())),
    }
}

/// Says versions in one way: uv orders them otherwise.
fn versions(constraint: &Constraint) -> String {
    let all = constraint.alternatives().concat();
    let all: BTreeSet<String> = all.iter().map(ToString::to_string).collect();
    all.into_iter().collect::<Vec<_>>().join(",")
}

fn repository(url: &str, reference: Option<&str>) -> String {
    let url = without_credentials(url.strip_prefix("git+").unwrap_or(url));
    format!(" @ git+{}@{}", url.trim_end_matches('/'), reference.unwrap_or_default())
}

/// Says a repository that the lock has as `URL?tag=v1`.
fn locked_repository(git: &str) -> String {
    let git = git.split('#').next().unwrap_or(git);
    let (url, query) = git.split_once('?').unwrap_or((git, ""));
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let reference = pairs.into_iter().find(|(key, _)| ["rev", "tag", "branch"].contains(key));
    let reference = reference.map(|(_, value)| value.replace("%2F", "/").replace("%2f", "/"));
    repository(url, reference.as_deref())
}

fn required(requirements: Vec<(Key, Marker)>, extras: &BTreeSet<Name>) -> Required {
    let python = Version::new(PYTHON);
    let mut cases: Vec<BTreeSet<Name>> = vec![BTreeSet::new()];
    cases.extend(extras.iter().map(|extra| BTreeSet::from([extra.clone()])));
    let mut required = Required::new();
    for (key, marker) in requirements {
        let held: Vec<bool> = Target::ALL
            .iter()
            .map(|target| Environment::cpython(&python, target.platform()))
            .flat_map(|environment| cases.iter().map(move |case| (environment.clone(), case)))
            .map(|(environment, case)| marker.holds(&environment, case))
            .collect();
        let known = required.entry(key).or_insert_with(|| vec![false; held.len()]);
        known.iter_mut().zip(held).for_each(|(known, holds)| *known |= holds);
    }
    required.retain(|_, held| held.contains(&true));
    required
}

/// Says the first difference.
fn difference(own: &Required, locked: &Required) -> String {
    let shown = |(name, extras, place): &Key| {
        let extras: Vec<&str> = extras.iter().map(Name::as_str).collect();
        let extras = if extras.is_empty() { String::new() } else { format!("[{}]", extras.join(",")) };
        format!("{name}{extras}{place}")
    };
    let missing = own.keys().find(|key| !locked.contains_key(*key)).map(shown);
    let needless = locked.keys().find(|key| !own.contains_key(*key)).map(shown);
    match (missing, needless) {
        (Some(missing), _) => format!("it was not made for `{missing}`"),
        (None, Some(needless)) => format!("it was made for `{needless}` too"),
        (None, None) => {
            let other = own.iter().find(|(key, held)| locked.get(*key) != Some(held)).map(|(key, _)| shown(key));
            format!("it was made for another marker of `{}`", other.unwrap_or_default())
        }
    }
}

/// Replaces requirements on the project's own extras by those of the extras.
fn flattened(project: &Name, own: &[Dependency]) -> Vec<Dependency> {
    let mut flat: Vec<Dependency> = Vec::new();
    let mut queue: Vec<(Dependency, BTreeSet<Name>)> = own.iter().map(|own| (own.clone(), BTreeSet::new())).collect();
    while let Some((dependency, seen)) = queue.pop() {
        if dependency.name != *project {
            flat.push(dependency);
            continue;
        }
        for extra in dependency.extras.iter().filter(|extra| !seen.contains(*extra)) {
            let brought = own.iter().filter(|own| own.in_extras.contains(extra));
            queue.extend(brought.map(|brought| {
                let in_extras = dependency.in_extras.clone();
                let marker = brought.marker.clone().and(dependency.marker.clone());
                let seen = seen.iter().chain([extra]).cloned().collect();
                (Dependency { in_extras, marker, ..brought.clone() }, seen)
            }));
        }
    }
    flat
}
