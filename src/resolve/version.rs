//! The version of a project that leaves it to its build backend (PEP 621 `dynamic`), where files of the project say it.
use std::str::FromStr;

use permafreeze_packaging::Version;
use toml_edit::Item;

use crate::document::{TomlFile, strings};
use crate::pyproject::PyProject;
use crate::tree::Tree;
use permafreeze_base::path::join;

/// Names that are assigned a version.
const NAMES: [&str; 2] = ["__version__", "VERSION"];
/// The version of a project of which nothing says one.
pub const UNKNOWN: &str = "0.0.0";
/// Folders that modules are in.
const BASES: [&str; 2] = [".", "src"];

/// Returns the project in `folder` with its version, if it is dynamic: what `version` in `[tool.permafreeze]` says; else
/// what a file says that hatchling, setuptools, flit or pdm-backend reads; else a fallback that the project gives to what
/// reads it from git; else, of the project itself, what git says, and [`UNKNOWN`] where it says nothing. A path dependency has
/// the version that is locked.
#[must_use]
pub fn with_version(tree: &dyn Tree, folder: &str, file: &TomlFile, mut pyproject: PyProject) -> PyProject {
    let Some(mut project) = pyproject.project.clone() else { return pyproject };
    if pyproject.version().is_some() || !pyproject.has_dynamic_version() {
        return pyproject;
    }
    let said = pyproject.tool.permafreeze.version.clone();
    let of_git = || (folder == ".").then(|| tree.version_of_repository().unwrap_or_else(|| UNKNOWN.to_owned()));
    project.version = said.or_else(|| Source { tree, folder, file }.version(&pyproject)).or_else(of_git);
    pyproject.project = Some(project);
    pyproject
}

/// Returns the version that a tag names (`v1.2`, `name-1.2`, `releases/1.2`), as setuptools-scm reads it.
pub fn of_tag(tag: &str) -> Option<String> {
    let tag = tag.rsplit('/').next().unwrap_or(tag);
    let starts = std::iter::once(0).chain(tag.match_indices('-').map(|(at, _)| at + 1));
    starts.map(|start| tag[start..].trim_start_matches(['v', 'V'])).find_map(|text| {
        let is_version = text.starts_with(|first: char| first.is_ascii_digit());
        Version::from_str(text).ok().filter(|_| is_version).map(|version| version.to_string())
    })
}

struct Source<'a> {
    tree: &'a dyn Tree,
    folder: &'a str,
    file: &'a TomlFile,
}

impl Source<'_> {
    fn version(&self, pyproject: &PyProject) -> Option<String> {
        let backend = pyproject.build_backend().unwrap_or_default();
        let found = match backend.split(['.', ':']).next().unwrap_or_default() {
            "hatchling" => self.assigned(&["tool", "hatch", "version", "path"]),
            "setuptools" | "" => self.of_setuptools(),
            "flit_core" => self.flit_module(pyproject).and_then(|module| self.of_module(&module, NAMES[0])),
            "pdm" => self.assigned(&["tool", "pdm", "version", "path"]),
            _ => None,
        };
        found.or_else(|| self.fallback())
    }

    /// Returns what tools take that read the version from git, where there is no repository.
    fn fallback(&self) -> Option<String> {
        let keys: [&[&str]; 5] = [
            &["tool", "uv-dynamic-versioning", "fallback-version"],
            &["tool", "hatch", "version", "fallback-version"],
            &["tool", "hatch", "version", "raw-options", "fallback_version"],
            &["tool", "setuptools_scm", "fallback_version"],
            &["tool", "pdm", "version", "fallback_version"],
        ];
        keys.iter().find_map(|keys| self.text(keys)).map(str::to_owned)
    }

    fn of_setuptools(&self) -> Option<String> {
        let version = ["tool", "setuptools", "dynamic", "version"];
        let of = |key| self.file.get(&[version[0], version[1], version[2], version[3], key]);
        if let Some((module, name)) = of("attr").and_then(Item::as_str).and_then(|attr| attr.rsplit_once('.')) {
            return self.of_module(module, name);
        }
        let files = of("file")?;
        let path = files.as_str().map_or_else(|| strings(Some(files)).into_iter().next(), |path| Some(path.to_owned()));
        let text = self.tree.read(&join(self.folder, &path?)).ok()??;
        Some(text.trim().to_owned()).filter(|version| !version.is_empty())
    }

    fn flit_module(&self, pyproject: &PyProject) -> Option<String> {
        let named = self.text(&["tool", "flit", "module", "name"]).map(str::to_owned);
        named.or_else(|| Some(pyproject.name()?.replace('-', "_")))
    }

    fn of_module(&self, module: &str, name: &str) -> Option<String> {
        let path = module.replace('.', "/");
        let own = self.text(&["tool", "setuptools", "package-dir", ""]);
        let bases = own.into_iter().chain(BASES);
        let mut files =
            bases.flat_map(|base| [format!("{path}/__init__.py"), format!("{path}.py")].map(|file| join(base, &file)));
        files.find_map(|file| assigned(&self.tree.read(&join(self.folder, &file)).ok()??, &[name]))
    }

    /// Returns the version that the file has of which a key says the path.
    fn assigned(&self, key: &[&str]) -> Option<String> {
        assigned(&self.tree.read(&join(self.folder, self.text(key)?)).ok()??, &NAMES)
    }

    fn text(&self, keys: &[&str]) -> Option<&str> {
        self.file.get(keys).and_then(Item::as_str)
    }
}

/// Returns the string that a line of a module assigns to one of `names`: `__version__: str = "v1.0"`.
fn assigned(text: &str, names: &[&str]) -> Option<String> {
    text.lines().find_map(|line| {
        let rest = names.iter().find_map(|name| line.strip_prefix(name))?.trim_start();
        let rest =
            rest.strip_prefix(':').map_or(rest, |typed| typed.trim_start().trim_start_matches("str").trim_start());
        let value = rest.strip_prefix('=')?.trim_start();
        let quote = value.chars().next().filter(|quote| ['"', '\''].contains(quote))?;
        let version = value[1..].split(quote).next()?.trim_start_matches('v');
        (!version.is_empty()).then(|| version.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_read_as_setuptools_scm_reads_it() {
        for (tag, version) in [
            ("v1.2.3", Some("1.2.3")),
            ("1.2rc1", Some("1.2rc1")),
            ("app-v1.2", Some("1.2")),
            ("my-app-2.0.0", Some("2.0.0")),
            ("releases/V3", Some("3")),
            ("latest", None),
            ("v", None),
            ("", None),
        ] {
            assert_eq!(of_tag(tag).as_deref(), version, "{tag}");
        }
    }

    #[test]
    fn an_assignment_of_a_string_is_read() {
        for (line, version) in [
            ("__version__ = \"1.2\"", Some("1.2")),
            ("__version__: str = 'v1.2'  # x", Some("1.2")),
            ("VERSION=\"3\"", Some("3")),
            ("__version__ = version(\"a\")", None),
            ("__version_info__ = \"1\"", None),
            ("  __version__ = \"1\"", None),
            ("__version__ == \"1\"", None),
            ("__version__ = \"\"", None),
        ] {
            assert_eq!(assigned(&format!("import x\n{line}\n"), &NAMES).as_deref(), version, "{line}");
        }
    }
}
