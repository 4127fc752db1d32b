//! The project's requirements by group, with what each of the three tables of pyproject.toml says of them.
//!
//! Poetry's rules: `[project] dependencies` say what a distribution requires; `[tool.poetry.dependencies]` say where
//! the same requirements are locked from, or, without the former, are the requirements themselves.
use std::collections::{BTreeMap, BTreeSet};

use permafreeze_packaging::name::Name;

use crate::dependency::{Dependency, Origin};
use crate::document::TomlFile;
use crate::error::Error;
use crate::pyproject::{GroupItem, OneOrMany, Poetry, Project, PyProject};
use crate::tool_uv;

/// The group that an application's own requirements are in.
pub const MAIN: &str = "main";

/// The project's requirements.
#[derive(Debug, Clone, Default)]
pub struct Groups {
    /// By group; `main` is always there.
    pub groups: BTreeMap<Name, Vec<Dependency>>,
    /// What a built distribution says that it requires.
    pub requires_dist: Vec<Dependency>,
    /// The project's extras.
    pub extras: BTreeSet<Name>,
    /// The project's name, if it has one.
    pub project: Option<Name>,
}

impl Groups {
    /// Collects the requirements of a project.
    ///
    /// # Errors
    /// If a requirement cannot be read, or a group includes one that there is not.
    pub fn of(file: &TomlFile, pyproject: &PyProject) -> Result<Groups, Error> {
        let poetry = &pyproject.tool.poetry;
        let project = pyproject.project.clone().unwrap_or_default();
        let declared = declared(file, &project)?;
        let mut concrete = poetry_dependencies(file, "tool.poetry.dependencies", poetry.dependencies.as_ref())?;
        let mut extras: BTreeSet<Name> = project.optional_dependencies.keys().map(|extra| Name::new(extra)).collect();
        if declared.is_empty() {
            extras.extend(poetry.extras.keys().map(|extra| Name::new(extra)));
            mark_extras(&mut concrete, poetry);
        }
        let requires_dist = requires_dist(&project, &declared, &concrete);
        let main = for_locking(&requires_dist, &declared, &concrete);
        let mut groups = own_groups(file, pyproject)?;
        groups.insert(Name::new(MAIN), main);
        include_groups(file, pyproject, &mut groups)?;
        Ok(Groups { groups, requires_dist, extras, project: pyproject.name().map(Name::new) })
    }
}

fn declared(file: &TomlFile, project: &Project) -> Result<Vec<Dependency>, Error> {
    let mut declared = Vec::new();
    for requirement in project.dependencies.iter().flatten() {
        declared.push(pep508(file, "project.dependencies", requirement)?);
    }
    for (extra, requirements) in &project.optional_dependencies {
        for requirement in requirements {
            let key = format!("project.optional-dependencies.{extra}");
            let mut dependency = pep508(file, &key, requirement)?;
            dependency.optional = true;
            dependency.in_extras = vec![Name::new(extra)];
            declared.push(dependency);
        }
    }
    Ok(declared)
}

fn pep508(file: &TomlFile, key: &str, requirement: &str) -> Result<Dependency, Error> {
    Dependency::from_pep508(requirement).map_err(|error| file.wrong(key, requirement, error.problem()))
}

fn poetry_dependencies(
    file: &TomlFile,
    key: &str,
    table: Option<&BTreeMap<String, OneOrMany>>,
) -> Result<Vec<Dependency>, Error> {
    let mut dependencies = Vec::new();
    for (name, specifications) in table.into_iter().flatten() {
        if name.eq_ignore_ascii_case("python") {
            continue;
        }
        let all = Dependency::all_from_poetry(name, specifications)
            .map_err(|error| file.wrong(format!("{key}.{name}"), name, error.to_string()))?;
        dependencies.extend(all);
    }
    Ok(dependencies)
}

/// `[tool.poetry.extras]` names requirements; each learns which extras bring it.
fn mark_extras(dependencies: &mut [Dependency], poetry: &Poetry) {
    for (extra, names) in &poetry.extras {
        let names: BTreeSet<Name> = names.iter().map(|name| Name::new(name)).collect();
        for dependency in dependencies.iter_mut().filter(|dependency| names.contains(&dependency.name)) {
            dependency.in_extras.push(Name::new(extra));
        }
    }
}

