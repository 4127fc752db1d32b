//! What of a spec no option says, or an option says otherwise.
use std::collections::{BTreeMap, BTreeSet};

use permafreeze_packaging::target::Target;

/// Findings of one line and one kind that are named.
const NAMED: usize = 4;

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

    /// Whether there is one about this.
    pub fn has(&self, what: &str) -> bool {
        self.all.keys().any(|finding| finding.what == what)
    }

    fn add(&mut self, kind: Kind, line: Option<usize>, what: impl Into<String>, why: impl Into<String>) {
        self.all.entry(Finding { line, kind, what: what.into(), why: why.into() }).or_default();
    }

    /// Returns them without folders of the sandbox in what is shown.
    #[must_use]
    pub fn without(self, folders: &[&str]) -> Findings {
        let clean = |text: String| folders.iter().fold(text, |text, folder| text.replace(&format!("{folder}/"), ""));
        let each = self.all.into_iter().map(|(finding, seen)| {
            let Finding { line, kind, what, why } = finding;
            (Finding { line, kind, what: clean(what), why: clean(why) }, seen)
        });
        Findings { all: each.collect() }
    }

    /// Adds those of the evaluation for `target`.
    pub fn extend(&mut self, other: Findings, target: Target) {
        for finding in other.all.into_keys() {
            self.all.entry(finding).or_default().insert(target);
        }
    }

    /// Returns the findings in the order of the spec's lines, each with the targets that have it, if not every one of
    /// `targets` has. Of findings of one line that differ in what they are about alone, the first few are named.
    pub fn listed(&self, targets: &[Target]) -> Vec<(Finding, Vec<Target>)> {
        let mut groups: Vec<(Finding, Vec<Target>, usize)> = Vec::new();
        for (finding, seen) in &self.all {
            let is_everywhere = targets.iter().all(|target| seen.contains(target));
            let seen: Vec<Target> = if is_everywhere { Vec::new() } else { seen.iter().copied().collect() };
            let is_like = |(other, of, _): &&mut (Finding, Vec<Target>, usize)| {
                *of == seen && (other.line, other.kind, &other.why) == (finding.line, finding.kind, &finding.why)
            };
            match groups.iter_mut().find(is_like).filter(|_| finding.line.is_some()) {
                Some((group, _, count)) => {
                    *count += 1;
                    if *count <= NAMED {
                        group.what = format!("{}, {}", group.what, own_part(&group.what, &finding.what));
                    }
                }
                None => groups.push((finding.clone(), seen, 1)),
            }
        }
        let more = |(mut finding, seen, count): (Finding, Vec<Target>, usize)| {
            if count > NAMED {
                finding.what = format!("{} and {} more", finding.what, count - NAMED);
            }
            (finding, seen)
        };
        groups.into_iter().map(more).collect()
    }
}

/// Returns of what a finding is about the part that differs from an earlier one: of `` `datas`: `b` `` the `` `b` ``.
fn own_part<'w>(earlier: &str, what: &'w str) -> &'w str {
    let is_same = |head: &str| earlier.split_once(": ").is_some_and(|(own, _)| own == head);
    what.split_once(": ").filter(|(head, _)| is_same(head)).map_or(what, |(_, rest)| rest)
}
