//! What can go wrong with the tree of a commit, and what mends it.
use std::fmt;

/// A commit, and the package that comes from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfCommit {
    /// The package.
    pub package: String,
    /// The repository's URL, without credentials.
    pub url: String,
    /// The commit's id.
    pub commit: String,
}

/// Why there is no archive of a tree.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    /// `git` is not there.
    #[error("`git` is not on the PATH")]
    NoGit,
    /// A repository's address has a form that is not taken.
    #[error("expected a URL of `https`, `ssh`, `http`, `git` or `file`, or `USER@HOST:PATH`")]
    Address,
    /// `git` says this, or does not end.
    #[error("{0}")]
    Said(String),
    /// The repository does not have the commit.
    #[error("the repository does not have it any more")]
    Gone,
    /// The tree cannot be archived.
    #[error("its tree cannot be archived: {0}")]
    Tree(String),
    /// The archive is another one than the plan's.
    #[error("wrong sha256 of its archive `{file}`: expected `{expected}`, got `{got}`")]
    Archive {
        /// The file's name.
        file: String,
        /// What the plan says.
        expected: String,
        /// What it is.
        got: String,
    },
}

/// The tree of a commit cannot be had.
#[derive(Debug, thiserror::Error)]
#[error("cannot get {of}: {cause}")]
pub struct GitError {
    /// The commit.
    pub of: OfCommit,
    /// Why.
    pub cause: Cause,
}

impl GitError {
    /// Returns whether the user's input is wrong, not something outside.
    pub fn is_input(&self) -> bool {
        !matches!(self.cause, Cause::NoGit | Cause::Said(_))
    }

    /// Returns what mends it.
    pub fn hint(&self) -> String {
        let OfCommit { package, url, .. } = &self.of;
        match &self.cause {
            Cause::NoGit => "install git".to_owned(),
            Cause::Gone => {
                format!(
                    "run `poetry update {package}` or `uv lock --upgrade-package {package}`, which lock another commit, then \
                     `permafreeze lock`"
                )
            }
            Cause::Said(_) => format!(
                "try `git ls-remote {url}`: git asks its own credential helpers, ~/.netrc or ssh, and has the proxies of \
                 its own configuration; then run it again"
            ),
            Cause::Address | Cause::Tree(_) => "depend on a released version, or build a wheel of it and name it in \
                                                `wheels` of `[tool.permafreeze]`"
                .to_owned(),
            Cause::Archive { .. } => {
                "the plan was made of another tree: run `permafreeze lock`, and look at what changed".to_owned()
            }
        }
    }
}

impl fmt::Display for OfCommit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "commit `{}` of `{}`, which `{}` is locked to", self.commit, self.url, self.package)
    }
}
