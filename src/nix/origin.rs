//! Where paths of the store come from: built on this machine, or copied from elsewhere.
use serde_json::Value;

use crate::call::Program;
use crate::error::Error;
use crate::store::Store;

/// A path that was not built on this machine: a binary cache or somebody's copy has brought it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// The store path.
    pub path: String,
    /// The names of the keys that have signed it.
    pub keys: Vec<String>,
}

impl Store {
    /// Returns those of the valid paths that were not built on this machine, in order.
    ///
    /// # Errors
    /// If Nix is missing or fails, or a path is not valid.
    pub fn copied<'p>(&self, paths: impl IntoIterator<Item = &'p str>) -> Result<Vec<Copied>, Error> {
        Ok(read(&self.call(Program::Nix, ["path-info", "--json"]).with(paths).json()?))
    }
}

/// Reads `nix path-info --json`: a list up to 2.18, later an object by path (`src/nix/path-info.cc`).
fn read(value: &Value) -> Vec<Copied> {
    let entries: Vec<(String, &Value)> = match value {
        Value::Array(list) => list.iter().map(|info| (text(&info["path"]), info)).collect(),
        Value::Object(map) => map.iter().map(|(path, info)| (path.clone(), info)).collect(),
        _ => Vec::new(),
    };
    let copied = entries.into_iter().filter(|(_, info)| info["ultimate"] != Value::Bool(true));
    copied.map(|(path, info)| Copied { path, keys: keys(&info["signatures"]) }).collect()
}

/// A signature is `NAME:BASE64`.
fn keys(signatures: &Value) -> Vec<String> {
    let all = signatures.as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter().map(|signature| text(signature).split(':').next().unwrap_or_default().to_owned()).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_not_built_here_is_told_with_the_keys_in_both_forms() {
        let here = json!({ "path": "/nix/store/a", "ultimate": true });
        let there = json!({ "path": "/nix/store/b", "signatures": ["cache-1:abc="] });
        let expected = [Copied { path: "/nix/store/b".to_owned(), keys: vec!["cache-1".to_owned()] }];
        assert_eq!(read(&json!([here, there])), expected);
        assert_eq!(read(&json!({ "/nix/store/a": here, "/nix/store/b": there })), expected);
        assert_eq!(read(&json!(null)), []);
    }
}
