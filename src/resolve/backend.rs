//! What the build backends package that are not Poetry's: hatchling, uv_build, setuptools, flit and pdm-backend. Each has
//! rules of its own for where the modules of a project are.
use std::collections::BTreeSet;

use permafreeze_base::path::join;
use permafreeze_packaging::name::Name;
use toml_edit::Item;

use crate::document::{TomlFile, strings};
use crate::pyproject::PyProject;
use crate::tree::{Kind, Tree};

mod setuptools;

/// A file or folder of the project, and where it goes below site-packages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The path in the project.
    pub from: String,
    /// The path below site-packages.
    pub to: String,
}

/// What a backend packages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packaged {
    /// The files and folders; none if none were found.
    pub parts: Vec<Part>,
    /// Patterns of what is left out, relative to the project.
    pub exclude: Vec<String>,
    /// Whether the project says that there are none.
    pub says_none: bool,
    /// Where the backend reads what is packaged, for a hint.
    pub option: &'static str,
}

/// Returns what the backend of the project in `folder` packages; `None` if Poetry's rules hold.
pub fn packaged(
    tree: &dyn Tree,
    folder: &str,
    file: &TomlFile,
    pyproject: &PyProject,
    name: &Name,
) -> Option<Packaged> {
    if !pyproject.tool.poetry.packages.is_empty() {
        return None;
    }
    let backend = pyproject.build_backend()?;
    let project = Project { tree, folder, file, module: name.module() };
    let (parts, option) = match backend.split(['.', ':']).next().unwrap_or_default() {
        "hatchling" => (project.of_hatch(), "`packages = [\"…\"]` in `[tool.hatch.build.targets.wheel]`"),
        "uv_build" => (project.of_uv(), "`module-name` and `module-root` in `[tool.uv.build-backend]`"),
        "setuptools" => (setuptools::parts(&project), "`packages = [\"…\"]` in `[tool.setuptools]`"),
        "flit_core" => (project.of_flit(), "`name` in `[tool.flit.module]`"),
        "pdm" => (project.of_pdm(), "`includes = [\"…\"]` in `[tool.pdm.build]`"),
        _ => return None,
    };
    Some(Packaged { parts, exclude: project.exclude(), says_none: project.says_none(), option })
}

struct Project<'a> {
    tree: &'a dyn Tree,
    folder: &'a str,
    file: &'a TomlFile,
    /// The name of the import package that is looked for.
    module: String,
}

