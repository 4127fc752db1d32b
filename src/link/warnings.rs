//! What the user should know although the link succeeds.
use std::collections::BTreeSet;

/// Sentences, each once, sorted.
#[derive(Debug, Default)]
pub struct Warnings(BTreeSet<String>);

impl Warnings {
    /// Notes something that the user should know.
    pub fn add(&mut self, text: impl Into<String>) {
        self.0.insert(text.into());
    }

    /// Returns the sentences, sorted.
    pub fn into_sorted(self) -> Vec<String> {
        self.0.into_iter().collect()
    }
}
