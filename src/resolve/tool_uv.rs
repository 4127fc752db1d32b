//! `[tool.uv]` of pyproject.toml: what of it decides the lock and the application. What has another form than uv's is
//! passed over: it is uv's matter.
use std::collections::BTreeMap;

use permafreeze_packaging::name::Name;
use toml_edit::{Item, TableLike};

use crate::document::{TomlFile, strings, tables};

/// A source of a requirement (`[tool.uv.sources]`) that the lock repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A git repository: its URL, and what names the commit.
    Git(String, Option<String>),
    /// A file by its URL.
    Url(String),
    /// A path, a member of the workspace, an index.
    Other,
}

/// Returns whether the project is a distribution, if `package` says it.
pub fn package(file: &TomlFile) -> Option<bool> {
    get(file, "package")?.as_bool()
}

/// Returns `dev-dependencies`: requirements of the group `dev`, as uv had them before PEP 735.
pub fn dev_dependencies(file: &TomlFile) -> Vec<String> {
    strings(get(file, "dev-dependencies"))
}

/// Returns the requirements that replace those of packages (`override-dependencies`).
pub fn overrides(file: &TomlFile) -> Vec<String> {
    strings(get(file, "override-dependencies"))
}

/// Returns what limits versions (`constraint-dependencies`).
pub fn constraints(file: &TomlFile) -> Vec<String> {
    strings(get(file, "constraint-dependencies"))
}

/// Returns the URLs of the indexes that the project names.
pub fn index_urls(file: &TomlFile) -> Vec<String> {
    let named = tables(get(file, "index")).into_iter().filter_map(|table| text(table, "url"));
    let old = ["index-url"].iter().filter_map(|key| get(file, key)?.as_str()).map(str::to_owned);
    named.chain(old).chain(strings(get(file, "extra-index-url"))).collect()
}

/// Returns the pages that list files (`find-links`, and indexes with `format = "flat"`).
pub fn find_links(file: &TomlFile) -> Vec<String> {
    let flat = tables(get(file, "index")).into_iter();
    let flat = flat.filter(|table| text(*table, "format").as_deref() == Some("flat"));
    flat.filter_map(|table| text(table, "url")).chain(strings(get(file, "find-links"))).collect()
}

/// Returns the sources of requirements, by name; several where they have markers.
pub fn sources(file: &TomlFile) -> BTreeMap<Name, Vec<Source>> {
    let table = get(file, "sources").and_then(Item::as_table_like);
    let each = table.into_iter().flat_map(|table| table.iter());
    each.map(|(name, item)| {
        let one = item.as_table_like().map(|table| vec![source(table)]);
        (Name::new(name), one.unwrap_or_else(|| tables(Some(item)).into_iter().map(source).collect()))
    })
    .collect()
}

fn source(table: &dyn TableLike) -> Source {
    if let Some(git) = text(table, "git") {
        return Source::Git(git, ["rev", "tag", "branch"].iter().find_map(|key| text(table, key)));
    }
    text(table, "url").map_or(Source::Other, Source::Url)
}

/// Returns the folder that the modules of `uv_build` lie in, and their dotted names, if they are said.
pub fn build_backend(file: &TomlFile) -> (Option<String>, Vec<String>) {
    let at = |key: &str| file.get(&["tool", "uv", "build-backend", key]);
    let names = match at("module-name") {
        Some(item) if item.is_str() => item.as_str().map(str::to_owned).into_iter().collect(),
        item => strings(item),
    };
    (at("module-root").and_then(Item::as_str).map(str::to_owned), names)
}

fn get<'f>(file: &'f TomlFile, key: &str) -> Option<&'f Item> {
    file.get(&["tool", "uv", key])
}

fn text(table: &dyn TableLike, key: &str) -> Option<String> {
    table.get(key)?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> TomlFile {
        TomlFile::parse("pyproject.toml".to_owned(), text.to_owned()).expect("TOML")
    }

    #[test]
    fn both_forms_of_lists_are_read() {
        let file = file(
            "[[tool.uv.index]]\nname = \"a\"\nurl = \"https://a/simple\"\n[tool.uv]\nextra-index-url = [\"https://b\"]\n\
             [tool.uv.sources]\nx = { git = \"https://h/x\", tag = \"v1\" }\n\
             y = [{ index = \"a\", marker = \"os_name == 'nt'\" }, { url = \"https://h/y.whl\" }]\n",
        );
        assert_eq!(index_urls(&file), ["https://a/simple", "https://b"]);
        let sources = sources(&file);
        assert_eq!(sources[&Name::new("x")], [Source::Git("https://h/x".to_owned(), Some("v1".to_owned()))]);
        assert_eq!(sources[&Name::new("y")], [Source::Other, Source::Url("https://h/y.whl".to_owned())]);
        let inline =
            self::file("[tool.uv]\nindex = [{ url = \"https://c\", format = \"flat\" }]\nfind-links = [\"d\"]\n");
        assert_eq!(
            (index_urls(&inline), find_links(&inline)),
            (vec!["https://c".to_owned()], vec!["https://c".to_owned(), "d".to_owned()])
        );
    }

    #[test]
    fn what_has_another_form_is_passed_over() {
        let file = file("[tool.uv]\npackage = \"no\"\nindex = 1\nsources = [1]\ndev-dependencies = \"x\"\n");
        assert_eq!(package(&file), None);
        assert!(index_urls(&file).is_empty() && sources(&file).is_empty() && dev_dependencies(&file).is_empty());
        assert_eq!(build_backend(&self::file("tool = 1")), (None, Vec::new()));
    }
}