impl Project<'_> {
    /// hatchling/builders/wheel.py: `packages`, else `only-include`, else the package of the project's name.
    fn of_hatch(&self) -> Vec<Part> {
        let keys: [&[&str]; 2] = [&["tool", "hatch", "build", "targets", "wheel"], &["tool", "hatch", "build"]];
        let list = |name: &str| {
            let of = |keys: &&[&str]| Some(strings(self.file.get(keys)?.get(name))).filter(|list| !list.is_empty());
            keys.iter().find_map(of).unwrap_or_default()
        };
        let sources = self.hatch_sources(&keys);
        let moved = |path: &str| {
            let to = |(source, to): &(String, String)| Some(join(to, crate::tree::below(source, path)?));
            sources.iter().find_map(to)
        };
        let shortened = |path: &str| moved(path).unwrap_or_else(|| path.to_owned());
        let package = |path: &String| match moved(&join(".", path)) {
            Some(to) => part(path, &to),
            None => packaged_alone(path),
        };
        let mut parts: Vec<Part> = list("packages").iter().map(package).collect();
        if parts.is_empty() {
            parts = list("only-include").iter().map(|path| part(path, &shortened(&join(".", path)))).collect();
        }
        if parts.is_empty() {
            parts = self.included(&list("include"), &shortened);
        }
        if parts.is_empty() {
            parts = self.module_at(&self.module, &[".", "src"]);
        }
        for keys in keys {
            let forced = self.file.get(keys).and_then(|table| table.get("force-include")).and_then(Item::as_table_like);
            for (from, to) in forced.into_iter().flat_map(|table| table.iter()) {
                parts.extend(to.as_str().map(|to| part(from, to)));
            }
        }
        parts
    }

    /// hatchling/builders/config.py, `sources`: the beginnings of paths, and what stands in their place; of a list, nothing.
    fn hatch_sources(&self, keys: &[&[&str]]) -> Vec<(String, String)> {
        let Some(sources) = keys.iter().find_map(|keys| self.file.get(keys)?.get("sources")) else { return Vec::new() };
        let listed = strings(Some(sources)).into_iter().map(|source| (source, String::new()));
        let table = sources.as_table_like().into_iter().flat_map(|table| table.iter());
        let mapped = table.filter_map(|(source, to)| Some((source.to_owned(), to.as_str()?.to_owned())));
        listed.chain(mapped).map(|(source, to)| (join(".", &source), join(".", &to))).collect()
    }

    /// The folders and files of patterns that have no wildcard but at their end: `app/**`, `/app`, `app/*.py`.
    fn included(&self, patterns: &[String], shortened: &dyn Fn(&str) -> String) -> Vec<Part> {
        let folders = patterns.iter().filter(|pattern| !pattern.starts_with('!')).map(|pattern| {
            let literal: Vec<&str> = pattern.split('/').take_while(|part| !part.contains(['*', '?', '['])).collect();
            join(".", &literal.join("/"))
        });
        let folders: BTreeSet<String> = folders.filter(|path| path != "." && self.kind(path).is_some()).collect();
        folders.iter().map(|path| part(path, &shortened(path))).collect()
    }

    /// uv_build: the modules that `module-name` names, in `module-root`.
    fn of_uv(&self) -> Vec<Part> {
        let (root, names) = crate::tool_uv::build_backend(self.file);
        let root = root.unwrap_or_else(|| "src".to_owned());
        let names = if names.is_empty() { vec![self.module.clone()] } else { names };
        let paths = names.iter().map(|name| name.replace('.', "/"));
        paths
            .filter(|path| self.kind(&join(&root, path)).is_some())
            .map(|path| part(&join(&root, &path), &path))
            .collect()
    }

    /// flit_core/common.py, `Module`: a package or a module, here or in `src`.
    fn of_flit(&self) -> Vec<Part> {
        let name = self.file.get(&["tool", "flit", "module", "name"]).and_then(Item::as_str);
        let path = name.map_or_else(|| self.module.clone(), |name| name.replace('.', "/"));
        self.module_at(&path, &[".", "src"])
    }

    /// pdm/backend/base.py: `includes`, else the packages in `package-dir`.
    fn of_pdm(&self) -> Vec<Part> {
        let get = |key: &str| self.file.get(&["tool", "pdm", "build", key]);
        let is_src = self.kind("src") == Some(Kind::Folder);
        let base = get("package-dir").and_then(Item::as_str).unwrap_or(if is_src { "src" } else { "." });
        let shortened = |path: &str| crate::tree::below(base, path).unwrap_or(path).to_owned();
        let parts = self.included(&strings(get("includes")), &shortened);
        if !parts.is_empty() {
            return parts;
        }
        let is_package = |name: &String| self.kind(&join(base, &format!("{name}/__init__.py"))).is_some();
        let names = self.tree.folders(&join(self.folder, base)).into_iter();
        let names = names.filter(|name| is_package(name) && !["tests", "test"].contains(&name.as_str()));
        let parts: Vec<Part> = names.map(|name| part(&join(base, &name), &name)).collect();
        if parts.is_empty() { self.module_at(&self.module, &[base]) } else { parts }
    }

    /// Returns the first package or module of a path that one of the folders has.
    fn module_at(&self, path: &str, bases: &[&str]) -> Vec<Part> {
        let places =
            bases.iter().flat_map(|base| [path.to_owned(), format!("{path}.py")].map(|path| (join(base, &path), path)));
        let is_there = |(from, to): &(String, String)| match self.kind(from) {
            Some(Kind::File) => to.ends_with(".py"),
            kind => kind.is_some(),
        };
        places.into_iter().find(is_there).map(|(from, to)| part(&from, &to)).into_iter().collect()
    }

    /// Whether the project is a distribution of requirements alone: `bypass-selection` of hatchling, `packages = []` of
    /// setuptools.
    fn says_none(&self) -> bool {
        let bypasses = self.file.get(&["tool", "hatch", "build", "targets", "wheel", "bypass-selection"]);
        let listed = self.file.get(&["tool", "setuptools", "packages"]).and_then(Item::as_array);
        bypasses.and_then(Item::as_bool) == Some(true) || listed.is_some_and(toml_edit::Array::is_empty)
    }

    /// What hatchling and pdm-backend leave out.
    fn exclude(&self) -> Vec<String> {
        let keys: [&[&str]; 3] = [
            &["tool", "hatch", "build", "targets", "wheel", "exclude"],
            &["tool", "hatch", "build", "exclude"],
            &["tool", "pdm", "build", "excludes"],
        ];
        let all = keys.iter().flat_map(|keys| strings(self.file.get(keys)));
        all.map(|pattern| pattern.trim_start_matches('/').to_owned()).collect()
    }

    fn kind(&self, path: &str) -> Option<Kind> {
        self.tree.kind(&join(self.folder, path))
    }
}

fn part(from: &str, to: &str) -> Part {
    Part { from: join(".", from), to: join(".", to) }
}

/// A package of hatchling: the folders that it lies in are no part of it.
fn packaged_alone(path: &str) -> Part {
    let path = join(".", path);
    let name = path.rsplit('/').next().unwrap_or(&path).to_owned();
    part(&path, &name)
}
