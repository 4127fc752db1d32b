//! Why each module is in an executable, and which modules of the installed distributions are not (`reasons.json`).
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::owner::Owner;

/// The version of the format.
pub const VERSION: u32 = 1;
/// The file's name, beside the report.
pub const FILE: &str = "reasons.json";

/// The reasons of one executable.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Reasons {
    /// [`VERSION`].
    pub version: u32,
    /// Why each module is in, by its name. Scripts are there too, by owner and path.
    pub modules: BTreeMap<String, Step>,
    /// Modules that are imported and that no installed distribution has, with those that import them.
    pub missing: BTreeMap<String, BTreeSet<String>>,
    /// Modules that `exclude-modules` leaves out although they are imported.
    pub excluded: BTreeSet<String>,
    /// Modules of installed distributions and of the standard library that are not in, by their owner.
    pub absent: BTreeMap<Owner, BTreeSet<String>>,
    /// How many data files of packages that are in are not, by the package that `collect-data` takes.
    pub left_out: BTreeMap<String, u32>,
}

/// The last step of the shortest way that leads to a module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Step {
    /// The module or script that the step begins at; `None`: the executable itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// What made it; `None`: an import statement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl Reasons {
    /// Returns the way to a module, the module first: names with the step that led there. Empty if it is not in.
    pub fn chain<'r>(&'r self, module: &'r str) -> Vec<(&'r str, &'r Step)> {
        let mut chain = Vec::new();
        let mut at = Some(module);
        // Steps lead to the executable; those of a damaged file may go round.
        while let Some((name, step)) = at.and_then(|name| self.modules.get_key_value(name)) {
            if chain.len() == self.modules.len() {
                break;
            }
            chain.push((name.as_str(), step));
            at = step.by.as_deref();
        }
        chain
    }

    /// Returns the owners of a module that is not in.
    pub fn owners_of_absent<'r>(&'r self, module: &'r str) -> impl Iterator<Item = &'r Owner> {
        self.absent.iter().filter(move |(_, modules)| modules.contains(module)).map(|(owner, _)| owner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reasons(steps: &[(&str, Option<&str>)]) -> Reasons {
        let step = |by: &Option<&str>| Step { by: by.map(str::to_owned), why: None };
        let modules = steps.iter().map(|(name, by)| ((*name).to_owned(), step(by))).collect();
        Reasons { modules, ..Reasons::default() }
    }

    #[test]
    fn a_chain_ends_at_the_executable() {
        let reasons = reasons(&[("a", Some("b")), ("b", Some("c")), ("c", None)]);
        let names = |module| reasons.chain(module).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(names("a"), ["a", "b", "c"]);
        assert_eq!(names("x"), Vec::<&str>::new());
    }

    #[test]
    fn steps_that_go_round_end() {
        let reasons = reasons(&[("a", Some("b")), ("b", Some("a"))]);
        assert_eq!(reasons.chain("a").len(), 2);
    }
}
