//! Texts of lock files that become names of files and lines on a terminal.
use serde::de::{Deserialize, Deserializer, Error};

/// Reads a text without control characters: they forge lines, and act on terminals.
///
/// # Errors
/// If there is one, or it is no text.
pub(super) fn plain<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    match text.chars().find(|c| c.is_control()) {
        Some(c) => Err(D::Error::custom(format!("control character `{}`", c.escape_default()))),
        None => Ok(text),
    }
}

/// Reads a name, version or file name: one part of a path, as a file name is made of it.
///
/// # Errors
/// If it is empty, leads to another folder, has control characters, or is no text.
pub(super) fn part<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = plain(deserializer)?;
    if is_part(&text) {
        return Ok(text);
    }
    Err(D::Error::custom(format!(
        "`{text}` is not one part of a path: it must not be empty, `.` or `..`, nor have `/` or `\\`"
    )))
}

/// Reads a [`plain`] text that may be absent.
///
/// # Errors
/// As [`plain`].
pub(super) fn optional_plain<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    plain(deserializer).map(Some)
}

/// Reads a [`part`] that may be absent.
///
/// # Errors
/// As [`part`].
pub(super) fn optional_part<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    part(deserializer).map(Some)
}

/// Returns whether a text is one part of a path.
pub(super) fn is_part(text: &str) -> bool {
    !text.is_empty() && text != "." && text != ".." && !text.contains(['/', '\\'])
}
