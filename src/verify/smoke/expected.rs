//! What was expected of the modules: all can be imported, but those that the plan accepts.
use std::collections::BTreeMap;

use super::imports::Outcomes;
use crate::finding::Finding;

/// What differs from what was expected.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// Modules that fail and are not accepted, or fail for another reason.
    pub failures: Vec<Finding>,
    /// Accepted modules that need not be any more.
    pub notes: Vec<Finding>,
}

/// Compares what became of the modules with what the plan accepts: module → reason.
pub fn compare(outcomes: &Outcomes, accepted: &BTreeMap<String, String>) -> Compared {
    let mut compared = Compared::default();
    for (module, outcome) in outcomes {
        let problem = match (outcome, accepted.get(module)) {
            (Some(reason), None) => format!("cannot be imported: {reason}"),
            (Some(reason), Some(old)) if reason != old => {
                format!("cannot be imported for another reason: `{reason}`, accepted was `{old}`")
            }
            (None, Some(old)) => {
                let problem = format!("can be imported, though it is accepted that it cannot: `{old}`");
                compared.notes.push(Finding::new(module, problem));
                continue;
            }
            _ => continue,
        };
        compared.failures.push(Finding::new(module, problem));
    }
    let gone = accepted.keys().filter(|module| !outcomes.contains_key(*module));
    compared.notes.extend(gone.map(|module| Finding::new(module, "is accepted, but not in the executable")));
    compared
}

/// Returns what the plan must accept for these outcomes to be as expected.
pub fn acceptable(outcomes: &Outcomes) -> BTreeMap<String, String> {
    outcomes.iter().filter_map(|(module, reason)| Some((module.clone(), reason.clone()?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcomes() -> Outcomes {
        let failing = |reason: &str| Some(reason.to_owned());
        [("fine", None), ("old", failing("ImportError: a")), ("new", failing("ImportError: b")), ("mended", None)]
            .map(|(module, outcome)| (module.to_owned(), outcome))
            .into()
    }

    fn accepted(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(module, reason)| ((*module).to_owned(), (*reason).to_owned())).collect()
    }

    fn subjects(findings: &[Finding]) -> Vec<&str> {
        findings.iter().map(|finding| finding.subject.as_str()).collect()
    }

    #[test]
    fn a_new_failure_is_a_failure_and_a_mended_or_missing_module_a_note() {
        let accepted = accepted(&[("old", "ImportError: a"), ("mended", "ImportError: c"), ("gone", "ImportError: d")]);
        let compared = compare(&outcomes(), &accepted);
        assert_eq!(subjects(&compared.failures), ["new"]);
        assert_eq!(subjects(&compared.notes), ["mended", "gone"]);
    }

    #[test]
    fn another_reason_is_a_failure() {
        let compared = compare(&outcomes(), &accepted(&[("old", "ImportError: x"), ("new", "ImportError: b")]));
        assert_eq!(subjects(&compared.failures), ["old"]);
        assert!(compared.failures[0].problem.contains("`ImportError: a`, accepted was `ImportError: x`"));
    }

    #[test]
    fn what_is_accepted_is_as_expected() {
        assert_eq!(compare(&outcomes(), &acceptable(&outcomes())), Compared::default());
    }
}
