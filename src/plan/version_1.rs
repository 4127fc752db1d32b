//! Plans of format version 1, which had pins and accepted modules in them.
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::artifact::Artifact;
use crate::digest::digest;
use crate::expected::{self, Accepted, Expected, FileDigest, Pin};
use crate::plan::{self, Plan};
use crate::reader::{Document, ReadError};

/// What a plan of format version 1 holds of expectations.
#[derive(Debug, Deserialize)]
struct Version1 {
    #[serde(default)]
    outputs: BTreeMap<Artifact, FileDigest>,
    #[serde(default)]
    accepted: BTreeMap<Artifact, Accepted>,
}

/// Returns what a plan of format version 1 expects, which had pins (`outputs`) and accepted modules in it; each pin with
/// the digest that its artifact has in that plan. `None` if `text`, the contents of `file`, is no plan of version 1.
///
/// # Errors
/// If its pins or accepted modules have not their form.
pub fn expected(file: &str, text: &str) -> Result<Option<Expected>, ReadError> {
    let Ok(mut old) = serde_json::from_str::<Value>(text) else { return Ok(None) };
    if old["version"] != 1 {
        return Ok(None);
    }
    let malformed = |source| ReadError::malformed(Document::Plan, file, source);
    let Version1 { outputs, accepted } = serde_json::from_str(text).map_err(malformed)?;
    if let Some(fields) = old.as_object_mut() {
        fields.retain(|key, _| key != "outputs" && key != "accepted");
        fields.insert("version".to_owned(), plan::VERSION.into());
        fields.insert("digests".to_owned(), Value::Object(serde_json::Map::new()));
    }
    let old: Option<Plan> = serde_json::from_value(old).ok();
    let pin = |(artifact, executable)| {
        let digest = old.as_ref().and_then(|plan| digest(plan, &artifact)).unwrap_or_default();
        (artifact, Pin { digest, executable, evidence: BTreeMap::new() })
    };
    Ok(Some(Expected { version: expected::VERSION, pins: outputs.into_iter().map(pin).collect(), accepted }))
}
