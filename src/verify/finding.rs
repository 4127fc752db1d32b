//! What a check found wrong, in the form that people and `--json` get.
use serde::{Deserialize, Serialize};

/// One thing that is wrong, or that is worth knowing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Finding {
    /// The file, entry, module or byte range.
    pub subject: String,
    /// What is wrong with it, with both values.
    pub problem: String,
    /// Who brought it: a wheel's file name, `python-runtime`, `source:NAME`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blame: Option<String>,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Finding {
    /// Returns a finding without blame and hint.
    pub fn new(subject: impl Into<String>, problem: impl Into<String>) -> Finding {
        Finding { subject: subject.into(), problem: problem.into(), blame: None, hint: None }
    }

    /// Adds who brought it.
    #[must_use]
    pub fn blame(mut self, owner: impl Into<String>) -> Finding {
        self.blame = Some(owner.into());
        self
    }

    /// Adds what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Finding {
        self.hint = Some(hint.into());
        self
    }
}
