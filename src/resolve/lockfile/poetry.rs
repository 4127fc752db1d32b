//! poetry.lock, lock-versions 1.1, 2.0 and 2.1.
use std::collections::BTreeMap;

use permafreeze_packaging::name::Name;
use serde::Deserialize;

use super::by_name::of_version;
use super::text::{part, plain};
use super::{Environments, Locked, LockedFile, LockedPackage, LockedSource, Markers, PythonVersions, Selection};
use crate::address::{is_of_a_server, of_repository, without_credentials};
use crate::content_hash::content_hash;
use crate::document::TomlFile;
use crate::error::Error;
use crate::pyproject::OneOrMany;

/// The lock-versions that are read. 1.1 (Poetry 1.1 to 1.4) has the files of all packages in one table.
const VERSIONS: [&str; 3] = ["1.1", "2.0", WITH_GROUPS];
/// The lock-version (Poetry 2) that says of each package its groups and markers.
const WITH_GROUPS: &str = "2.1";
/// Digits of a hash that tell it from another one.
const SHORT: usize = 8;

/// poetry.lock.
#[derive(Debug, Clone, Deserialize)]
pub struct PoetryLock {
    #[serde(default)]
    package: Vec<Package>,
    metadata: Metadata,
}

/// `[metadata]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Metadata {
    lock_version: String,
    python_versions: String,
    /// The hash of what pyproject.toml says of dependencies.
    content_hash: String,
    /// 1.1: the files of each distribution, of all its locked versions.
    #[serde(default)]
    files: BTreeMap<String, Vec<File>>,
}

/// `[[package]]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Package {
    #[serde(deserialize_with = "part")]
    name: String,
    #[serde(deserialize_with = "part")]
    version: String,
    python_versions: String,
    /// 2.1.
    #[serde(default)]
    groups: Vec<String>,
    /// 2.1.
    #[serde(default)]
    markers: Option<PackageMarkers>,
    /// Since 2.0.
    files: Option<Vec<File>>,
    #[serde(default)]
    dependencies: BTreeMap<String, OneOrMany>,
    #[serde(default)]
    extras: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    source: Option<Source>,
}

/// `markers` of a package: a text, or a table by group.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum PackageMarkers {
    Same(String),
    ByGroup(BTreeMap<String, String>),
}

/// One of `files`.
#[derive(Debug, Clone, Deserialize)]
struct File {
    #[serde(deserialize_with = "part")]
    file: String,
    hash: String,
}

/// `[package.source]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "AnySource")]
struct Source(AnySource);

#[derive(Debug, Clone, Deserialize)]
struct AnySource {
    /// `legacy` (an index), `url`, `directory`, `file` or `git`.
    #[serde(rename = "type", deserialize_with = "plain")]
    kind: String,
    /// The URL, or the path relative to the lock file.
    #[serde(deserialize_with = "plain")]
    url: String,
    subdirectory: Option<String>,
    /// `git`: the commit.
    #[serde(default, rename = "resolved_reference")]
    commit: String,
}

impl TryFrom<AnySource> for Source {
    type Error = &'static str;

    /// A file of the machine on which the plan is made would be read on every other one.
    fn try_from(source: AnySource) -> Result<Source, &'static str> {
        if source.kind == "url" && !is_of_a_server(&source.url) {
            return Err(
                "the `url` of a source of type `url` must begin with `https://` or `http://`; a file of the project \
                        is a path dependency",
            );
        }
        Ok(Source(source))
    }
}

/// Reads a lock file and checks that it was made from this pyproject.toml.
///
/// # Errors
/// If it is malformed, of a version that is not known, or stale.
pub(super) fn read(file: &TomlFile, pyproject: &TomlFile) -> Result<Locked, Error> {
    let lock = PoetryLock::read(file)?;
    lock.check_fresh(file, pyproject)?;
    Ok(lock.into())
}

impl From<PoetryLock> for Locked {
    fn from(lock: PoetryLock) -> Locked {
        let has_groups = lock.metadata.lock_version == WITH_GROUPS;
        let selection = if has_groups { Selection::Groups } else { Selection::Requirements };
        let python = PythonVersions { key: "metadata.python-versions", text: lock.metadata.python_versions };
        let mut packages: Vec<LockedPackage> = lock.package.into_iter().map(LockedPackage::from).collect();
        add_files(&mut packages, lock.metadata.files);
        Locked { packages, python: Some(python), environments: Environments::default(), selection }
    }
}

/// Gives each package its files of the table that lock-version 1.1 has for all.
fn add_files(packages: &mut [LockedPackage], table: BTreeMap<String, Vec<File>>) {
    let by_name: BTreeMap<Name, Vec<LockedFile>> =
        table.into_iter().map(|(name, files)| (Name::new(&name), locked(files))).collect();
    for package in packages {
        if let Some(files) = by_name.get(&Name::new(&package.name)) {
            package.files.extend(of_version(files, &package.name, &package.version));
        }
    }
}

fn locked(files: Vec<File>) -> Vec<LockedFile> {
    let file = |File { file, hash }| LockedFile { file, hash, size: None, url: None, path: None };
    files.into_iter().map(file).collect()
}

impl From<Package> for LockedPackage {
    fn from(package: Package) -> LockedPackage {
        LockedPackage {
            name: package.name,
            version: package.version,
            python_versions: package.python_versions,
            groups: package.groups,
            markers: package.markers.map(|markers| match markers {
                PackageMarkers::Same(text) => Markers::Same(text),
                PackageMarkers::ByGroup(by_group) => Markers::ByGroup(by_group),
            }),
            files: locked(package.files.unwrap_or_default()),
            dependencies: package.dependencies,
            extras: package.extras,
            source: package.source.map(LockedSource::from),
        }
    }
}

impl From<Source> for LockedSource {
    /// Without the credentials of URLs: they belong into netrc or the environment, where `fetch` looks for them.
    fn from(Source(AnySource { kind, url, subdirectory, commit }): Source) -> LockedSource {
        let bare = without_credentials(&url);
        match kind.as_str() {
            "legacy" => LockedSource::Index { url: bare },
            "url" => LockedSource::Url { url: bare },
            "directory" => LockedSource::Folder { path: url, subdirectory },
            "file" => LockedSource::File { path: url },
            "git" => LockedSource::Git { url: of_repository(&url), commit, subdirectory },
            _ => LockedSource::Other { kind, url: bare },
        }
    }
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
                known: "lock-versions 1.1, 2.0 and 2.1",
            }),
        }
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
            problem: format!(
                "its content-hash is `{}…`, that of `{}` is `{}…`",
                short(locked),
                pyproject.name,
                short(&current)
            ),
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
