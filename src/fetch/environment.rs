//! The environment variables, as the caller hands them in: fetch reads none by itself.
use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

/// A copy of the environment. It holds credentials, so it has no `Debug`.
#[derive(Clone)]
pub struct Environment {
    variables: BTreeMap<String, String>,
    /// The folder of the system's configuration.
    etc: Utf8PathBuf,
}

impl Environment {
    /// Makes an environment from names and values.
    pub fn new<N: Into<String>, V: Into<String>>(variables: impl IntoIterator<Item = (N, V)>) -> Environment {
        let variables = variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Environment { variables, etc: Utf8PathBuf::from("/etc") }
    }

    /// Takes another folder for `/etc`.
    #[must_use]
    pub fn with_etc(mut self, etc: impl Into<Utf8PathBuf>) -> Environment {
        self.etc = etc.into();
        self
    }

    /// Returns the folder of the system's configuration, `/etc`.
    pub fn etc(&self) -> &Utf8Path {
        &self.etc
    }

    /// Returns the value of a variable, `None` also if it is empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Returns the first of the variables that is set and not empty.
    pub fn first(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.get(name))
    }

    /// Returns `~/below`.
    pub fn home(&self, below: &str) -> Option<Utf8PathBuf> {
        self.get("HOME").map(|home| Utf8PathBuf::from(home).join(below))
    }

    /// Replaces a leading `~/` by the home folder.
    pub fn expand_user(&self, path: &str) -> Utf8PathBuf {
        match path.strip_prefix("~/") {
            Some(below) => self.home(below).unwrap_or_else(|| Utf8PathBuf::from(path)),
            None => Utf8PathBuf::from(path),
        }
    }

    /// Returns the folder for files that can be made again: `$XDG_CACHE_HOME/permafreeze` or `~/.cache/permafreeze`.
    pub fn cache_dir(&self) -> Option<Utf8PathBuf> {
        match self.get("XDG_CACHE_HOME") {
            Some(dir) => Some(Utf8PathBuf::from(dir).join("permafreeze")),
            None => self.home(".cache/permafreeze"),
        }
    }
}
