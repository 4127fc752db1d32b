//! Bills of materials that a wheel brings itself (PEP 770): what maturin, auditwheel and others say of the code that is
//! linked into it. Only CycloneDX's are read, and of them only what has a place in every version.
use serde::Deserialize;

use crate::cyclonedx::{Component, Hash, Licence, LicenceChoice};

/// How deep components may lie in components.
const DEPTH: u32 = 16;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Foreign {
    bom_format: String,
    #[serde(default)]
    components: Vec<ForeignComponent>,
}

#[derive(Deserialize)]
struct ForeignComponent {
    #[serde(rename = "type")]
    kind: String,
    name: String,
    version: Option<String>,
    description: Option<String>,
    scope: Option<String>,
    #[serde(default)]
    hashes: Vec<Hash>,
    #[serde(default)]
    licenses: Vec<serde_json::Value>,
    purl: Option<String>,
    #[serde(default)]
    components: Vec<ForeignComponent>,
}

/// Returns the components that the bill `text`, the file `file` of a wheel, names. References begin with `prefix`.
/// `None` if it is no bill in CycloneDX's JSON.
pub fn components(prefix: &str, file: &str, text: &str) -> Option<Vec<Component>> {
    let foreign: Foreign = serde_json::from_str(text).ok()?;
    if foreign.bom_format != "CycloneDX" {
        return None;
    }
    let mut count = 0;
    Some(converted(&format!("{prefix}#{file}"), foreign.components, &mut count, DEPTH))
}

fn converted(prefix: &str, foreign: Vec<ForeignComponent>, count: &mut u32, depth: u32) -> Vec<Component> {
    if depth == 0 {
        return Vec::new();
    }
    let convert = |component: ForeignComponent| {
        *count += 1;
        let reference = format!("{prefix}/{count}");
        Component {
            kind: known(component.kind, &KINDS).unwrap_or_else(|| "library".to_owned()),
            reference,
            name: component.name,
            version: component.version,
            description: component.description,
            scope: component.scope.and_then(|scope| known(scope, &["required", "optional", "excluded"])),
            hashes: component.hashes.into_iter().filter(is_sound).collect(),
            licenses: licences(&component.licenses),
            cpe: None,
            purl: component.purl.filter(|purl| purl.starts_with("pkg:") && purl.is_ascii()),
            components: converted(prefix, component.components, count, depth - 1),
            properties: Vec::new(),
        }
    };
    foreign.into_iter().map(convert).collect()
}

/// Kinds of components that CycloneDX 1.6 knows and that may be part of a wheel.
const KINDS: [&str; 7] = ["application", "framework", "library", "platform", "firmware", "file", "data"];

fn known(text: String, list: &[&str]) -> Option<String> {
    list.contains(&text.as_str()).then_some(text)
}

/// Tells whether CycloneDX 1.6 takes a hash: its algorithm and its length.
fn is_sound(hash: &Hash) -> bool {
    let lengths: &[usize] = match hash.alg.as_str() {
        "MD5" => &[32],
        "SHA-1" => &[40],
        "SHA-256" | "SHA3-256" | "BLAKE2b-256" => &[64],
        "SHA-384" | "SHA3-384" | "BLAKE2b-384" => &[96],
        "SHA-512" | "SHA3-512" | "BLAKE2b-512" => &[128],
        "BLAKE3" => &[64],
        _ => &[],
    };
    lengths.contains(&hash.content.len()) && hash.content.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Licences of any version's form. Identifiers of a later list are no identifiers to 1.6, so one alone becomes an
/// expression, several become names.
fn licences(foreign: &[serde_json::Value]) -> Vec<LicenceChoice> {
    let text = |value: &serde_json::Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    if let Some(expression) = foreign.iter().find_map(|choice| text(&choice["expression"])) {
        return vec![LicenceChoice::expression(&expression)];
    }
    let ids: Vec<String> = foreign.iter().filter_map(|choice| text(&choice["license"]["id"])).collect();
    if let ([_], [id]) = (foreign, ids.as_slice()) {
        return vec![LicenceChoice::expression(id)];
    }
    let either =
        |choice: &serde_json::Value| text(&choice["license"]["id"]).or_else(|| text(&choice["license"]["name"]));
    let names = foreign.iter().filter_map(either);
    names.map(|name| LicenceChoice::Licence { license: Licence::Name(name) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BILL: &str = r#"{"bomFormat": "CycloneDX", "specVersion": "1.7", "components": [
        {"type": "library", "bom-ref": "x", "name": "serde", "version": "1.0", "purl": "pkg:cargo/serde@1.0",
         "scope": "required", "licenses": [{"license": {"id": "MIT"}}],
         "hashes": [{"alg": "SHA-256", "content": "00"}, {"alg": "MD5", "content": "00112233445566778899aabbccddeeff"}],
         "components": [{"type": "odd", "name": "inner", "scope": "odd"}]},
        {"type": "library", "name": "b", "licenses": [{"license": {"id": "A"}}, {"license": {"name": "B"}}]}]}"#;

    #[test]
    fn what_every_version_has_is_taken() {
        let found = components("pkg:a", "x.json", BILL).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].purl.as_deref(), Some("pkg:cargo/serde@1.0"));
        assert_eq!(found[0].licenses, [LicenceChoice::expression("MIT")]);
        assert_eq!(found[0].hashes.len(), 1);
        assert_eq!(found[0].components[0].kind, "library");
        assert_eq!(found[0].components[0].scope, None);
        assert_eq!(found[1].licenses, [LicenceChoice::name("A"), LicenceChoice::name("B")]);
    }

    #[test]
    fn references_are_unique() {
        let found = components("pkg:a", "x.json", BILL).unwrap();
        let references = [&found[0].reference, &found[0].components[0].reference, &found[1].reference];
        assert_eq!(references, ["pkg:a#x.json/1", "pkg:a#x.json/2", "pkg:a#x.json/3"]);
    }

    #[test]
    fn what_is_no_bill_is_left() {
        assert_eq!(components("p", "f", "{"), None);
        assert_eq!(components("p", "f", r#"{"spdxVersion": "SPDX-2.3"}"#), None);
        assert_eq!(components("p", "f", r#"{"bomFormat": "other"}"#), None);
    }
}
