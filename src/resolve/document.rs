//! Parses TOML; errors carry file, line and column.
use std::ops::Range;

use serde::de::DeserializeOwned;
use toml_edit::{Document, Item, Value};

use crate::address::masked;
use crate::error::{Error, Place};
use permafreeze_base::snippet::Snippet;
use permafreeze_terminal::shown;

/// A parsed TOML file.
pub struct TomlFile {
    /// The path as it is shown to people.
    pub name: String,
    document: Document<String>,
}

impl TomlFile {
    /// Parses `text`, the contents of the file `name`.
    ///
    /// # Errors
    /// If it is not TOML.
    pub fn parse(name: String, text: String) -> Result<TomlFile, Error> {
        match Document::parse(text.clone()) {
            Ok(document) => Ok(TomlFile { name, document }),
            Err(error) => Err(malformed(name, &text, None, error.span(), error.message())),
        }
    }

    /// Returns the top table.
    pub fn table(&self) -> &toml_edit::Table {
        self.document.as_table()
    }

    /// Returns the value at a dotted key.
    pub fn get(&self, keys: &[&str]) -> Option<&Item> {
        keys.iter().try_fold(self.document.as_item(), |item, key| item.as_table_like()?.get(key))
    }

    /// Returns the first line.
    pub fn first_line(&self) -> &str {
        self.document.raw().lines().next().unwrap_or("")
    }

    /// Converts the file to `T`.
    ///
    /// # Errors
    /// If a value has another type than `T` wants.
    pub fn convert<T: DeserializeOwned>(&self) -> Result<T, Error> {
        toml_edit::de::from_document(self.document.clone()).map_err(|error| {
            let document = Some(self.document.as_item());
            malformed(self.name.clone(), self.document.raw(), document, error.span(), error.message())
        })
    }

    /// Returns the error that the value at `key` is wrong.
    pub fn wrong(&self, key: impl Into<String>, found: &str, problem: impl Into<String>) -> Error {
        let key = key.into();
        Error::Value {
            place: Box::new(Place { file: self.name.clone(), line: self.line_of(&key, found) }),
            key,
            found: format!("`{}`", shown(&masked(found))),
            problem: problem.into(),
            hint: None,
        }
    }

    /// Returns the line that has the text `found` in the value at `key`, else that of the value.
    fn line_of(&self, key: &str, found: &str) -> Option<usize> {
        let item = keys(key).iter().try_fold(self.document.as_item(), |item, key| match key.parse::<usize>() {
            Ok(index) if item.is_array_of_tables() || item.is_array() => item.get(index),
            _ => item.get(key),
        })?;
        let span = span_of(item, found).or_else(|| item.span())?;
        Some(Snippet::of(self.document.raw(), &span).line)
    }
}

