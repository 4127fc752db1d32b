//! Parses TOML; errors carry file, line and column.
use std::ops::Range;

use serde::de::DeserializeOwned;
use toml_edit::Document;

use crate::error::Error;

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
            Err(error) => Err(malformed(name, &text, error.span(), error.message())),
        }
    }

    /// Returns the top table.
    pub fn table(&self) -> &toml_edit::Table {
        self.document.as_table()
    }

    /// Returns the value at a dotted key.
    pub fn get(&self, keys: &[&str]) -> Option<&toml_edit::Item> {
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
        toml_edit::de::from_document(self.document.clone())
            .map_err(|error| malformed(self.name.clone(), self.document.raw(), error.span(), error.message()))
    }

    /// Returns the error that the value at `key` is wrong.
    pub fn wrong(&self, key: impl Into<String>, found: &str, problem: impl Into<String>) -> Error {
        Error::Value {
            file: self.name.clone(),
            key: key.into(),
            found: format!("`{found}`"),
            problem: problem.into(),
            hint: None,
        }
    }
}

fn malformed(file: String, text: &str, span: Option<Range<usize>>, message: &str) -> Error {
    let before = text.get(..span.map_or(0, |span| span.start)).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    Error::Malformed {
        file,
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
        // serde's words for TOML's.
        problem: message.replace('\n', ", ").replace("a sequence", "a list").replace("a map", "a table"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_carry_the_position() {
        let error = |text: &str| TomlFile::parse("a.toml".to_owned(), text.to_owned()).err().unwrap().to_string();
        assert!(error("a = 1\nb = = 2\n").starts_with("`a.toml`: line 2, column 5: "), "{}", error("a = 1\nb = = 2\n"));
    }
}
