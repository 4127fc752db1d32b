//! Which packages of a lock file of version 1.1 or 2.0 are installed: it does not say, so the requirements are followed
//! from the project's own through the packages', as Poetry 1 did.
//!
//! Of a package that is locked in several versions (for different Pythons or systems) the highest one is taken that
//! meets every requirement on it. Requirements may turn up after the choice, so the walk is repeated until no new one
//! does.
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::str::FromStr;

use permafreeze_packaging::Version;
use permafreeze_packaging::constraint::Constraint;
use permafreeze_packaging::environment::Environment;
use permafreeze_packaging::name::Name;
use permafreeze_packaging::requirement::Requirement;

use crate::dependency::{Dependency, Origin};
use crate::document::TomlFile;
use crate::error::Error;
use crate::groups::Groups;
use crate::lockfile::{Locked, LockedPackage, LockedSource};
use crate::request::Wanted;
use crate::requires::Requires;

/// Requirements on one package: the constraint's text, the constraint, who requires it.
type Constraints = BTreeMap<String, (Constraint, String)>;

/// Returns the packages to install, in the lock file's order.
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
    let mut candidates: BTreeMap<Name, Vec<usize>> = BTreeMap::new();
    for (index, package) in lock.packages.iter().enumerate() {
        candidates.entry(Name::new(&package.name)).or_default().push(index);
    }
    let mut walk =
        Walk { file, packages: &lock.packages, candidates, environment, constraints: BTreeMap::new(), grown: false };
    let roots = roots(groups, wanted, environment);
    loop {
        let chosen = walk.pass(&roots)?;
        if !std::mem::take(&mut walk.grown) {
            return Ok(chosen.into_iter().map(|index| &lock.packages[index]).collect());
        }
    }
}

/// Returns the project's own requirements that are wanted in an environment.
fn roots<'g>(groups: &'g Groups, wanted: &Wanted, environment: &Environment) -> Vec<&'g Dependency> {
    let all = wanted.groups.iter().filter_map(|group| groups.groups.get(group)).flatten();
    all.filter(|dependency| is_active(dependency, environment, &wanted.extras)).collect()
}

/// Checks that the selected packages meet the project's own requirements: where a lock file does not say what it was made
/// from, this is what shows that it is stale.
///
/// # Errors
/// If one is not met.
pub fn check_roots(
    file: &TomlFile,
    selected: &[&LockedPackage],
    groups: &Groups,
    wanted: &Wanted,
    environment: &Environment,
) -> Result<(), Error> {
    let meets = |dependency: &Dependency, package: &&&LockedPackage| {
        Name::new(&package.name) == dependency.name
            && (dependency.origin != Origin::Index
                || !matches!(package.source, None | Some(LockedSource::Index { .. }))
                || Version::from_str(&package.version).is_ok_and(|version| dependency.constraint.contains(&version)))
    };
    // An extra may name others of the project itself.
    let roots = roots(groups, wanted, environment).into_iter();
    let mut roots = roots.filter(|dependency| Some(&dependency.name) != groups.project.as_ref());
    match roots.find(|dependency| !selected.iter().any(|package| meets(dependency, &package))) {
        None => Ok(()),
        Some(dependency) => Err(Error::NotLocked {
            file: file.name.clone(),
            package: dependency.name.to_string(),
            constraint: dependency.constraint.to_string(),
            wanted_by: "pyproject.toml".to_owned(),
        }),
    }
}

/// Returns what requires what among the selected packages. A requirement that none of them has the name of is left out.
///
/// # Errors
/// If a marker or constraint cannot be read.
pub fn requires(
    file: &TomlFile,
    selected: &[&LockedPackage],
    groups: &Groups,
    wanted: &Wanted,
    environment: &Environment,
) -> Result<Requires, Error> {
    let selected: BTreeMap<Name, &LockedPackage> =
        selected.iter().map(|package| (Name::new(&package.name), *package)).collect();
    let mut requires = Requires { of: Some(BTreeMap::new()), ..Requires::default() };
    let mut asked: BTreeMap<Name, BTreeSet<Name>> = BTreeMap::new();
    let wanted = with_own_extras(groups, wanted, environment);
    let roots = roots(groups, &wanted, environment).into_iter();
    let mut queue: VecDeque<(Option<Name>, Dependency)> = roots.map(|dependency| (None, dependency.clone())).collect();
    while let Some((from, Dependency { name, extras, .. })) = queue.pop_front() {
        let Some(package) = selected.get(&name) else { continue };
        requires.add(from.as_ref(), &name, &extras);
        let known = asked.get(&name);
        if known.is_some_and(|known| extras.is_subset(known)) {
            continue;
        }
        let all: BTreeSet<Name> = known.into_iter().flatten().chain(&extras).cloned().collect();
        let next = requirements(file, package, &all, environment)?;
        queue.extend(next.into_iter().map(|dependency| (Some(name.clone()), dependency)));
        asked.insert(name, all);
    }
    Ok(requires)
}

