//! The sources of Poetry: `[[tool.poetry.source]]` of pyproject.toml, for their credentials.
use toml_edit::{DocumentMut, Item};
use url::Url;

/// Returns the names and URLs of the sources. What is malformed is passed over: `permafreeze lock` reports it.
pub fn sources(pyproject: &str) -> Vec<(String, Url)> {
    let Ok(document) = pyproject.parse::<DocumentMut>() else { return Vec::new() };
    let poetry = document.get("tool").and_then(|tool| tool.get("poetry"));
    let Some(sources) = poetry.and_then(|poetry| poetry.get("source")).and_then(Item::as_array_of_tables) else {
        return Vec::new();
    };
    let text = |table: &toml_edit::Table, key| table.get(key).and_then(Item::as_str).map(str::to_owned);
    sources.iter().filter_map(|source| Some((text(source, "name")?, Url::parse(&text(source, "url")?).ok()?))).collect()
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
}
