//! The hashes of a project's own lock, whatever else is in it: a plan that has others was not made from it.
use std::collections::BTreeSet;

use toml_edit::{Item, Table, Value};

use crate::document::TomlFile;

/// Returns the sha256 (lower-case hex) of every file that `poetry.lock` has, and of those that `wheels` in
/// `[tool.permafreeze]` brings. What has not the form of a lock is passed over: `nix/locked.nix` does the same.
pub fn hashes(lock: &TomlFile, pyproject: Option<&TomlFile>) -> BTreeSet<String> {
    let packages = lock.get(&["package"]).and_then(Item::as_array_of_tables).into_iter().flatten();
    let own = packages.filter_map(|package| package.get("files")?.as_array());
    // Poetry before 1.5 has the files of all packages in one table.
    let together = lock.get(&["metadata", "files"]).and_then(Item::as_table_like);
    let together = together.into_iter().flat_map(|table| table.iter()).filter_map(|(_, files)| files.as_array());
    let files = own.chain(together).flat_map(|files| files.iter());
    let locked = files.filter_map(|file| text(file, "hash")?.strip_prefix("sha256:").map(str::to_owned));
    let wheels = pyproject.and_then(|file| file.get(&["tool", "permafreeze", "wheels"]));
    locked.chain(wheels.map(brought).unwrap_or_default()).collect()
}

/// Returns the commits of git repositories that `poetry.lock` has. A commit's id is a hash of its tree.
pub fn commits(lock: &TomlFile) -> BTreeSet<String> {
    let packages = lock.get(&["package"]).and_then(Item::as_array_of_tables).into_iter().flatten();
    let commit = |package: &Table| Some(package.get("source")?.get("resolved_reference")?.as_str()?.to_lowercase());
    packages.filter_map(commit).collect()
}

fn brought(wheels: &Item) -> Vec<String> {
    let of_table = |table: &Table| table.get("sha256").and_then(Item::as_str).map(str::to_lowercase);
    if let Some(tables) = wheels.as_array_of_tables() {
        return tables.iter().filter_map(of_table).collect();
    }
    let values = wheels.as_array().into_iter().flat_map(|array| array.iter());
    values.filter_map(|value| text(value, "sha256").map(str::to_lowercase)).collect()
}

fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.as_inline_table()?.get(key)?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(lock: &str, pyproject: &str) -> Vec<String> {
        let parse = |text: &str| TomlFile::parse("x.toml".to_owned(), text.to_owned()).expect("TOML");
        hashes(&parse(lock), Some(&parse(pyproject))).into_iter().collect()
    }

    #[test]
    fn hashes_of_every_form_are_found() {
        let lock = "[[package]]\nname = \"a\"\nfiles = [{ file = \"a.whl\", hash = \"sha256:aa\" }, { hash = \"md5:x\" }]\n\
                    [[package]]\nname = \"b\"\n[metadata.files]\nc = [{ file = \"c.whl\", hash = \"sha256:cc\" }]\n";
        assert_eq!(of(lock, ""), ["aa", "cc"]);
        let inline = "[tool.permafreeze]\nwheels = [{ file = \"d.whl\", sha256 = \"DD\" }]\n";
        assert_eq!(of("", inline), ["dd"]);
        let tables = "[[tool.permafreeze.wheels]]\nfile = \"d.whl\"\nsha256 = \"dd\"\n";
        assert_eq!(of("", tables), ["dd"]);
        assert!(of("package = 1\nmetadata = 2", "tool = 3").is_empty());
    }

    #[test]
    fn commits_are_found() {
        let lock = "[[package]]\nname = \"a\"\n[package.source]\nresolved_reference = \"AB\"\n[[package]]\nname = \"b\"\n\
                    [package.source]\nurl = \"x\"\n[[package]]\nname = \"c\"\nsource = 1\n";
        let file = TomlFile::parse("x.toml".to_owned(), lock.to_owned()).expect("TOML");
        assert_eq!(commits(&file).into_iter().collect::<Vec<_>>(), ["ab"]);
    }
}