/// Adds the extras that wanted extras name: `all = ["app[fast]"]`.
fn with_own_extras(groups: &Groups, wanted: &Wanted, environment: &Environment) -> Wanted {
    let mut wanted = wanted.clone();
    loop {
        let own = roots(groups, &wanted, environment).into_iter();
        let own = own.filter(|dependency| Some(&dependency.name) == groups.project.as_ref());
        let more: BTreeSet<Name> = own.flat_map(|dependency| dependency.extras.clone()).collect();
        if more.is_subset(&wanted.extras) {
            return wanted;
        }
        wanted.extras.extend(more);
    }
}

fn is_active(dependency: &Dependency, environment: &Environment, extras: &BTreeSet<Name>) -> bool {
    let brought = dependency.in_extras.iter().any(|extra| extras.contains(extra));
    let optional = dependency.optional && !dependency.marker.has_extra() || !dependency.in_extras.is_empty();
    (brought || !optional) && dependency.marker.holds(environment, extras)
}

struct Walk<'a> {
    file: &'a TomlFile,
    packages: &'a [LockedPackage],
    candidates: BTreeMap<Name, Vec<usize>>,
    environment: &'a Environment,
    constraints: BTreeMap<Name, Constraints>,
    grown: bool,
}

impl Walk<'_> {
    /// Follows all requirements once; sets `grown` if one turned up that may change a choice.
    fn pass(&mut self, roots: &[&Dependency]) -> Result<BTreeSet<usize>, Error> {
        let mut extras: BTreeMap<usize, BTreeSet<Name>> = BTreeMap::new();
        let mut queue: VecDeque<(Dependency, String)> =
            roots.iter().map(|dependency| ((*dependency).clone(), "pyproject.toml".to_owned())).collect();
        while let Some((dependency, wanted_by)) = queue.pop_front() {
            self.note(&dependency, &wanted_by);
            let index = self.choose(&dependency, &wanted_by)?;
            let known = extras.get(&index);
            if known.is_some_and(|known| dependency.extras.is_subset(known)) {
                continue;
            }
            let asked: BTreeSet<Name> = known.into_iter().flatten().chain(&dependency.extras).cloned().collect();
            let package = &self.packages[index];
            for next in requirements(self.file, package, &asked, self.environment)? {
                queue.push_back((next, package.name.clone()));
            }
            extras.insert(index, asked);
        }
        Ok(extras.into_keys().collect())
    }

    fn note(&mut self, dependency: &Dependency, wanted_by: &str) {
        if dependency.origin != Origin::Index || dependency.constraint.is_any() {
            return;
        }
        let constraints = self.constraints.entry(dependency.name.clone()).or_default();
        let several = self.candidates.get(&dependency.name).is_some_and(|indices| indices.len() > 1);
        constraints.entry(dependency.constraint.to_string()).or_insert_with(|| {
            self.grown |= several;
            (dependency.constraint.clone(), wanted_by.to_owned())
        });
    }

    fn choose(&self, dependency: &Dependency, wanted_by: &str) -> Result<usize, Error> {
        let candidates = self.candidates.get(&dependency.name).map(Vec::as_slice).unwrap_or_default();
        // One candidate is what Poetry decided: there is nothing to choose.
        if let [only] = candidates {
            return Ok(*only);
        }
        let constraints = self.constraints.get(&dependency.name);
        let meets = |version: &Version| {
            constraints.into_iter().flat_map(BTreeMap::values).all(|(constraint, _)| constraint.contains(version))
        };
        candidates
            .iter()
            .filter(|index| self.packages[**index].runs_on(self.environment))
            .filter_map(|index| Some((Version::from_str(&self.packages[*index].version).ok()?, *index)))
            .filter(|(version, _)| meets(version))
            .max()
            .map(|(_, index)| index)
            .ok_or_else(|| Error::NotLocked {
                file: self.file.name.clone(),
                package: dependency.name.to_string(),
                constraint: dependency.constraint.to_string(),
                wanted_by: wanted_by.to_owned(),
            })
    }
}

/// Returns what a package requires when these of its extras are asked for.
fn requirements(
    file: &TomlFile,
    package: &LockedPackage,
    extras: &BTreeSet<Name>,
    environment: &Environment,
) -> Result<Vec<Dependency>, Error> {
    let mut requirements = Vec::new();
    for (name, specifications) in &package.dependencies {
        let dependencies = Dependency::all_from_poetry(name, specifications).map_err(|error| {
            file.wrong(format!("dependencies of package {}", package.name), name, error.to_string())
        })?;
        for mut dependency in dependencies {
            if dependency.optional && !dependency.marker.has_extra() {
                dependency.in_extras = bringing_extras(package, &dependency.name);
            }
            if is_active(&dependency, environment, extras) {
                requirements.push(dependency);
            }
        }
    }
    Ok(requirements)
}

/// Returns the extras of `package` that require `name`.
fn bringing_extras(package: &LockedPackage, name: &Name) -> Vec<Name> {
    let brings = |requirement: &String| Requirement::from_str(requirement).is_ok_and(|found| found.name == *name);
    let extras = package.extras.iter().filter(|(_, requirements)| requirements.iter().any(brings));
    extras.map(|(extra, _)| Name::new(extra)).collect()
}
