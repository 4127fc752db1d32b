//! What was expected of the modules: all can be imported, but those that the plan accepts, and those that want what another
//! system has.
use std::collections::{BTreeMap, BTreeSet};

use super::imports::Outcomes;
use super::{foreign, reason};
use crate::finding::Finding;

/// What differs from what was expected.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// Modules that fail and are not accepted, or fail for another reason.
    pub failures: Vec<Finding>,
    /// Accepted modules that need not be any more.
    pub notes: Vec<Finding>,
}

/// What makes a failure no failure of the executable.
#[derive(Debug, Clone, Copy)]
pub struct Excuses<'e> {
    /// What became of modules without PyInstaller.
    pub unfrozen: &'e Outcomes,
    /// Whether the system is Windows.
    pub windows: bool,
}

impl Excuses<'_> {
    /// Returns whether the module fails in the same way without PyInstaller, or wants what another system has.
    fn excuse(&self, module: &str, reason: &str) -> bool {
        let other = self.unfrozen.get(module).and_then(Option::as_deref);
        foreign::explains(reason, self.windows) || other.is_some_and(|other| reason::alike(reason, other))
    }
}

/// Returns the modules that cannot be imported and are not accepted, or are for another reason.
pub fn unexpected(outcomes: &Outcomes, accepted: &BTreeMap<String, String>, windows: bool) -> BTreeSet<String> {
    let differs = |(module, reason): &(&String, &Option<String>)| {
        let is_own = reason.as_ref().is_some_and(|reason| !foreign::explains(reason, windows));
        is_own && accepted.get(*module) != reason.as_ref()
    };
    outcomes.iter().filter(differs).map(|(module, _)| module.clone()).collect()
}

/// Compares what became of the modules with what the plan accepts, module → reason, and with what excuses them.
pub fn compare(outcomes: &Outcomes, accepted: &BTreeMap<String, String>, excuses: Excuses<'_>) -> Compared {
    let mut compared = Compared::default();
    for (module, outcome) in outcomes {
        let without = excuses.unfrozen.get(module);
        let problem = match (outcome, accepted.get(module)) {
            (Some(reason), old) if old == Some(reason) || excuses.excuse(module, reason) => continue,
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

fn contrast(unfrozen: Option<&Option<String>>) -> String {
    match unfrozen {
        None => String::new(),
        Some(None) => "; without PyInstaller it can be imported".to_owned(),
        Some(Some(reason)) => format!("; without PyInstaller it cannot either, but: {reason}"),
    }
}

/// Returns what the plan must accept for these outcomes to be as expected.
pub fn acceptable(outcomes: &Outcomes, excuses: Excuses<'_>) -> BTreeMap<String, String> {
    let failing = outcomes.iter().filter_map(|(module, reason)| Some((module.clone(), reason.clone()?)));
    failing.filter(|(module, reason)| !excuses.excuse(module, reason)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excuses(unfrozen: &Outcomes) -> Excuses<'_> {
        Excuses { unfrozen, windows: false }
    }

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
        let compared = compare(&outcomes(), &accepted, excuses(&Outcomes::new()));
        assert_eq!(subjects(&compared.failures), ["new"]);
        assert_eq!(subjects(&compared.notes), ["mended", "gone"]);
    }

    #[test]
    fn another_reason_is_a_failure() {
        let compared = compare(
            &outcomes(),
            &accepted(&[("old", "ImportError: x"), ("new", "ImportError: b")]),
            excuses(&Outcomes::new()),
        );
        assert_eq!(subjects(&compared.failures), ["old"]);
        assert!(compared.failures[0].problem.contains("`ImportError: a`, accepted was `ImportError: x`"));
    }

    #[test]
    fn what_is_accepted_is_as_expected() {
        let none = Outcomes::new();
        assert_eq!(compare(&outcomes(), &acceptable(&outcomes(), excuses(&none)), excuses(&none)), Compared::default());
    }

    #[test]
    fn what_fails_without_pyinstaller_in_the_same_way_is_expected_and_nothing_else() {
        let of = |pairs: &[(&str, Option<&str>)]| -> Outcomes {
            pairs.iter().map(|(module, reason)| ((*module).to_owned(), reason.map(str::to_owned))).collect()
        };
        let accepted = accepted(&[("old", "ImportError: a")]);
        assert_eq!(unexpected(&outcomes(), &accepted, false), BTreeSet::from(["new".to_owned()]));
        let same = of(&[("new", Some("ImportError: b"))]);
        assert_eq!(compare(&outcomes(), &accepted, excuses(&same)), Compared::default());
        assert_eq!(acceptable(&outcomes(), excuses(&same)), accepted);
        for (without, words) in
            [(None, "it can be imported"), (Some("ImportError: c"), "cannot either, but: ImportError: c")]
        {
            let compared = compare(&outcomes(), &accepted, excuses(&of(&[("new", without)])));
            assert_eq!(subjects(&compared.failures), ["new"]);
            assert!(compared.failures[0].problem.contains(words), "{compared:?}");
        }
    }

    #[test]
    fn what_wants_another_system_is_expected_on_this_one() {
        let reason = "ModuleNotFoundError: No module named 'msvcrt'";
        let outcomes = Outcomes::from([("console".to_owned(), Some(reason.to_owned()))]);
        let (none, accepted) = (Outcomes::new(), BTreeMap::new());
        let on = |windows| Excuses { unfrozen: &none, windows };
        assert_eq!(compare(&outcomes, &accepted, on(false)), Compared::default());
        assert!(unexpected(&outcomes, &accepted, false).is_empty() && acceptable(&outcomes, on(false)).is_empty());
        assert_eq!(subjects(&compare(&outcomes, &accepted, on(true)).failures), ["console"]);
        assert_eq!(unexpected(&outcomes, &accepted, true).len(), 1);
    }
}
