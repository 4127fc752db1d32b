//! What an executable is made of, said in the words of two standards: a bill of materials (CycloneDX 1.6) and a
//! provenance statement (in-toto v1, SLSA v1).
//!
//! Everything here is a pure function of [`material::Material`]: no clock, no machine, no file. The same material gives
//! the same bytes.
pub mod bill;
pub mod cyclonedx;
pub mod embedded;
pub mod graph;
pub mod licence;
pub mod material;
pub mod provenance;
pub mod purl;
pub mod vendored;

/// The bill's file name, beside the report.
pub const BILL: &str = "sbom.cdx.json";
/// The provenance statement's file name, beside the report.
pub const PROVENANCE: &str = "provenance.json";

/// Returns JSON with two spaces of indentation and a newline at the end.
///
/// # Errors
/// Never for this package's own types: their keys are strings.
pub fn to_json(value: &impl serde::Serialize) -> serde_json::Result<String> {
    let mut json = serde_json::to_string_pretty(value)?;
    json.push('\n');
    Ok(json)
}
