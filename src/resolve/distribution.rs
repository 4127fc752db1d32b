//! What the `.dist-info` of a source tree says: METADATA (core metadata 2.1) and entry_points.txt.
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::str::FromStr;

use permafreeze_packaging::Version;
use permafreeze_packaging::constraint::Constraint;
use permafreeze_plan::plan::Distribution;

use crate::document::TomlFile;
use crate::error::Error;
use crate::groups::Groups;
use crate::pyproject::{PyProject, Script};

/// The minor versions of Python 3 that a constraint with gaps is spelled out for.
const MINORS: std::ops::RangeInclusive<u32> = 0..=20;
/// Patch versions of which one is looked for.
const PATCHES: u32 = 40;

/// Returns the distribution of a project; `fallback_version` is what the lock file says of a path dependency.
///
/// # Errors
/// If there is no name or version, or one that is none.
pub fn distribution(
    file: &TomlFile,
    pyproject: &PyProject,
    groups: &Groups,
    fallback_version: Option<&str>,
) -> Result<Distribution, Error> {
    let absent = |key: &str| Error::Layout {
        file: file.name.clone(),
        problem: format!("it has neither `project.{key}` nor `tool.poetry.{key}`"),
        hint: format!("write `{key} = \"…\"`, or `package-mode = false` in `[tool.poetry]` if it is plain scripts"),
    };
    let name = pyproject.name().ok_or_else(|| absent("name"))?;
    let written = pyproject.version().or(fallback_version).ok_or_else(|| absent("version"))?;
    let version = Version::from_str(written).map_err(|error| file.wrong("version", written, error.to_string()))?;
    let mut metadata = format!(
        "Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nSummary: {}\n",
        pyproject.description().lines().collect::<Vec<_>>().join(" ")
    );
    if let Some(requires_python) = requires_python(pyproject) {
        let _ = writeln!(metadata, "Requires-Python: {requires_python}");
    }
    for extra in &groups.extras {
        let _ = writeln!(metadata, "Provides-Extra: {extra}");
    }
    let requires: BTreeSet<String> = groups
        .requires_dist
        .iter()
        .filter(|dependency| !dependency.optional || !dependency.in_extras.is_empty() || dependency.marker.has_extra())
        .map(crate::dependency::Dependency::to_pep508)
        .collect();
    for requirement in requires {
        let _ = writeln!(metadata, "Requires-Dist: {requirement}");
    }
    Ok(Distribution {
        name: name.to_owned(),
        version: version.to_string(),
        metadata,
        entry_points: entry_points(pyproject),
    })
}

fn requires_python(pyproject: &PyProject) -> Option<String> {
    let (key, text) = pyproject.python()?;
    if key.starts_with("project.") {
        return Some(text.to_owned());
    }
    let constraint = Constraint::from_str(text).ok()?;
    if constraint.is_any() {
        return None;
    }
    match &constraint.alternatives()[..] {
        [specifiers] => match Version::from_str(text) {
            // Poetry: a bare `3.13` means every 3.13.
            Ok(version) if version.release().len() < 3 => {
                Constraint::from_str(&format!("~{version}")).ok().map(|tilde| tilde.to_string())
            }
            _ => Some(specifiers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")),
        },
        _ => Some(spelled_out(&constraint)),
    }
}

/// Core metadata has no "or": names the lowest minor version that does, and those that do not.
fn spelled_out(constraint: &Constraint) -> String {
    let allowed = |minor: u32| {
        (0..PATCHES).any(|patch| constraint.contains(&Version::new([3, u64::from(minor), u64::from(patch)])))
    };
    let Some(lowest) = MINORS.clone().find(|minor| allowed(*minor)) else { return constraint.to_string() };
    let mut text = format!(">=3.{lowest}");
    for minor in MINORS.filter(|minor| *minor > lowest && !allowed(*minor)) {
        let _ = write!(text, ",!=3.{minor}.*");
    }
    text
}

/// Returns the text of entry_points.txt, as poetry-core writes it.
fn entry_points(pyproject: &PyProject) -> String {
    let project = pyproject.project.clone().unwrap_or_default();
    let poetry = &pyproject.tool.poetry;
    let pairs = |scripts: &BTreeMap<String, String>| -> Vec<(String, String)> {
        scripts.iter().map(|(name, reference)| (name.clone(), reference.clone())).collect()
    };
    let mut all: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    let console = if project.scripts.is_empty() { console_scripts(&poetry.scripts) } else { pairs(&project.scripts) };
    all.insert("console_scripts".to_owned(), console);
    all.insert("gui_scripts".to_owned(), pairs(&project.gui_scripts));
    let others = if project.entry_points.is_empty() { &poetry.plugins } else { &project.entry_points };
    for (group, scripts) in others {
        all.insert(group.clone(), pairs(scripts));
    }
    let mut text = String::new();
    for (group, scripts) in all.iter().filter(|(_, scripts)| !scripts.is_empty()) {
        let _ = writeln!(text, "[{group}]");
        for (name, reference) in scripts {
            let _ = writeln!(text, "{}={}", name.replace(' ', ""), reference.replace(' ', ""));
        }
        text.push('\n');
    }
    text
}

fn console_scripts(scripts: &BTreeMap<String, Script>) -> Vec<(String, String)> {
    let references = scripts.iter().filter_map(|(name, script)| match script {
        Script::Reference(reference) => Some((name.clone(), reference.clone())),
        Script::Table { reference, kind } => (kind == "console").then(|| (name.clone(), reference.clone())),
    });
    references.collect()
}
