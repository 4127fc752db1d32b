//! pylock.toml (PEP 751), lock-version 1.0: the result of a resolution, with markers.
//!
//! The group `main` is the file's `default-groups`; a package without a marker is always installed.
use std::collections::{BTreeMap, BTreeSet};

use permafreeze_base::path::join;
use permafreeze_packaging::marker::Marker;
use permafreeze_packaging::name::Name;
use serde::Deserialize;
use toml_edit::Item;

use super::artifact::{Artifact, From, file_name};
use super::text::{optional_part, optional_plain, part, plain};
use super::{
    Environments, Locked, LockedFile, LockedPackage, LockedSource, Markers, Project, PythonVersions, Selection, Sets,
};
use crate::address::{is_of_a_server, of_repository, without_credentials};
use crate::document::TomlFile;
use crate::error::Error;
use crate::tool_uv::index_urls;

/// The major version that is read: a file of a higher minor version may be (PEP 751).
const MAJOR: &str = "1";
/// The version of a package that says none.
const UNKNOWN: &str = "0";

/// pylock.toml.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Pylock {
    #[serde(default)]
    environments: Vec<String>,
    #[serde(default)]
    requires_python: Option<String>,
    #[serde(default)]
    extras: Vec<String>,
    #[serde(default)]
    dependency_groups: Vec<String>,
    #[serde(default)]
    default_groups: Vec<String>,
    #[serde(default)]
    packages: Vec<Package>,
}

/// `[[packages]]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Package {
    #[serde(deserialize_with = "part")]
    name: String,
    #[serde(default, deserialize_with = "optional_part")]
    version: Option<String>,
    #[serde(default)]
    marker: Option<String>,
    #[serde(default)]
    requires_python: Option<String>,
    #[serde(default, deserialize_with = "optional_plain")]
    index: Option<String>,
    #[serde(default)]
    vcs: Option<Vcs>,
    #[serde(default)]
    directory: Option<Directory>,
    #[serde(default)]
    archive: Option<File>,
    #[serde(default)]
    sdist: Option<File>,
    #[serde(default)]
    wheels: Vec<File>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Vcs {
    #[serde(rename = "type", deserialize_with = "plain")]
    kind: String,
    #[serde(default, deserialize_with = "optional_plain")]
    url: Option<String>,
    #[serde(default, deserialize_with = "optional_plain")]
    path: Option<String>,
    #[serde(deserialize_with = "plain")]
    commit_id: String,
    #[serde(default, deserialize_with = "optional_plain")]
    subdirectory: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct Directory {
    #[serde(deserialize_with = "plain")]
    path: String,
    #[serde(default, deserialize_with = "optional_plain")]
    subdirectory: Option<String>,
}

/// A wheel, a source distribution or an archive.
#[derive(Debug, Clone, Deserialize)]
struct File {
    #[serde(default, deserialize_with = "optional_plain")]
    name: Option<String>,
    #[serde(default, deserialize_with = "optional_plain")]
    url: Option<String>,
    #[serde(default, deserialize_with = "optional_plain")]
    path: Option<String>,
    #[serde(default)]
    size: Option<u64>,
    #[serde(default)]
    hashes: BTreeMap<String, String>,
}

/// Reads a lock file, and checks that it has what the project requires.
///
/// # Errors
/// If it is malformed or of another version.
pub(super) fn read(file: &TomlFile, project: &Project<'_>) -> Result<Locked, Error> {
    // The version first: files of other versions have other fields, and that would be the wrong complaint.
    let found = file.get(&["lock-version"]).and_then(Item::as_str);
    if found.and_then(|version| version.split('.').next()) != Some(MAJOR) {
        let found = found.map_or_else(|| "no lock-version".to_owned(), |version| format!("lock-version `{version}`"));
        return Err(Error::UnknownLockVersion { file: file.name.clone(), found, known: "lock-version 1.0" });
    }
    let lock: Pylock = file.convert()?;
    let names = |names: &[String]| names.iter().map(|name| Name::new(name)).collect::<BTreeSet<Name>>();
    let environments = lock.environments.iter().map(|text| marker(file, "environments", text));
    let sets = Sets {
        extras: names(&lock.extras),
        groups: names(&lock.dependency_groups),
        default_groups: names(&lock.default_groups),
    };
    let environments = Environments { key: "environments", markers: environments.collect::<Result<_, _>>()? };
    let indexes = index_urls(project.file);
    let own = project.pyproject.name().map(Name::new);
    let mut packages = Vec::new();
    for package in &lock.packages {
        let reader = Reader { file, package, indexes: &indexes };
        let locked = reader.package()?;
        // The project itself is not one of its packages here.
        let is_own = own.as_ref() == Some(&Name::new(&package.name))
            && matches!(&locked.source, Some(LockedSource::Folder { path, .. }) if path == ".");
        if !is_own {
            packages.push(locked);
        }
    }
    let python = lock.requires_python.map(|text| PythonVersions { key: "requires-python", text });
    Ok(Locked { packages, python, environments, selection: Selection::Markers(sets) })
}

fn marker(file: &TomlFile, package: &str, text: &str) -> Result<Marker, Error> {
    text.parse().map_err(|error| Error::Marker { file: file.name.clone(), package: package.to_owned(), error })
}

struct Reader<'a> {
    file: &'a TomlFile,
    package: &'a Package,
    indexes: &'a [String],
}

