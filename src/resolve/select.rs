//! Which locked packages are installed for a target: as `poetry install --only … --extras …` or `uv sync --only-group …
//! --extra …` would there.
use std::collections::BTreeSet;

use permafreeze_packaging::environment::{Environment, Variable};
use permafreeze_packaging::marker::Marker;
use permafreeze_packaging::name::Name;

use crate::document::TomlFile;
use crate::error::Error;
use crate::groups::{Groups, MAIN};
use crate::lockfile::graph::Asked;
use crate::lockfile::{Locked, LockedPackage, Markers, Selection, Sets};
use crate::request::Wanted;
use crate::requires::Requires;
use crate::walk;

/// Returns the packages to install in `environment`, in the lock file's order.
///
/// # Errors
/// If a marker or constraint cannot be read, or a required package is not locked.
pub fn select<'a>(
    file: &TomlFile,
    lock: &'a Locked,
    groups: &Groups,
    wanted: &Wanted,
    environment: &Environment,
) -> Result<Vec<&'a LockedPackage>, Error> {
    check_environment(file, lock, environment)?;
    match &lock.selection {
        Selection::Requirements => walk::select(file, lock, groups, wanted, environment),
        Selection::Groups => by_groups(file, lock, wanted, environment),
        Selection::Graph(graph) => {
            let reached = graph.reached(&asked(wanted), environment);
            Ok(reached.into_iter().map(|index| &lock.packages[index]).collect())
        }
        Selection::Markers(sets) => {
            let selected = by_markers(file, lock, sets, wanted, environment)?;
            walk::check_roots(file, &selected, groups, wanted, environment)?;
            Ok(selected)
        }
    }
}

/// Returns what requires what among the packages to install in `environment`.
///
/// # Errors
/// As [`select`].
pub fn requires(
    file: &TomlFile,
    lock: &Locked,
    groups: &Groups,
    wanted: &Wanted,
    environment: &Environment,
) -> Result<Requires, Error> {
    if let Selection::Graph(graph) = &lock.selection {
        return Ok(graph.requires(&asked(wanted), environment));
    }
    let selected = select(file, lock, groups, wanted, environment)?;
    let requires = walk::requires(file, &selected, groups, wanted, environment)?;
    let is_said = !matches!(lock.selection, Selection::Markers(_));
    Ok(Requires { of: requires.of.filter(|_| is_said), ..requires })
}

fn asked(wanted: &Wanted) -> Asked<'_> {
    let own = wanted.groups.contains(&Name::new(MAIN));
    Asked { groups: &wanted.groups, own, extras: &wanted.extras }
}

/// Checks that the project was locked for an environment.
fn check_environment(file: &TomlFile, lock: &Locked, environment: &Environment) -> Result<(), Error> {
    let (key, markers) = (lock.environments.key, &lock.environments.markers);
    if markers.is_empty() || markers.iter().any(|marker| marker.holds(environment, &BTreeSet::new())) {
        return Ok(());
    }
    let [python, platform, machine] =
        [Variable::PythonVersion, Variable::SysPlatform, Variable::PlatformMachine].map(|of| environment.value(of));
    let all: Vec<String> = markers.iter().map(ToString::to_string).collect();
    let problem = format!("the project is not locked for Python {python} on `{platform}`, `{machine}`");
    Err(file.wrong(key, &all.join("`, `"), problem))
}

fn by_groups<'a>(
    file: &TomlFile,
    lock: &'a Locked,
    wanted: &Wanted,
    environment: &Environment,
) -> Result<Vec<&'a LockedPackage>, Error> {
    let mut selected = Vec::new();
    for package in &lock.packages {
        for group in package.groups.iter().filter(|group| wanted.groups.contains(&Name::new(group))) {
            if marker(file, package, group)?.holds(environment, &wanted.extras) {
                selected.push(package);
                break;
            }
        }
    }
    Ok(selected)
}

/// PEP 751: the packages whose markers hold for the extras and groups.
fn by_markers<'a>(
    file: &TomlFile,
    lock: &'a Locked,
    sets: &Sets,
    wanted: &Wanted,
    environment: &Environment,
) -> Result<Vec<&'a LockedPackage>, Error> {
    let mut groups: BTreeSet<Name> = wanted.groups.clone();
    if groups.remove(&Name::new(MAIN)) {
        groups.extend(sets.default_groups.iter().cloned());
    }
    let mut selected = Vec::new();
    for package in &lock.packages {
        if marker(file, package, MAIN)?.holds_with(environment, &wanted.extras, &groups) && package.runs_on(environment)
        {
            selected.push(package);
        }
    }
    Ok(selected)
}

/// Returns the locked version of a distribution that is required in `environment` by whatever group, extra or package;
/// `None` if none is.
///
/// # Errors
/// If a marker cannot be read.
pub fn locked<'a>(
    file: &TomlFile,
    lock: &'a Locked,
    groups: &Groups,
    distribution: &str,
    environment: &Environment,
) -> Result<Option<&'a LockedPackage>, Error> {
    let every: BTreeSet<Name> = groups.groups.keys().cloned().collect();
    let reached = match &lock.selection {
        Selection::Graph(graph) => {
            let asked = Asked { groups: &every, own: true, extras: &groups.extras };
            graph.reached(&asked, environment)
        }
        _ => (0..lock.packages.len()).collect(),
    };
    let packages = reached.into_iter().map(|index| &lock.packages[index]);
    for package in packages.filter(|package| Name::new(&package.name).as_str() == distribution) {
        match &lock.selection {
            Selection::Groups => {}
            // Lock files before version 2.1 say neither groups nor markers.
            Selection::Requirements | Selection::Graph(_) => return Ok(Some(package)),
            Selection::Markers(sets) => {
                let marker = marker(file, package, MAIN)?;
                if marker.holds_with(environment, &sets.extras, &sets.groups) && package.runs_on(environment) {
                    return Ok(Some(package));
                }
            }
        }
        for group in &package.groups {
            if marker(file, package, group)?.holds(environment, &groups.extras) {
                return Ok(Some(package));
            }
        }
    }
    Ok(None)
}

/// Returns when a package is required by a group.
fn marker(file: &TomlFile, package: &LockedPackage, group: &str) -> Result<Marker, Error> {
    let text = match &package.markers {
        None => return Ok(Marker::always()),
        Some(Markers::Same(text)) => text,
        Some(Markers::ByGroup(by_group)) => match by_group.get(group) {
            None => return Ok(Marker::always()),
            Some(text) => text,
        },
    };
    text.parse().map_err(|error| Error::Marker {
        file: file.name.clone(),
        package: format!("{} {}", package.name, package.version),
        error,
    })
}
