//! What was expected of the modules: all can be imported, but those that the plan accepts.
use std::collections::{BTreeMap, BTreeSet};

use super::imports::Outcomes;
use super::reason;
use crate::finding::Finding;

/// What differs from what was expected.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// Modules that fail and are not accepted, or fail for another reason.
    pub failures: Vec<Finding>,
    /// Accepted modules that need not be any more.
    pub notes: Vec<Finding>,
}

/// Returns the modules that cannot be imported and are not accepted, or are for another reason.
pub fn unexpected(outcomes: &Outcomes, accepted: &BTreeMap<String, String>) -> BTreeSet<String> {
    let differs =
        |(module, reason): &(&String, &Option<String>)| reason.is_some() && accepted.get(*module) != reason.as_ref();
    outcomes.iter().filter(differs).map(|(module, _)| module.clone()).collect()
}

/// Compares what became of the modules with what the plan accepts, module → reason, and with what became of them without
/// PyInstaller: what fails there in the same way is expected.
pub fn compare(outcomes: &Outcomes, accepted: &BTreeMap<String, String>, unfrozen: &Outcomes) -> Compared {
    let mut compared = Compared::default();
    for (module, outcome) in outcomes {
        let without = unfrozen.get(module);
        let problem = match (outcome, accepted.get(module)) {
            (Some(reason), old) if old == Some(reason) || fails_alike(reason, without) => continue,
            (Some(reason), None) => format!("cannot be imported: {reason}{}", contrast(without)),
            (Some(reason), Some(old)) => {
                format!("cannot be imported for another reason: `{reason}`, accepted was `{old}`{}", contrast(without))
            }
            (None, Some(old)) => {
                let problem = format!("can be imported, though it is accepted that it cannot: `{old}`");
                compared.notes.push(Finding::new(module, problem));
                continue;
            }
            (None, None) => continue,
        };
        compared.failures.push(Finding::new(module, problem));
    }
    let gone = accepted.keys().filter(|module| !outcomes.contains_key(*module));
    compared.notes.extend(gone.map(|module| Finding::new(module, "is accepted, but not in the executable")));
    compared
}

fn fails_alike(reason: &str, unfrozen: Option<&Option<String>>) -> bool {
    unfrozen.is_some_and(|other| other.as_deref().is_some_and(|other| reason::alike(reason, other)))
}

fn contrast(unfrozen: Option<&Option<String>>) -> String {
    match unfrozen {
        None => String::new(),
        Some(None) => "; without PyInstaller it can be imported".to_owned(),
        Some(Some(reason)) => format!("; without PyInstaller it cannot either, but: {reason}"),
    }
}

/// Returns what the plan must accept for these outcomes to be as expected.
pub fn acceptable(outcomes: &Outcomes, unfrozen: &Outcomes) -> BTreeMap<String, String> {
    let failing = outcomes.iter().filter_map(|(module, reason)| Some((module.clone(), reason.clone()?)));
    failing.filter(|(module, reason)| !fails_alike(reason, unfrozen.get(module))).collect()
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
        let compared = compare(&outcomes(), &accepted, &Outcomes::new());
        assert_eq!(subjects(&compared.failures), ["new"]);
        assert_eq!(subjects(&compared.notes), ["mended", "gone"]);
    }

    #[test]
    fn another_reason_is_a_failure() {
        let compared =
            compare(&outcomes(), &accepted(&[("old", "ImportError: x"), ("new", "ImportError: b")]), &Outcomes::new());
        assert_eq!(subjects(&compared.failures), ["old"]);
        assert!(compared.failures[0].problem.contains("`ImportError: a`, accepted was `ImportError: x`"));
    }

    #[test]
    fn what_is_accepted_is_as_expected() {
        let none = Outcomes::new();
        assert_eq!(compare(&outcomes(), &acceptable(&outcomes(), &none), &none), Compared::default());
    }

    #[test]
    fn what_fails_without_pyinstaller_in_the_same_way_is_expected_and_nothing_else() {
        let of = |pairs: &[(&str, Option<&str>)]| -> Outcomes {
            pairs.iter().map(|(module, reason)| ((*module).to_owned(), reason.map(str::to_owned))).collect()
        };
        let accepted = accepted(&[("old", "ImportError: a")]);
        assert_eq!(unexpected(&outcomes(), &accepted), BTreeSet::from(["new".to_owned()]));
        let same = of(&[("new", Some("ImportError: b"))]);
        assert_eq!(compare(&outcomes(), &accepted, &same), Compared::default());
        assert_eq!(acceptable(&outcomes(), &same), accepted);
        for (without, words) in
            [(None, "it can be imported"), (Some("ImportError: c"), "cannot either, but: ImportError: c")]
        {
            let compared = compare(&outcomes(), &accepted, &of(&[("new", without)]));
            assert_eq!(subjects(&compared.failures), ["new"]);
            assert!(compared.failures[0].problem.contains(words), "{compared:?}");
        }
    }
}
