//! What of a spec no option says, or an option says otherwise.
use std::collections::{BTreeMap, BTreeSet};

use permafreeze_packaging::target::Target;

/// How much of it is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// No option says it: the executable lacks it, or behaves otherwise.
    Lost,
    /// It is said, or needs not to be, and the user should know how.
    Note,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The line of the spec.
    pub line: Option<usize>,
    /// How much is lost.
    pub kind: Kind,
    /// What it is about, with its value.
    pub what: String,
    /// What becomes of it.
    pub why: String,
}

/// Findings, each once.
#[derive(Debug, Default)]
pub struct Findings {
    all: BTreeMap<Finding, BTreeSet<Target>>,
}

impl Findings {
    /// Adds that something is lost.
    pub fn lost(&mut self, line: Option<usize>, what: impl Into<String>, why: impl Into<String>) {
        self.add(Kind::Lost, line, what, why);
    }

    /// Adds a note.
    pub fn note(&mut self, line: Option<usize>, what: impl Into<String>, why: impl Into<String>) {
        self.add(Kind::Note, line, what, why);
    }

    fn add(&mut self, kind: Kind, line: Option<usize>, what: impl Into<String>, why: impl Into<String>) {
        self.all.entry(Finding { line, kind, what: what.into(), why: why.into() }).or_default();
    }

    /// Adds those of the evaluation for `target`.
    pub fn extend(&mut self, other: Findings, target: Target) {
        for finding in other.all.into_keys() {
            self.all.entry(finding).or_default().insert(target);
        }
    }

    /// Returns the findings in the order of the spec's lines, each with the targets that have it, if not every one of
    /// `targets` has.
    pub fn listed(&self, targets: &[Target]) -> Vec<(&Finding, Vec<Target>)> {
        let of = |seen: &BTreeSet<Target>| {
            let is_everywhere = targets.iter().all(|target| seen.contains(target));
            if is_everywhere { Vec::new() } else { seen.iter().copied().collect() }
        };
        self.all.iter().map(|(finding, seen)| (finding, of(seen))).collect()
    }
}
