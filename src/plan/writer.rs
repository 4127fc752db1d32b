//! Writes a plan, or what is expected of its executables, as text: JSON with sorted keys, two spaces of indentation and
//! a newline at the end.
use serde::Serialize;

/// Returns the document's text; the same for the same document, always.
///
/// # Errors
/// Never for a [`crate::plan::Plan`] or [`crate::expected::Expected`]; a map with keys that are no strings could not be
/// written.
pub fn write<T: Serialize>(document: &T) -> Result<String, serde_json::Error> {
    // `Value`'s objects are ordered maps, so the fields of structs come out sorted too.
    let value = serde_json::to_value(document)?;
    let mut text = serde_json::to_string_pretty(&value)?;
    text.push('\n');
    Ok(text)
}
