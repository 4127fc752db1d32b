//! Writes a plan as text: JSON with sorted keys, two spaces of indentation and a newline at the end.
use crate::plan::Plan;

/// Returns the plan's text; the same for the same plan, always.
///
/// # Errors
/// Never for a plan; a map with keys that are no strings could not be written.
pub fn write(plan: &Plan) -> Result<String, serde_json::Error> {
    // `Value`'s objects are ordered maps, so the fields of structs come out sorted too.
    let value = serde_json::to_value(plan)?;
    let mut text = serde_json::to_string_pretty(&value)?;
    text.push('\n');
    Ok(text)
}
