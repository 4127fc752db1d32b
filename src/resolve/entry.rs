//! What the executable runs: a script of the project or a `.py` file.
use std::collections::BTreeMap;

use permafreeze_plan::plan::SourceContent;

use crate::document::TomlFile;
use crate::error::Error;
use crate::pyproject::{PyProject, Script};
use crate::tree::{Kind, Tree, below, join};

/// What is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryPoint {
    /// A `.py` file, by its path in the project.
    File(String),
    /// An object reference.
    Function {
        /// The module.
        module: String,
        /// The callable in it.
        function: String,
    },
}

const KEY: &str = "tool.permafreeze.entry";

/// Returns what the project's executable runs.
///
/// # Errors
/// If the project does not say it, or says what there is not.
pub fn entry_point(tree: &dyn Tree, file: &TomlFile, pyproject: &PyProject) -> Result<EntryPoint, Error> {
    let scripts = scripts(pyproject);
    let Some(entry) = &pyproject.tool.permafreeze.entry else {
        return only(file, &scripts);
    };
    let entry = entry.trim_start_matches("./");
    if let Some(point) = scripts.get(entry) {
        return check(tree, file, point.clone(), &format!("script `{entry}`"));
    }
    if let Some((module, function)) = entry.split_once(':') {
        return Ok(EntryPoint::Function { module: module.trim().to_owned(), function: function.trim().to_owned() });
    }
    if entry.ends_with(".py") {
        return check(tree, file, EntryPoint::File(join(".", entry)), &format!("`{KEY}`"));
    }
    let problem = format!("it is neither a `.py` file nor one of the project's scripts ({})", listed(&scripts));
    Err(file.wrong(KEY, entry, problem))
}

fn only(file: &TomlFile, scripts: &BTreeMap<String, EntryPoint>) -> Result<EntryPoint, Error> {
    let mut points = scripts.values();
    match (points.next(), points.next()) {
        (Some(point), None) => Ok(point.clone()),
        (None, _) => Err(Error::NoEntry {
            file: file.name.clone(),
            problem: "has no script to run".to_owned(),
            hint: "write `entry = \"FILE.py\"` in `[tool.permafreeze]`, or `[project.scripts]`".to_owned(),
        }),
        (Some(_), Some(_)) => Err(Error::NoEntry {
            file: file.name.clone(),
            problem: format!("has {} scripts: {}", scripts.len(), listed(scripts)),
            hint: "say which one is run with `entry = \"NAME\"` in `[tool.permafreeze]`".to_owned(),
        }),
    }
}

fn check(tree: &dyn Tree, file: &TomlFile, point: EntryPoint, what: &str) -> Result<EntryPoint, Error> {
    match &point {
        EntryPoint::File(path) if tree.kind(path) != Some(Kind::File) => Err(Error::NoEntry {
            file: file.name.clone(),
            problem: format!("names a file that does not exist: {what} is `{path}`"),
            hint: format!("correct the path: it is relative to the folder of `{}`", file.name),
        }),
        _ => Ok(point),
    }
}

fn scripts(pyproject: &PyProject) -> BTreeMap<String, EntryPoint> {
    let project = pyproject.project.as_ref().map(|project| &project.scripts).filter(|scripts| !scripts.is_empty());
    match project {
        Some(scripts) => scripts.iter().filter_map(|(name, text)| Some((name.clone(), reference(text)?))).collect(),
        None => pyproject
            .tool
            .poetry
            .scripts
            .iter()
            .filter_map(|(name, script)| {
                let point = match script {
                    Script::Reference(text) => reference(text)?,
                    Script::Table { reference, kind } if kind == "file" => EntryPoint::File(join(".", reference)),
                    Script::Table { reference: text, .. } => reference(text)?,
                };
                Some((name.clone(), point))
            })
            .collect(),
    }
}

/// Reads an object reference: `module:object.attribute [extras]`.
fn reference(text: &str) -> Option<EntryPoint> {
    let (module, function) = text.split('[').next()?.split_once(':')?;
    Some(EntryPoint::Function { module: module.trim().to_owned(), function: function.trim().to_owned() })
}

fn listed(scripts: &BTreeMap<String, EntryPoint>) -> String {
    if scripts.is_empty() {
        return "there are none".to_owned();
    }
    scripts.keys().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// Checks that the module of an entry point that is the project's own exists.
///
/// # Errors
/// If it does not.
pub fn check_module(tree: &dyn Tree, file: &TomlFile, contents: &[SourceContent], module: &str) -> Result<(), Error> {
    let path = module.replace('.', "/");
    let top = |path: &str| path.split(['/', '.']).next().map(str::to_owned);
    let own: Vec<&SourceContent> = contents.iter().filter(|content| top(&content.to) == top(&path)).collect();
    // A package of a dependency, or one that lies in a folder with other modules: link sees it.
    if own.is_empty() {
        return Ok(());
    }
    let mut looked_for = Vec::new();
    for place in [format!("{path}.py"), format!("{path}/__init__.py")] {
        for content in &own {
            let source = below(&content.to, &place).map(|relative| join(&content.from, relative));
            if source.as_deref().is_some_and(|source| tree.kind(source) == Some(Kind::File)) {
                return Ok(());
            }
            looked_for.push(format!("`{}`", source.unwrap_or_else(|| place.clone())));
        }
    }
    Err(Error::NoEntry {
        file: file.name.clone(),
        problem: format!("runs a module that does not exist: `{module}` (looked for {})", looked_for.join(", ")),
        hint: "correct the script's reference, or `packages` in `[tool.poetry]`".to_owned(),
    })
}