fn requires_dist(project: &Project, declared: &[Dependency], concrete: &[Dependency]) -> Vec<Dependency> {
    let dynamic = |key: &str| project.dynamic.iter().any(|dynamic| dynamic == key);
    let mut requires: Vec<Dependency> = if declared.is_empty() { concrete.to_vec() } else { declared.to_vec() };
    // One kind may be declared in `[project]` and the other left to `[tool.poetry]`.
    if !declared.is_empty() && (dynamic("dependencies") || dynamic("optional-dependencies")) {
        let all_optional = declared.iter().all(|dependency| dependency.optional);
        if all_optional || declared.iter().all(|dependency| !dependency.optional) {
            requires.extend(concrete.iter().filter(|dependency| dependency.optional != all_optional).cloned());
        }
    }
    requires
}

/// A declared requirement of which `[tool.poetry.dependencies]` has details is locked with those.
fn for_locking(requires: &[Dependency], declared: &[Dependency], concrete: &[Dependency]) -> Vec<Dependency> {
    if declared.is_empty() {
        return requires.to_vec();
    }
    let mut locked = Vec::new();
    for dependency in requires {
        let details: Vec<&Dependency> = concrete.iter().filter(|detail| detail.name == dependency.name).collect();
        if details.is_empty() || !declared.contains(dependency) {
            locked.push(dependency.clone());
        }
        for detail in details.into_iter().filter(|_| declared.contains(dependency)) {
            let mut merged = dependency.clone();
            merged.marker = merged.marker.and(detail.marker.clone());
            merged.constraint = merged.constraint.and(&detail.constraint);
            if merged.origin == Origin::Index {
                merged.origin = detail.origin.clone();
            }
            locked.push(merged);
        }
    }
    locked
}

fn own_groups(file: &TomlFile, pyproject: &PyProject) -> Result<BTreeMap<Name, Vec<Dependency>>, Error> {
    let mut groups: BTreeMap<Name, Vec<Dependency>> = BTreeMap::new();
    for (name, items) in &pyproject.dependency_groups {
        let group = groups.entry(Name::new(name)).or_default();
        for item in items {
            if let GroupItem::Requirement(requirement) = item {
                group.push(pep508(file, &format!("dependency-groups.{name}"), requirement)?);
            }
        }
    }
    for requirement in tool_uv::dev_dependencies(file) {
        let group = groups.entry(Name::new("dev")).or_default();
        group.push(pep508(file, "tool.uv.dev-dependencies", &requirement)?);
    }
    let poetry = &pyproject.tool.poetry;
    for (name, table) in &poetry.group {
        let key = format!("tool.poetry.group.{name}.dependencies");
        let concrete = poetry_dependencies(file, &key, Some(&table.dependencies))?;
        let declared = groups.remove(&Name::new(name)).unwrap_or_default();
        let requires = if declared.is_empty() { concrete.clone() } else { declared.clone() };
        groups.insert(Name::new(name), for_locking(&requires, &declared, &concrete));
    }
    if !poetry.dev_dependencies.is_empty() {
        let dev = poetry_dependencies(file, "tool.poetry.dev-dependencies", Some(&poetry.dev_dependencies))?;
        groups.entry(Name::new("dev")).or_default().extend(dev);
    }
    Ok(groups)
}

/// Adds to each group what the groups that it includes have, and what those include.
fn include_groups(
    file: &TomlFile,
    pyproject: &PyProject,
    groups: &mut BTreeMap<Name, Vec<Dependency>>,
) -> Result<(), Error> {
    let mut includes: BTreeMap<Name, BTreeSet<Name>> = BTreeMap::new();
    for (name, items) in &pyproject.dependency_groups {
        let included = items.iter().filter_map(|item| match item {
            GroupItem::Include { include_group } => Some(Name::new(include_group)),
            GroupItem::Requirement(_) => None,
        });
        includes.entry(Name::new(name)).or_default().extend(included);
    }
    for (name, table) in &pyproject.tool.poetry.group {
        includes.entry(Name::new(name)).or_default().extend(table.include_groups.iter().map(|name| Name::new(name)));
    }
    let own = groups.clone();
    for (name, group) in groups.iter_mut() {
        let mut reached = BTreeSet::from([name.clone()]);
        let mut queue = vec![name.clone()];
        while let Some(from) = queue.pop() {
            for included in includes.get(&from).into_iter().flatten() {
                let Some(dependencies) = own.get(included) else {
                    return Err(file.wrong(format!("group `{from}`"), included.as_str(), "there is no such group"));
                };
                if reached.insert(included.clone()) {
                    group.extend(dependencies.iter().cloned());
                    queue.push(included.clone());
                }
            }
        }
    }
    Ok(())
}
