//! `content-hash` of poetry.lock: the sha256 of what pyproject.toml says of dependencies, as Poetry computes it.
//!
//! Poetry hashes Python's `json.dumps(relevant, sort_keys=True)`. `relevant` is `[tool.poetry]`'s keys alone for a
//! project without `[project]` (so it was in Poetry 1, where absent keys are `null`), else a table of all three.
use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use toml_edit::{Item, Value};

use crate::document::TomlFile;

/// Keys of `[tool.poetry]` that Poetry 1 hashed even when they were absent.
const OLD_KEYS: [&str; 4] = ["dependencies", "source", "extras", "dev-dependencies"];
const PROJECT_KEYS: [&str; 3] = ["requires-python", "dependencies", "optional-dependencies"];

type Object = BTreeMap<String, String>;

/// Returns the content hash, lower-case hex. Poetry before 2.3 did not hash `[dependency-groups]`.
pub fn content_hash(pyproject: &TomlFile, with_groups: bool) -> String {
    let project: Object = PROJECT_KEYS
        .iter()
        .filter_map(|key| Some(((*key).to_owned(), json_item(pyproject.get(&["project", key])?))))
        .collect();
    let groups = pyproject.get(&["dependency-groups"]).filter(|_| with_groups).map(json_item);
    let groups = groups.filter(|groups| groups != "{}");
    let is_old = project.is_empty() && groups.is_none();

    let mut poetry = Object::new();
    for key in OLD_KEYS.iter().chain(&["group"]) {
        match pyproject.get(&["tool", "poetry", key]) {
            Some(value) => drop(poetry.insert((*key).to_owned(), json_item(value))),
            None if is_old && OLD_KEYS.contains(key) => drop(poetry.insert((*key).to_owned(), "null".to_owned())),
            None => {}
        }
    }
    let text = if is_old {
        json_object(&poetry)
    } else {
        let mut relevant = Object::new();
        if !project.is_empty() {
            relevant.insert("project".to_owned(), json_object(&project));
        }
        if let Some(groups) = groups {
            relevant.insert("dependency-groups".to_owned(), groups);
        }
        let tool = Object::from([("poetry".to_owned(), json_object(&poetry))]);
        relevant.insert("tool".to_owned(), json_object(&tool));
        json_object(&relevant)
    };
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn json_object(object: &Object) -> String {
    let members: Vec<String> = object.iter().map(|(key, value)| format!("{}: {value}", json_string(key))).collect();
    format!("{{{}}}", members.join(", "))
}

fn json_array(values: impl Iterator<Item = String>) -> String {
    format!("[{}]", values.collect::<Vec<_>>().join(", "))
}

fn json_item(item: &Item) -> String {
    match item {
        Item::Value(value) => json_value(value),
        Item::ArrayOfTables(tables) => json_array(tables.iter().map(|table| json_table(table))),
        Item::Table(table) => json_table(table),
        Item::None => "null".to_owned(),
    }
}

fn json_table(table: &dyn toml_edit::TableLike) -> String {
    json_object(&table.iter().map(|(key, item)| (key.to_owned(), json_item(item))).collect())
}

fn json_value(value: &Value) -> String {
    match value {
        Value::String(text) => json_string(text.value()),
        Value::Integer(number) => number.value().to_string(),
        // Rust's shortest form with a decimal point is Python's, within the range that a version could be in.
        Value::Float(number) => format!("{:?}", number.value()),
        Value::Boolean(boolean) => boolean.value().to_string(),
        Value::Datetime(datetime) => json_string(&datetime.value().to_string()),
        Value::Array(array) => json_array(array.iter().map(json_value)),
        Value::InlineTable(table) => json_table(table),
    }
}

/// Python's `json.dumps` of a string: everything but ASCII is `\u` and four digits of UTF-16.
fn json_string(text: &str) -> String {
    let mut json = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            '\u{8}' => json.push_str("\\b"),
            '\u{c}' => json.push_str("\\f"),
            ' '..='~' => json.push(character),
            other => {
                for unit in other.encode_utf16(&mut [0; 2]) {
                    json.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    json.push('"');
    json
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_pythons() {
        assert_eq!(json_string("a\"\\\n\u{7f}é😀"), r#""a\"\\\n\u007f\u00e9\ud83d\ude00""#);
    }
}
