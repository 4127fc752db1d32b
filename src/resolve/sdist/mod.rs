//! Source distributions: what builds a wheel of one (PEP 517, 518), pinned in the plan.
//!
//! A source distribution says itself what its build requires, so it must be there before this can be chosen. What was
//! chosen once is in the plan, and stays ([`known`]). The files come in through [`choose::Index`]: nothing here asks the
//! network.
use permafreeze_plan::plan::PinnedFile;

pub mod archive;
pub mod choose;
pub mod known;
pub mod setup;
pub mod system;

/// A locked package that is built of its source distribution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sdist {
    /// The file's name.
    pub file: String,
    /// The file.
    pub pinned: PinnedFile,
    /// What `extra-build-dependencies` says of it.
    pub extra: Vec<String>,
}

impl Sdist {
    /// Returns the file name of the wheel that is built of it (PEP 427; PEP 503 decides the name, `_` stands for `-`).
    pub fn wheel(&self) -> String {
        let version = self.pinned.version.replace('-', "_");
        format!("{}-{version}-py3-none-any.whl", self.pinned.package.replace('-', "_"))
    }
}

/// The ends of the file names of source distributions (PEP 625, and what came before it).
const ENDS: [&str; 5] = [".tar.gz", ".zip", ".tgz", ".tar.bz2", ".tar.xz"];

/// Returns whether a file is a source distribution, by its name.
pub fn is_sdist(file: &str) -> bool {
    ENDS.iter().any(|end| file.ends_with(end))
}
