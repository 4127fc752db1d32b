//! The hashes of a project's own lock, whatever else is in it: a plan that has others was not made from it.
use std::collections::BTreeSet;

use toml_edit::{Item, TableLike};

use crate::document::{TomlFile, tables};

/// Returns the sha256 (lower-case hex) of every file that a lock file has, and of those that `wheels` in
/// `[tool.permafreeze]` brings. What has not the form of a lock is passed over: `nix/locked.nix` does the same.
pub fn hashes(lock: &TomlFile, pyproject: Option<&TomlFile>) -> BTreeSet<String> {
    let packages = tables(lock.get(&["package"])).into_iter();
    let poetrys = packages.clone().flat_map(|package| tables(package.get("files")));
    let uvs = packages.flat_map(|package| tables(package.get("wheels")).into_iter().chain(table(package, "sdist")));
    // Poetry before 1.5 has the files of all packages in one table.
    let together = lock.get(&["metadata", "files"]).and_then(Item::as_table_like);
    let together = together.into_iter().flat_map(|table| table.iter()).flat_map(|(_, files)| tables(Some(files)));
    let prefixed = poetrys.chain(uvs).chain(together).filter_map(|file| text(file, "hash"));
    let prefixed = prefixed.filter_map(|hash| hash.strip_prefix("sha256:").map(str::to_owned));
    let standard = tables(lock.get(&["packages"])).into_iter().flat_map(|package| {
        let one = ["sdist", "archive"].into_iter().filter_map(move |key| table(package, key));
        tables(package.get("wheels")).into_iter().chain(one)
    });
    let standard = standard.filter_map(|file| text(table(file, "hashes")?, "sha256")).map(str::to_lowercase);
    let wheels = pyproject.and_then(|file| file.get(&["tool", "permafreeze", "wheels"]));
    let brought = tables(wheels).into_iter().filter_map(|wheel| text(wheel, "sha256")).map(str::to_lowercase);
    prefixed.chain(standard).chain(brought).collect()
}

/// Returns the commits of git repositories that a lock file has, lower-case hex. A commit's id is a hash of its tree.
pub fn commits(lock: &TomlFile) -> BTreeSet<String> {
    let sources = tables(lock.get(&["package"])).into_iter().filter_map(|package| table(package, "source"));
    let of_source = |source: &dyn TableLike| {
        let uvs = || text(source, "git")?.split_once('#').map(|(_, commit)| commit);
        text(source, "resolved_reference").or_else(uvs).map(str::to_lowercase)
    };
    let standard = tables(lock.get(&["packages"])).into_iter();
    let standard = standard.filter_map(|package| text(table(package, "vcs")?, "commit-id")).map(str::to_lowercase);
    sources.filter_map(of_source).chain(standard).collect()
}

fn table<'t>(table: &'t dyn TableLike, key: &str) -> Option<&'t dyn TableLike> {
    table.get(key)?.as_table_like()
}

fn text<'t>(table: &'t dyn TableLike, key: &str) -> Option<&'t str> {
    table.get(key)?.as_str()
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
        let uv = "[[package]]\nsdist = { url = \"u\", hash = \"sha256:01\" }\n\
                  wheels = [{ url = \"u\", hash = \"sha256:02\" }, { url = \"u\" }]\n[[package]]\nsource = { virtual = \".\" }\n";
        assert_eq!(of(uv, ""), ["01", "02"]);
        let standard = "[[packages]]\nsdist = { hashes = { sha256 = \"0A\", md5 = \"x\" } }\n[[packages.wheels]]\n\
                        hashes = { sha256 = \"0b\" }\n[[packages]]\nwheels = [{ hashes = { sha256 = \"0c\" } }]\n\
                        [packages.archive.hashes]\nsha256 = \"0d\"\n";
        assert_eq!(of(standard, ""), ["0a", "0b", "0c", "0d"]);
        assert!(of("packages = 1\npackage = [1, { wheels = 2, sdist = 3 }]", "").is_empty());
        assert!(of("package = 1\nmetadata = 2", "tool = 3").is_empty());
    }

    #[test]
    fn commits_are_found() {
        let lock = "[[package]]\nname = \"a\"\n[package.source]\nresolved_reference = \"AB\"\n[[package]]\nname = \"b\"\n\
                    [package.source]\nurl = \"x\"\n[[package]]\nname = \"c\"\nsource = 1\n";
        let file = TomlFile::parse("x.toml".to_owned(), lock.to_owned()).expect("TOML");
        assert_eq!(commits(&file).into_iter().collect::<Vec<_>>(), ["ab"]);
        let lock =
            "[[package]]\nsource = { git = \"https://h/r?tag=v1#CD\" }\n[[packages]]\nvcs = { commit-id = \"EF\" }\n";
        let file = TomlFile::parse("x.toml".to_owned(), lock.to_owned()).expect("TOML");
        assert_eq!(commits(&file).into_iter().collect::<Vec<_>>(), ["cd", "ef"]);
    }
}
