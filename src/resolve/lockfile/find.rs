//! Which lock file a project has: the one that the option `lock` names; else `poetry.lock` or `uv.lock`, beside
//! pyproject.toml, else the `uv.lock` of the workspace, above it; else `pylock.toml`.
//!
//! `pylock.toml` beside another lock file is an export of it. `poetry.lock` and `uv.lock` are not: one of them is left from
//! before the project has changed its tool, and pyproject.toml tells which. Where it does not, the project says it.
use permafreeze_base::nearest::nearest;
use permafreeze_plan::lock_format::Format;
use toml_edit::Item;

use crate::document::TomlFile;
use crate::error::Error;
use crate::tree::{Kind, Tree};

const OPTION: &str = "tool.permafreeze.lock";

/// Where a lock file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its format.
    pub format: Format,
    /// Its path relative to the project's folder.
    pub path: String,
}

impl Found {
    fn beside(format: Format, path: &str) -> Found {
        Found { format, path: path.to_owned() }
    }

    /// Returns the folder that it lies in, relative to the project's.
    pub fn folder(&self) -> &str {
        self.path.rsplit_once('/').map_or(".", |(folder, _)| folder)
    }
}

/// Finds the lock file of a project; `option` is what `lock` in `[tool.permafreeze]` says.
///
/// # Errors
/// If there is none, there are several that could be it, or the option names none.
pub fn find(tree: &dyn Tree, pyproject: &TomlFile, option: Option<&str>) -> Result<Found, Error> {
    if let Some(name) = option {
        return named(tree, pyproject, name);
    }
    let is_there = |format: &Format| tree.kind(format.file()) == Some(Kind::File);
    let [poetry, uv, pylock] = Format::ALL.map(|format| is_there(&format));
    match (poetry, uv) {
        (true, true) => return one_of_two(pyproject).ok_or_else(|| several(pyproject)),
        (true, false) => return Ok(Found::beside(Format::Poetry, Format::Poetry.file())),
        (false, true) => return Ok(Found::beside(Format::Uv, Format::Uv.file())),
        (false, false) => {}
    }
    if !is_poetrys(pyproject)
        && let Some(path) = tree.above(Format::Uv.file())
    {
        return Ok(Found { format: Format::Uv, path });
    }
    if pylock { Ok(Found::beside(Format::Pylock, Format::Pylock.file())) } else { Err(none(tree, pyproject)) }
}

fn named(tree: &dyn Tree, pyproject: &TomlFile, name: &str) -> Result<Found, Error> {
    let names = Format::ALL.map(Format::file);
    let Some(format) = Format::of(name).filter(|_| !name.contains('/')) else {
        let meant = nearest(name, names).map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
        let problem = format!("expected `poetry.lock`, `uv.lock`, `pylock.toml` or `pylock.NAME.toml`{meant}");
        return Err(pyproject.wrong(OPTION, name, problem));
    };
    match (tree.kind(name), tree.above(name).filter(|_| format == Format::Uv)) {
        (Some(Kind::File), _) => Ok(Found::beside(format, name)),
        (_, Some(path)) => Ok(Found { format, path }),
        _ => Err(Error::Missing { file: tree.shown(name), hint: format.relock().to_owned() }),
    }
}

/// Returns the lock file of the only one of both tools that can install the project, or that it has a table for: uv reads
/// requirements in `[project]` alone.
fn one_of_two(pyproject: &TomlFile) -> Option<Found> {
    let has = |keys: &[&str]| pyproject.get(keys).is_some();
    let format = match (has(&["project"]), has(&["tool", "poetry"]), has(&["tool", "uv"])) {
        (false, true, _) => Format::Poetry,
        (true, false, true) if !is_poetrys(pyproject) => Format::Uv,
        _ => return None,
    };
    Some(Found::beside(format, format.file()))
}

fn several(pyproject: &TomlFile) -> Error {
    let [poetry, uv] = [Format::Poetry, Format::Uv].map(Format::file);
    Error::Layout {
        file: pyproject.name.clone(),
        problem: format!("both `{poetry}` and `{uv}` lie beside it, and nothing in it tells which one is used"),
        hint: format!(
            "say which one is the project's in `[tool.permafreeze]`: `lock = \"{poetry}\"` or `lock = \"{uv}\"`; or \
             delete the other one"
        ),
    }
}

/// Returns the error that there is no lock file: named is the one of the tool that the project uses.
fn none(tree: &dyn Tree, pyproject: &TomlFile) -> Error {
    let format = match (is_poetrys(pyproject), pyproject.get(&["tool", "uv"]).is_some()) {
        (true, _) => Format::Poetry,
        (false, true) => Format::Uv,
        (false, false) => {
            let names = Format::ALL.map(|format| format!("`{}`", format.file())).join(", ");
            return Error::Layout {
                file: pyproject.name.clone(),
                problem: format!("no lock file lies beside it: looked for {names}"),
                hint: "run `poetry lock` or `uv lock`".to_owned(),
            };
        }
    };
    Error::Missing { file: tree.shown(format.file()), hint: format.relock().to_owned() }
}

/// Returns whether the project is Poetry's by its pyproject.toml.
fn is_poetrys(pyproject: &TomlFile) -> bool {
    let backend = pyproject.get(&["build-system", "build-backend"]).and_then(Item::as_str);
    pyproject.get(&["tool", "poetry"]).is_some() || backend.is_some_and(|backend| backend.starts_with("poetry."))
}
