//! The validation report: what was built, from what, what was tested of it with what result, and what was not.
mod markdown;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use permafreeze_executable::report::{self, Report};
use permafreeze_plan::artifact::Artifact;
use permafreeze_plan::expected::{Expected, FileDigest};
use permafreeze_plan::pins::Pins;
use permafreeze_plan::plan::Plan;
use permafreeze_sbom::cyclonedx::{Bill, Component};
use serde::Serialize;

use crate::finding::Finding;
use crate::result::{Part, Verdict, Verification};

pub use markdown::markdown;

/// Everything that the report says.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Page {
    /// The project's name.
    pub project: String,
    /// sha256 of `permafreeze.lock`.
    pub plan_sha256: String,
    /// The Python that is frozen, in full.
    pub python: String,
    /// What builds run and freeze, by name in the pins: file name and sha256.
    pub toolchain: BTreeMap<String, (String, String)>,
    /// The executables, by name and target.
    pub executables: Vec<Executable>,
    /// What of the plan has not been built.
    pub not_built: Vec<Artifact>,
}

/// What is said of one executable.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Executable {
    /// Its name and target.
    pub artifact: Artifact,
    /// Its name.
    pub name: String,
    /// Its target.
    pub target: String,
    /// Its size and hashes.
    pub hashes: FileDigest,
    /// Whether it is pinned.
    pub pin: Pin,
    /// Modules in it.
    pub modules: u64,
    /// Files that it unpacks.
    pub files: u64,
    /// Every part of `verify`, those that have not been run too.
    pub tests: Vec<Test>,
    /// What it is made of: distributions, the runtime and its C libraries.
    pub components: Vec<Row>,
    /// What the linker had to say.
    pub warnings: Vec<String>,
}

/// Whether an executable is pinned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pin {
    /// It is the pinned one.
    Same,
    /// Another one is pinned.
    Differs,
    /// One is pinned, of an older plan.
    Stale,
    /// None is pinned.
    None,
}

/// One part of `verify`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Test {
    /// The part.
    pub part: Part,
    /// How it came out; [`Verdict::NotRun`] where nobody has tried.
    pub verdict: Verdict,
    /// One line for people.
    pub summary: String,
    /// What is wrong.
    pub failures: Vec<Finding>,
    /// What is worth knowing.
    pub notes: Vec<Finding>,
    /// What was measured.
    pub facts: BTreeMap<String, serde_json::Value>,
}

/// A component.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Row {
    /// What kind: `distribution`, `runtime`, `C library`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its licences; empty if it declares none.
    pub licence: String,
    /// Whether any of it is in the executable.
    pub contained: bool,
    /// Modules and scripts of it, as far as it is known.
    pub modules: Option<u64>,
    /// Files of it, as far as it is known.
    pub files: Option<u64>,
}

/// What is known of one executable.
pub struct Known<'a> {
    /// Its name and target.
    pub artifact: &'a Artifact,
    /// What the linker wrote.
    pub report: &'a Report,
    /// The bill of materials beside it.
    pub bill: &'a Bill,
    /// The last result of `verify`, of whatever bytes.
    pub verification: Option<&'a Verification>,
}

/// Puts together what the report says; `not_built` are executables of which nothing is known.
pub fn page(
    (plan, expected): (&Plan, &Expected),
    plan_sha256: &str,
    pins: &Pins,
    known: &[Known<'_>],
    not_built: Vec<Artifact>,
) -> Page {
    let toolchain = pins.made.iter().map(|(key, made)| (key.clone(), (made.name.clone(), made.sha256.clone())));
    Page {
        project: plan.project.clone(),
        plan_sha256: plan_sha256.to_owned(),
        python: pins.pythons.get(&plan.python).cloned().unwrap_or_default(),
        toolchain: toolchain.collect(),
        executables: known.iter().map(|known| executable((plan, expected), known)).collect(),
        not_built,
    }
}

fn executable((plan, expected): (&Plan, &Expected), known: &Known<'_>) -> Executable {
    let Known { artifact, report, bill, verification } = known;
    let report::Executable { size, sha256, blake3 } = report.executable.clone();
    let hashes = FileDigest { sha256, blake3, size };
    let pin = match expected.pinned(plan, artifact) {
        Some(pin) if pin.executable == hashes => Pin::Same,
        Some(_) => Pin::Differs,
        None if expected.pins.contains_key(artifact) => Pin::Stale,
        None => Pin::None,
    };
    Executable {
        artifact: (*artifact).clone(),
        name: report.name.clone(),
        target: report.target.clone(),
        tests: Part::ALL.map(|part| test(part, *verification, &hashes)).into(),
        hashes,
        pin,
        modules: report.modules.len() as u64,
        files: report.files.len() as u64,
        components: components(bill),
        warnings: report.warnings.clone(),
    }
}

/// Returns what a part of `verify` gave for these bytes. A result for other bytes is none.
fn test(part: Part, verification: Option<&Verification>, hashes: &FileDigest) -> Test {
    let none = |summary: String| Test {
        part,
        verdict: Verdict::NotRun,
        summary,
        failures: Vec::new(),
        notes: Vec::new(),
        facts: BTreeMap::new(),
    };
    let Some(verification) = verification else {
        return none("`permafreeze verify` has not been run".to_owned());
    };
    if verification.executable != *hashes {
        let old = &verification.executable.sha256;
        return none(format!("`permafreeze verify` was last run on other bytes, sha256 `{old}`"));
    }
    match verification.parts.get(&part) {
        None => none(format!("`permafreeze verify` was run without the part `{}`", part.name())),
        Some(result) => Test {
            part,
            verdict: result.verdict,
            summary: result.summary.clone(),
            failures: result.failures.clone(),
            notes: result.notes.clone(),
            facts: result.facts.clone(),
        },
    }
}

fn components(bill: &Bill) -> Vec<Row> {
    let mut rows = Vec::new();
    for component in &bill.components {
        let is_runtime = component.kind == "platform";
        rows.push(row(if is_runtime { "runtime" } else { "distribution" }, component));
        if is_runtime {
            rows.extend(component.components.iter().map(|library| row("C library", library)));
        }
    }
    rows.sort_by_key(|row| (row.kind, row.name.to_lowercase()));
    rows
}

fn row(kind: &'static str, component: &Component) -> Row {
    let number = |name: &str| component.find_property(name).and_then(|number| number.parse().ok());
    let licences: Vec<&str> = component.licenses.iter().map(|licence| licence.text()).collect();
    Row {
        kind,
        name: component.name.clone(),
        version: component.version.clone().unwrap_or_default(),
        licence: licences.join(", "),
        contained: component.scope.as_deref() != Some("excluded"),
        modules: number("modules"),
        files: number("files"),
    }
}