impl Reader<'_> {
    fn package(&self) -> Result<LockedPackage, Error> {
        let package = self.package;
        let from = self.from();
        let files = package.wheels.iter().chain(&package.sdist).map(|file| self.artifact(file, from));
        let mut files = files.collect::<Result<Vec<_>, _>>()?;
        let source = self.source(&mut files)?;
        Ok(LockedPackage {
            name: package.name.clone(),
            version: package.version.clone().unwrap_or_else(|| UNKNOWN.to_owned()),
            python_versions: package.requires_python.clone().unwrap_or_default(),
            groups: Vec::new(),
            markers: package.marker.clone().map(Markers::Same),
            files,
            dependencies: BTreeMap::new(),
            extras: BTreeMap::new(),
            source,
        })
    }

    /// A package that names its index has its files from there; another one has each from its URL.
    fn from(&self) -> From<'static> {
        if self.package.index.is_some() { From::Index } else { From::Url }
    }

    fn artifact(&self, file: &File, from: From<'_>) -> Result<LockedFile, Error> {
        let hash = file.hashes.get("sha256").map(|hash| format!("sha256:{}", hash.to_lowercase()));
        let other = file.hashes.iter().next().map(|(name, hash)| format!("{name}:{hash}"));
        let artifact = Artifact {
            name: file.name.as_deref(),
            url: file.url.as_deref(),
            path: file.path.as_deref(),
            hash: hash.as_deref().or(other.as_deref()),
            size: file.size,
        };
        artifact.locked(from).map_err(|problem| self.wrong(problem))
    }

    fn source(&self, files: &mut Vec<LockedFile>) -> Result<Option<LockedSource>, Error> {
        let package = self.package;
        if let Some(vcs) = &package.vcs {
            let place = vcs.url.as_deref().or(vcs.path.as_deref()).unwrap_or_default();
            return Ok(Some(match vcs.kind.as_str() {
                "git" => LockedSource::Git {
                    url: of_repository(place),
                    commit: vcs.commit_id.clone(),
                    subdirectory: vcs.subdirectory.clone(),
                },
                kind => LockedSource::Other { kind: kind.to_owned(), url: without_credentials(place) },
            }));
        }
        if let Some(directory) = &package.directory {
            if directory.path.starts_with('/') {
                return Err(self.wrong(format!("`{}` is a path of one machine", directory.path)));
            }
            let path = join(".", &directory.path);
            return Ok(Some(LockedSource::Folder { path, subdirectory: directory.subdirectory.clone() }));
        }
        if let Some(archive) = &package.archive {
            let named = archive.name.clone().or_else(|| archive.url.as_deref().map(file_name));
            files.push(self.artifact(&File { name: named, ..archive.clone() }, From::Url)?);
            return Ok(None);
        }
        let index = package.index.as_deref().map(without_credentials);
        let same = |url: &String| {
            index.as_deref().map(|index| index.trim_end_matches('/'))
                == Some(without_credentials(url).trim_end_matches('/'))
        };
        let is_named = self.indexes.iter().any(same);
        Ok(index.filter(|url| is_named && is_of_a_server(url)).map(|url| LockedSource::Index { url }))
    }

    fn wrong(&self, problem: String) -> Error {
        let version = self.package.version.as_deref().map(|version| format!(" {version}")).unwrap_or_default();
        self.file.wrong("files of package", &format!("{}{version}", self.package.name), problem)
    }
}
