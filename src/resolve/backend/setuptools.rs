//! setuptools: what `[tool.setuptools]` names, else what it finds (setuptools/config/pyprojecttoml.py,
//! setuptools/discovery.py).
use toml_edit::Item;

use super::{Part, Project, part};
use crate::document::strings;
use crate::entry_point::is_identifier;
use crate::tree::Kind;
use permafreeze_base::path::join;

/// Folders that setuptools does not take for packages (setuptools/discovery.py, `FlatLayoutPackageFinder`).
const NO_PACKAGES: [&str; 26] = [
    "ci",
    "bin",
    "debian",
    "doc",
    "docs",
    "documentation",
    "manpages",
    "news",
    "newsfragments",
    "changelog",
    "test",
    "tests",
    "unit_test",
    "unit_tests",
    "example",
    "examples",
    "scripts",
    "tools",
    "util",
    "utils",
    "python",
    "build",
    "benchmark",
    "benchmarks",
    "exercise",
    "exercises",
];

/// Returns what setuptools packages of a project.
pub(super) fn parts(project: &Project<'_>) -> Vec<Part> {
    let get = |key: &str| project.file.get(&["tool", "setuptools", key]);
    let folders = get("package-dir").and_then(Item::as_table_like);
    let folder_of = |package: &str| folders.and_then(|table| table.get(package)?.as_str());
    let base = folder_of("").unwrap_or(".");
    let modules = strings(get("py-modules")).into_iter().map(|module| format!("{module}.py"));
    let mut parts: Vec<Part> = modules.map(|file| part(&join(base, &file), &file)).collect();
    let listed = strings(get("packages"));
    let is_list = get("packages").is_some_and(Item::is_array);
    if !is_list && (parts.is_empty() || get("packages").is_some()) {
        parts.extend(found(project, base));
    }
    // A package is packaged with those in it.
    let is_top = |package: &&String| !listed.iter().any(|other| package.starts_with(&format!("{other}.")));
    parts.extend(listed.iter().filter(is_top).map(|package| {
        let path = package.replace('.', "/");
        let from = folder_of(package).map_or_else(|| join(base, &path), |folder| join(".", folder));
        part(&from, &path)
    }));
    parts
}

/// Returns the packages and the module that are found: where `packages.find` looks, else in `base` or `src`, else here.
fn found(project: &Project<'_>, base: &str) -> Vec<Part> {
    let find = project.file.get(&["tool", "setuptools", "packages", "find"]);
    let list = |key: &str| strings(find.and_then(|find| find.get(key)));
    let (include, exclude) = (list("include"), list("exclude"));
    let is_wanted = |name: &String| {
        is_identifier(name)
            && (include.is_empty() || include.iter().any(|pattern| fits(pattern, name)))
            && !exclude.iter().any(|pattern| fits(pattern, name))
    };
    let mut parts = Vec::new();
    for place in places(project, base, list("where"), find.is_some()) {
        let is_top = join(".", &place) == "." && include.is_empty();
        let is_package = |name: &String| {
            let code = join(&place, &format!("{name}/__init__.py"));
            !is_top || (!NO_PACKAGES.contains(&name.as_str()) && project.kind(&code).is_some())
        };
        let names = project.tree.folders(&join(project.folder, &place)).into_iter();
        let names = names.filter(|name| is_wanted(name) && is_package(name));
        parts.extend(names.map(|name| part(&join(&place, &name), &name)));
        let file = format!("{}.py", project.module);
        if project.kind(&join(&place, &file)).is_some() {
            parts.push(part(&join(&place, &file), &file));
        }
    }
    parts
}

fn places(project: &Project<'_>, base: &str, said: Vec<String>, is_find: bool) -> Vec<String> {
    if !said.is_empty() {
        return said;
    }
    let has_src = project.kind("src") == Some(Kind::Folder) && !is_find;
    vec![if base == "." && has_src { "src" } else { base }.to_owned()]
}

/// Returns whether a pattern of packages (`app`, `app*`, `app.*`) has a package at the top.
fn fits(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start.trim_end_matches('.')),
        None => pattern == name,
    }
}
