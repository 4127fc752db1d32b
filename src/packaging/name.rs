//! Normalised names (PEP 503): distributions, extras (PEP 685) and dependency groups (PEP 735).
use std::fmt;

use serde::Serialize;

/// A normalised name: lower case, every run of `-`, `_` and `.` is one `-`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Name(String);

impl Name {
    /// Normalises `given`.
    pub fn new(given: &str) -> Name {
        let mut name = String::with_capacity(given.len());
        let mut separator = false;
        for character in given.trim().chars() {
            if matches!(character, '-' | '_' | '.') {
                separator = true;
                continue;
            }
            if separator {
                name.push('-');
                separator = false;
            }
            name.extend(character.to_lowercase());
        }
        if separator {
            name.push('-');
        }
        Name(name)
    }

    /// Returns the normalised text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the name of the import package that a build backend looks for: `-` becomes `_`.
    pub fn module(&self) -> String {
        self.0.replace('-', "_")
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for Name {
    fn from(given: &str) -> Name {
        Name::new(given)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_of_separators_is_one_dash() {
        for given in ["friendly-bard", "Friendly-Bard", "FRIENDLY-BARD", "friendly.bard", "friendly--_.bard"] {
            assert_eq!(Name::new(given).as_str(), "friendly-bard");
        }
    }

    /// What `packaging.utils.canonicalize_name` (26.0) gives.
    #[test]
    fn separators_at_the_ends_stay() {
        for (given, expected) in [("_x_", "-x-"), ("__X", "-x"), ("x-.", "x-"), ("-", "-"), ("", ""), ("A_.-b", "a-b")]
        {
            assert_eq!(Name::new(given).as_str(), expected, "{given}");
        }
    }

    #[test]
    fn a_module_name_has_underscores() {
        assert_eq!(Name::new("Agent.Runner").module(), "agent_runner");
    }
}