/// Returns the strings of a list; none of what is no list.
pub fn strings(item: Option<&Item>) -> Vec<String> {
    let values = item.and_then(Item::as_array).into_iter().flatten();
    values.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Returns the tables of a list, in either form; none of what is no list.
pub fn tables(item: Option<&Item>) -> Vec<&dyn toml_edit::TableLike> {
    let of_tables = item.and_then(Item::as_array_of_tables).into_iter().flatten();
    let of_values = item.and_then(Item::as_array).into_iter().flatten().filter_map(Value::as_inline_table);
    let of_tables = of_tables.map(|table| table as &dyn toml_edit::TableLike);
    of_tables.chain(of_values.map(|table| table as &dyn toml_edit::TableLike)).collect()
}

/// Returns the parts of a dotted key as messages have it: `a.b[0]."c.d"`.
fn keys(dotted: &str) -> Vec<String> {
    let (mut parts, mut part, mut quoted) = (Vec::new(), String::new(), false);
    for character in dotted.chars() {
        match character {
            '"' => quoted = !quoted,
            '.' | '[' if !quoted => parts.push(std::mem::take(&mut part)),
            ']' if !quoted => {}
            _ => part.push(character),
        }
    }
    parts.push(part);
    parts
}

/// Returns where a text stands in an item: as a value, or as a key.
fn span_of(item: &Item, text: &str) -> Option<Range<usize>> {
    if let Some(tables) = item.as_array_of_tables() {
        return tables.iter().find_map(|table| span_in_table(table, text));
    }
    match (item.as_table_like(), item.as_value()) {
        (Some(table), _) => span_in_table(table, text),
        (None, Some(value)) => span_of_value(value, text),
        (None, None) => None,
    }
}

fn span_in_table(table: &dyn toml_edit::TableLike, text: &str) -> Option<Range<usize>> {
    table.iter().find_map(|(key, item)| if key == text { item.span() } else { span_of(item, text) })
}

fn span_of_value(value: &Value, text: &str) -> Option<Range<usize>> {
    match value {
        Value::String(string) if string.value() == text => value.span(),
        Value::Array(array) => array.iter().find_map(|value| span_of_value(value, text)),
        Value::InlineTable(table) => span_in_table(table, text),
        _ => None,
    }
}

/// What serde says where a list stands for one value: `invalid type: string "x", expected a sequence`.
const NO_LIST: &str = "expected a sequence";

/// Says a parser's or serde's error in TOML's words, and where it is.
fn malformed(file: String, text: &str, document: Option<&Item>, span: Option<Range<usize>>, message: &str) -> Error {
    let span = span.unwrap_or(0..0);
    let given = text.get(span.clone()).unwrap_or_default();
    let place = Snippet::of(text, &span);
    let place = Snippet { shown: masked(&place.shown), ..place };
    let key = document.and_then(|item| key_at(item, span.start));
    let (problem, hint) = match key {
        Some(key) if message.starts_with("invalid type: string") && message.contains(NO_LIST) => {
            (format!("`{key}` must be a list of strings"), Some(format!("did you mean `[{given}]`?")))
        }
        Some(key) if message.starts_with("invalid type") => (format!("`{key}`: {}", in_tomls_words(message)), None),
        Some(_) => (in_tomls_words(message), None),
        None => (in_tomls_words(message), bare_word(text, &span)),
    };
    Error::Malformed { file, place, problem, hint }
}

fn in_tomls_words(message: &str) -> String {
    let message = message.trim_end_matches("expected nothing").trim_end_matches([' ', ',', '\n']);
    message.replace('\n', ", ").replace("a sequence", "a list").replace("a map", "a table")
}

/// Returns the hint that a value without quotes is no string, if the line at `span` has one.
fn bare_word(text: &str, span: &Range<usize>) -> Option<String> {
    let start = text.get(..span.start)?.rfind('\n').map_or(0, |at| at + 1);
    let (key, value) = text[start..].lines().next()?.split_once('=')?;
    let value = value.split('#').next().unwrap_or_default().trim();
    let is_bare = value.starts_with(|c: char| c.is_ascii_alphanumeric()) && !value.contains(['\'', '[', ']', '{', '}']);
    is_bare.then(|| format!("a string is written in quotes: `{} = \"{}\"`", key.trim(), value.trim_end_matches('"')))
}

/// Returns the dotted key of the innermost value at a byte, as `tool.permafreeze.smoke[0]`.
fn key_at(item: &Item, at: usize) -> Option<String> {
    if let Some(table) = item.as_table_like() {
        return table.iter().find_map(|(key, item)| {
            let rest = key_at(item, at)?;
            let dot = if rest.is_empty() || rest.starts_with('[') { "" } else { "." };
            Some(format!("{key}{dot}{rest}"))
        });
    }
    if let Some(tables) = item.as_array_of_tables() {
        let mut tables = tables.iter().enumerate();
        return tables.find_map(|(index, table)| {
            table.iter().find_map(|(key, item)| {
                let rest = key_at(item, at)?;
                let dot = if rest.is_empty() || rest.starts_with('[') { "" } else { "." };
                Some(format!("[{index}].{key}{dot}{rest}"))
            })
        });
    }
    value_at(item.as_value()?, at)
}

fn value_at(value: &Value, at: usize) -> Option<String> {
    if !value.span()?.contains(&at) {
        return None;
    }
    let element = value.as_array().and_then(|array| {
        let mut elements = array.iter().enumerate();
        elements.find_map(|(index, element)| value_at(element, at).map(|rest| format!("[{index}]{rest}")))
    });
    Some(element.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_carry_the_position() {
        let error = |text: &str| TomlFile::parse("a.toml".to_owned(), text.to_owned()).err().unwrap().to_string();
        assert!(error("a = 1\nb = = 2\n").starts_with("`a.toml`: line 2, column 5: "), "{}", error("a = 1\nb = = 2\n"));
    }

    fn converted(text: &str) -> String {
        #[derive(Debug, serde::Deserialize)]
        #[serde(rename_all = "kebab-case")]
        #[expect(dead_code, reason = "only its form counts")]
        struct Wanted {
            names: Vec<String>,
            #[serde(default)]
            table: std::collections::BTreeMap<String, Vec<Vec<String>>>,
        }
        let file = TomlFile::parse("a.toml".to_owned(), text.to_owned()).expect("TOML");
        let error = file.convert::<Wanted>().expect_err("another form");
        format!("{error}\nhint: {}", error.hint().unwrap_or_default())
    }

    #[test]
    fn a_string_for_a_list_is_named_by_its_key() {
        assert_eq!(
            converted("names = \"x\" # one\n"),
            "`a.toml`: line 1, column 9: `names` must be a list of strings\n  |\n1 | names = \"x\" # one\n  |         ^^^\n\
             hint: did you mean `[\"x\"]`?"
        );
        let inner = converted("names = []\n[table]\nkey = [[], \"y\"]\n");
        assert!(inner.contains("line 3, column 12: `table.key[1]` must be a list of strings"), "{inner}");
        assert!(inner.ends_with("hint: did you mean `[\"y\"]`?"), "{inner}");
    }

    #[test]
    fn another_type_is_named_by_its_key() {
        let text = converted("names = [1]\n");
        assert!(text.contains("column 10: `names[0]`: invalid type: integer `1`, expected a string\n"), "{text}");
    }

    #[test]
    fn a_password_is_not_shown() {
        let text = "url = \"https://me:secret@h/\" x".to_owned();
        let error = TomlFile::parse("a.toml".to_owned(), text).err().expect("no TOML").to_string();
        assert!(error.contains("\n1 | url = \"https://*********@h/\" x\n"), "{error}");
    }

    #[test]
    fn a_value_without_quotes_gets_them_in_the_hint() {
        let error = TomlFile::parse("a.toml".to_owned(), "version = 1.0.0\n".to_owned()).err().expect("no TOML");
        assert_eq!(error.hint().as_deref(), Some("a string is written in quotes: `version = \"1.0.0\"`"));
        let error = TomlFile::parse("a.toml".to_owned(), "version = [1\n".to_owned()).err().expect("no TOML");
        assert_eq!(error.hint(), None);
    }
}
