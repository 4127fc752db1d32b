//! Which locked packages are installed for a target: as `poetry install --only … --extras …` would there.
use permafreeze_packaging::environment::Environment;
use permafreeze_packaging::marker::Marker;
use permafreeze_packaging::name::Name;

use crate::document::TomlFile;
use crate::error::Error;
use crate::groups::Groups;
use crate::lockfile::{Locked, LockedPackage, Markers};
use crate::request::Wanted;
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
    if !lock.has_groups {
        return walk::select(file, lock, groups, wanted, environment);
    }
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
    for package in lock.packages.iter().filter(|package| Name::new(&package.name).as_str() == distribution) {
        // Lock files before version 2.1 say neither groups nor markers.
        if !lock.has_groups {
            return Ok(Some(package));
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
