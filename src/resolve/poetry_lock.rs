//! poetry.lock, lock-versions 2.0 and 2.1.
use std::collections::BTreeMap;

use serde::Deserialize;

use crate::content_hash::content_hash;
use crate::document::TomlFile;
use crate::error::Error;
use crate::pyproject::OneOrMany;

/// The lock-versions that are read. 2.1 (Poetry 2) says of each package its groups and markers.
const VERSIONS: [&str; 2] = ["2.0", "2.1"];
/// Digits of a hash that tell it from another one.
const SHORT: usize = 8;

/// poetry.lock.
#[derive(Debug, Clone, Deserialize)]
pub struct PoetryLock {
    /// The packages, in the file's order.
    #[serde(default)]
    pub package: Vec<LockedPackage>,
    /// `[metadata]`.
    pub metadata: Metadata,
}

/// `[metadata]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Metadata {
    /// The version of the lock file's format.
    pub lock_version: String,
    /// The Pythons that it was locked for.
    pub python_versions: String,
    /// The hash of what pyproject.toml says of dependencies.
    pub content_hash: String,
}

/// `[[package]]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct LockedPackage {
    /// The name as the distribution spells it.
    pub name: String,
    /// The version.
    pub version: String,
    /// The Pythons that it runs on.
    pub python_versions: String,
    /// 2.1: the groups that require it.
    #[serde(default)]
    pub groups: Vec<String>,
    /// 2.1: when it is required.
    #[serde(default)]
    pub markers: Option<Markers>,
    /// Its files.
    pub files: Vec<LockedFile>,
    /// Its requirements.
    #[serde(default)]
    pub dependencies: BTreeMap<String, OneOrMany>,
    /// Its extras' requirements.
    #[serde(default)]
    pub extras: BTreeMap<String, Vec<String>>,
    /// Where it comes from, unless from the default index.
    #[serde(default)]
    pub source: Option<LockedSource>,
}

/// The markers of a package: one for all its groups, or one by group.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Markers {
    /// For all groups.
    Same(String),
    /// By group; a group that is not in it has none.
    ByGroup(BTreeMap<String, String>),
}

/// A file of a package.
#[derive(Debug, Clone, Deserialize)]
pub struct LockedFile {
    /// Its name.
    pub file: String,
    /// `sha256:` and the hash.
    pub hash: String,
}

/// `[package.source]`.
#[derive(Debug, Clone, Deserialize)]
pub struct LockedSource {
    /// `legacy` (an index), `url`, `directory`, `file` or `git`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The URL, or the path relative to the lock file.
    pub url: String,
    /// A folder within the source.
    pub subdirectory: Option<String>,
}

impl PoetryLock {
    /// Reads a lock file.
    ///
    /// # Errors
    /// If it is of a version that is not known, or not a lock file.
    pub fn read(file: &TomlFile) -> Result<PoetryLock, Error> {
        // The version first: files of other versions have other fields, and that would be the wrong complaint.
        let found = file.get(&["metadata", "lock-version"]).and_then(toml_edit::Item::as_str);
        match found {
            Some(version) if VERSIONS.contains(&version) => file.convert(),
            found => Err(Error::UnknownLockVersion {
                file: file.name.clone(),
                found: found
                    .map_or_else(|| "no lock-version".to_owned(), |version| format!("lock-version `{version}`")),
            }),
        }
    }

    /// Returns whether the file says groups and markers of each package.
    pub fn has_groups(&self) -> bool {
        self.metadata.lock_version != VERSIONS[0]
    }

    /// Checks that the lock file was made from this pyproject.toml.
    ///
    /// # Errors
    /// If its content hash is another one.
    pub fn check_fresh(&self, file: &TomlFile, pyproject: &TomlFile) -> Result<(), Error> {
        let current = content_hash(pyproject, true);
        let locked = &self.metadata.content_hash;
        if current == *locked || (before_2_3(file.first_line()) && content_hash(pyproject, false) == *locked) {
            return Ok(());
        }
        let short = |hash: &str| hash.chars().take(SHORT).collect::<String>();
        Err(Error::StaleLock {
            lock: file.name.clone(),
            pyproject: pyproject.name.clone(),
            locked: short(locked),
            current: short(&current),
        })
    }
}

/// Returns whether the comment at the top of the lock file names a Poetry before 2.3.
fn before_2_3(comment: &str) -> bool {
    let Some((_, after)) = comment.split_once("by Poetry ") else { return false };
    let mut numbers = after.split([' ', '.']).map_while(|part| part.parse::<u32>().ok());
    let (Some(major), Some(minor)) = (numbers.next(), numbers.next()) else { return false };
    (major, minor) < (2, 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_comment_tells_the_version_of_poetry() {
        assert!(before_2_3(
            "# This file is automatically @generated by Poetry 2.2.1 and should not be changed by hand."
        ));
        assert!(!before_2_3(
            "# This file is automatically @generated by Poetry 2.3.0 and should not be changed by hand."
        ));
        assert!(!before_2_3("[[package]]"));
    }
}
