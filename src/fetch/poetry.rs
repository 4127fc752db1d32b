//! The indexes that a project names in pyproject.toml, for their credentials: the sources of Poetry
//! (`[[tool.poetry.source]]`) and the indexes of uv (`[[tool.uv.index]]`).
use toml_edit::{DocumentMut, Item, TableLike, Value};
use url::Url;

/// Returns the names and URLs of Poetry's sources. What is malformed is passed over: `permafreeze lock` reports it.
pub fn sources(pyproject: &str) -> Vec<(String, Url)> {
    named(pyproject, "poetry", "source")
}

/// Returns the names and URLs of uv's indexes.
pub fn uv_indexes(pyproject: &str) -> Vec<(String, Url)> {
    named(pyproject, "uv", "index")
}

fn named(pyproject: &str, tool: &str, key: &str) -> Vec<(String, Url)> {
    let Ok(document) = pyproject.parse::<DocumentMut>() else { return Vec::new() };
    let Some(list) = document.get("tool").and_then(|tools| tools.get(tool)?.get(key)) else { return Vec::new() };
    let tables = list.as_array_of_tables().into_iter().flatten().map(|table| table as &dyn TableLike);
    let inline = list.as_array().into_iter().flatten().filter_map(Value::as_inline_table);
    let text = |table: &dyn TableLike, key| table.get(key).and_then(Item::as_str).map(str::to_owned);
    let named = |table: &dyn TableLike| Some((text(table, "name")?, Url::parse(&text(table, "url")?).ok()?));
    tables.chain(inline.map(|table| table as &dyn TableLike)).filter_map(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_of_poetry() {
        let text = "[tool.poetry]\nname = 'a'\n[[tool.poetry.source]]\nname = 'corp'\nurl = 'https://c.example/simple'\n\
                    priority = 'explicit'\n[[tool.poetry.source]]\nname = 'no-url'\n";
        let [(name, url)] = &sources(text)[..] else { panic!("one source") };
        assert_eq!((name.as_str(), url.as_str()), ("corp", "https://c.example/simple"));
        assert!(sources("[tool.poetry]\nname = 'a'\n").is_empty());
        assert!(sources("not toml").is_empty());
    }

    #[test]
    fn indexes_of_uv() {
        for text in [
            "[[tool.uv.index]]\nname = 'corp'\nurl = 'https://c.example/simple'\n[[tool.uv.index]]\nname = 'x'\n",
            "[tool.uv]\nindex = [{ name = 'corp', url = 'https://c.example/simple', default = true }, 1]\n",
        ] {
            let [(name, url)] = &uv_indexes(text)[..] else { panic!("one index") };
            assert_eq!((name.as_str(), url.as_str()), ("corp", "https://c.example/simple"));
        }
        assert!(uv_indexes("[tool]\nuv = 1\n").is_empty());
    }
}
