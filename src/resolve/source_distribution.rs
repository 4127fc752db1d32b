//! Source distributions as files (PEP 625).
use permafreeze_packaging::target::Target;
use permafreeze_plan::plan::PinnedFile;

/// A locked package that is built of its source distribution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sdist {
    /// The file's name.
    pub file: String,
    /// The file.
    pub pinned: PinnedFile,
    /// What `extra-build-dependencies` says of it.
    pub extra: Vec<String>,
    /// The folder of it that is the project.
    pub subdirectory: Option<String>,
    /// The targets for which the package has no wheel, if it has some for others.
    pub lacking: Vec<Target>,
    /// Whether the package has wheels for other Pythons alone, on whatever platform.
    pub is_outdated: bool,
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
    stem(file).is_some()
}

/// Returns the name of a source distribution's file without its end: name and version.
pub fn stem(file: &str) -> Option<&str> {
    ENDS.iter().find_map(|end| file.strip_suffix(end))
}
