//! Git dependencies: the tree of a locked commit, which becomes an archive that is built like a source distribution.
//!
//! The lock says the commit; what sha256 its archive has is known once it was made, and is in the plan from then on.
use permafreeze_packaging::name::Name;
use permafreeze_plan::plan::{GitCommit, PinnedFile};

/// A locked package that is the tree of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GitTree {
    /// The file name of its archive.
    pub file: String,
    /// The distribution's normalised name.
    pub package: String,
    /// The locked version.
    pub version: String,
    /// Where the tree is.
    pub git: GitCommit,
    /// The folder of the tree that is the project.
    pub subdirectory: Option<String>,
}

/// Why there is no archive of a git tree, and what mends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoArchive {
    /// What is wrong.
    pub problem: String,
    /// What mends it.
    pub hint: Option<String>,
}

impl GitTree {
    /// Returns the tree of a locked package by its name and version; `None` if `commit` is no commit's id.
    pub fn new((name, version): (&str, &str), url: &str, commit: &str, subdirectory: Option<&str>) -> Option<GitTree> {
        let is_id = matches!(commit.len(), 40 | 64) && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_id {
            return None;
        }
        let name = Name::new(name).to_string();
        let git = GitCommit { url: url.to_owned(), commit: commit.to_ascii_lowercase() };
        let file = format!("{}-{version}{}", name.replace('-', "_"), git.archive_end());
        let inside = subdirectory.map(|path| permafreeze_base::path::join(".", path)).filter(|path| path != ".");
        Some(GitTree { file, package: name, version: version.to_owned(), git, subdirectory: inside })
    }

    /// Returns the pin of its archive.
    pub fn pinned(&self, sha256: &str) -> PinnedFile {
        PinnedFile {
            package: self.package.clone(),
            version: self.version.clone(),
            sha256: sha256.to_owned(),
            size: None,
            url: None,
            index: None,
            path: None,
            git: Some(self.git.clone()),
        }
    }
}
