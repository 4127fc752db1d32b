//! Which Python is frozen: the one that `[tool.permafreeze]` names, else one that the project and its lock file allow.
use std::str::FromStr;

use permafreeze_packaging::Version;
use permafreeze_packaging::constraint::Constraint;
use permafreeze_packaging::python::{DEFAULT, Python, names};
use permafreeze_plan::lock_format::relock;

use crate::document::TomlFile;
use crate::error::{Error, Place};
use crate::lockfile::Locked;
use crate::pyproject::PyProject;
use crate::release::{Pythons, Release};

/// The option's key.
const OPTION: &str = "tool.permafreeze.python";

/// The Pythons that a project may be frozen with, and why there is none, if so.
#[derive(Debug)]
pub(crate) struct Allowed {
    /// The best one: [`DEFAULT`] if it is allowed, else the newest. If none is allowed, the one that would be the best.
    pub best: Release,
    /// The others, the newest first.
    pub others: Vec<Release>,
    /// Why none is allowed.
    pub problem: Option<Error>,
}

impl Allowed {
    fn of(file: &TomlFile, releases: Vec<Release>, problem: Option<Error>) -> Result<Allowed, Error> {
        let mut releases = releases.into_iter();
        let best = releases.next().ok_or_else(|| file.wrong(OPTION, "", "there is no Python to freeze"))?;
        let others = if problem.is_some() { Vec::new() } else { releases.collect() };
        Ok(Allowed { best, others, problem })
    }
}

/// Returns those of `pythons` that a project and its lock file allow.
///
/// # Errors
/// If the option, or a constraint, cannot be read, or `pythons` are none.
pub(crate) fn allowed(
    (pyproject_file, pyproject): (&TomlFile, &PyProject),
    (lock_file, lock): (&TomlFile, &Locked),
    pythons: &Pythons,
) -> Result<Allowed, Error> {
    let mut releases = asked(pyproject_file, pyproject, pythons)?;
    let own = pyproject.python().map(|(key, text)| (pyproject_file, key, text));
    let locked = lock.python.as_ref().map(|python| (lock_file, python.key, python.text.as_str()));
    for (file, key, text) in own.into_iter().chain(locked) {
        let constraint = constraint(text).map_err(|error| file.wrong(key, text, error.to_string()))?;
        let (fit, other): (Vec<_>, Vec<_>) =
            releases.into_iter().partition(|release| constraint.contains(&release.version));
        releases = fit;
        if releases.is_empty() {
            let wanted = other.first().map_or(DEFAULT, |release| release.python);
            let problem = Error::Value {
                place: Box::new(Place { file: file.name.clone(), line: None }),
                key: key.to_owned(),
                found: format!("`{text}`"),
                problem: format!("it does not allow Python {}, which permafreeze freezes", versions(&other)),
                hint: Some(format!("allow it (`>={wanted}`), then {}", relock(&lock_file.name))),
            };
            return Allowed::of(pyproject_file, other, Some(problem));
        }
    }
    Allowed::of(pyproject_file, releases, None)
}

/// Returns the Python that is asked for, else all, the best first.
fn asked(file: &TomlFile, pyproject: &PyProject, pythons: &Pythons) -> Result<Vec<Release>, Error> {
    let release = |python| pythons.get(&python).map(|version| Release { python, version: version.clone() });
    if let Some(text) = &pyproject.tool.permafreeze.python {
        let asked =
            Python::from_str(text).map_err(|_| file.wrong(OPTION, text, format!("expected one of {}", names())))?;
        return Ok(release(asked).into_iter().collect());
    }
    let others = pythons.keys().rev().copied().filter(|python| *python != DEFAULT);
    Ok(std::iter::once(DEFAULT).chain(others).filter_map(release).collect())
}

/// Reads a constraint on Python.
fn constraint(text: &str) -> Result<Constraint, <Constraint as FromStr>::Err> {
    match Constraint::from_str(text) {
        // A bare `3.13` is every 3.13 for a Python, though it is but one version for a package.
        Ok(_) if Version::from_str(text).is_ok_and(|version| version.release().len() < 3) => {
            Constraint::from_str(&format!("~{text}"))
        }
        constraint => constraint,
    }
}

/// Says versions in a sentence: `3.13.5 or 3.14.0`.
fn versions(releases: &[Release]) -> String {
    releases.iter().map(|release| release.version.to_string()).collect::<Vec<_>>().join(" or ")
}
