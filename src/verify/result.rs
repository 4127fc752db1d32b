//! The result of verifying an executable (`dist/.NAME-TARGET.verify.json`): one part per question.
use std::collections::BTreeMap;

use permafreeze_packaging::target::Target;
use permafreeze_plan::artifact::Artifact;
use permafreeze_plan::expected::FileDigest;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::finding::Finding;

/// The version of the result's format.
pub const VERSION: u32 = 1;

/// What was verified of one executable, and how it came out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Verification {
    /// [`VERSION`].
    pub version: u32,
    /// The executable's name.
    pub name: String,
    /// The target.
    pub target: Target,
    /// Size and hashes of the file that was verified.
    pub executable: FileDigest,
    /// Each part that was asked for, now or before for the same bytes.
    pub parts: BTreeMap<Part, PartResult>,
}

impl Verification {
    /// Returns what was verified.
    pub fn artifact(&self) -> Artifact {
        Artifact { name: self.name.clone(), target: self.target }
    }
}

/// A part of `verify`: one question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// Is it the same, built again, as pinned, as cached?
    Reproduce,
    /// What does it want of the user's machine?
    Audit,
    /// Does it run?
    Smoke,
    /// Where does each byte come from? Earlier results call it `contents`.
    #[serde(alias = "contents")]
    Origin,
}

impl Part {
    /// Every part, in the order in which they are run and listed.
    pub const ALL: [Part; 4] = [Part::Reproduce, Part::Audit, Part::Smoke, Part::Origin];

    /// Returns the part of a name: that of [`Part::name`], or `contents`, an earlier name of [`Part::Origin`].
    pub fn of(name: &str) -> Option<Part> {
        let name = if name == "contents" { Part::Origin.name() } else { name };
        Part::ALL.into_iter().find(|part| part.name() == name)
    }

    /// Returns the name that people type.
    pub fn name(self) -> &'static str {
        match self {
            Part::Reproduce => "reproduce",
            Part::Audit => "audit",
            Part::Smoke => "smoke",
            Part::Origin => "origin",
        }
    }
}

/// How a part came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// All was as it must be.
    Passed,
    /// Something was not.
    Failed,
    /// Nothing was tried, since this machine cannot; never a pass.
    NotRun,
}

/// How one part came out, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PartResult {
    /// How it came out.
    pub verdict: Verdict,
    /// One line for people: what was looked at, or why nothing was.
    pub summary: String,
    /// What is wrong.
    pub failures: Vec<Finding>,
    /// What is worth knowing.
    pub notes: Vec<Finding>,
    /// What was measured, by name (`glibc`, `modules`).
    pub facts: BTreeMap<String, Value>,
}

impl PartResult {
    /// Returns a result that has passed if there are no failures.
    pub fn new(summary: impl Into<String>, failures: Vec<Finding>, notes: Vec<Finding>) -> PartResult {
        let verdict = if failures.is_empty() { Verdict::Passed } else { Verdict::Failed };
        PartResult { verdict, summary: summary.into(), failures, notes, facts: BTreeMap::new() }
    }

    /// Returns a result of which nothing was tried.
    pub fn not_run(why: impl Into<String>) -> PartResult {
        let (failures, notes, facts) = Default::default();
        PartResult { verdict: Verdict::NotRun, summary: why.into(), failures, notes, facts }
    }

    /// Adds what was measured.
    #[must_use]
    pub fn fact(mut self, name: &str, value: impl Into<Value>) -> PartResult {
        self.facts.insert(name.to_owned(), value.into());
        self
    }
}

impl Verification {
    /// Adds the parts of an earlier result, if that was for the same bytes and has what this one has not.
    pub fn add_earlier(&mut self, earlier: Verification) {
        if (earlier.version, earlier.target, &earlier.executable) == (VERSION, self.target, &self.executable) {
            for (part, result) in earlier.parts {
                self.parts.entry(part).or_insert(result);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verification(sha256: &str, parts: &[(Part, &str)]) -> Verification {
        let executable = FileDigest { sha256: sha256.to_owned(), blake3: String::new(), size: 1 };
        let parts = parts.iter().map(|(part, text)| (*part, PartResult::not_run(*text))).collect();
        Verification { version: VERSION, name: "app".to_owned(), target: Target::LinuxAmd64, executable, parts }
    }

    #[test]
    fn earlier_parts_count_for_the_same_bytes_alone() {
        let earlier = verification("00", &[(Part::Audit, "old"), (Part::Smoke, "old")]);
        let mut same = verification("00", &[(Part::Audit, "new")]);
        same.add_earlier(earlier.clone());
        assert_eq!(same.parts[&Part::Audit].summary, "new");
        assert_eq!(same.parts[&Part::Smoke].summary, "old");
        let mut other = verification("11", &[(Part::Audit, "new")]);
        other.add_earlier(earlier);
        assert_eq!(other.parts.len(), 1);
    }

    #[test]
    fn the_json_is_read_again() {
        let mut verification = verification("00", &[(Part::Origin, "x")]);
        let result = PartResult::new("y", vec![Finding::new("a", "b").blame("c")], Vec::new()).fact("glibc", "2.17");
        verification.parts.insert(Part::Audit, result);
        let text = serde_json::to_string(&verification).expect("JSON");
        assert!(text.contains(r#""audit":{"verdict":"failed""#), "{text}");
        assert_eq!(serde_json::from_str::<Verification>(&text).expect("a result"), verification);
    }
}
