//! uv.lock, version 1. Its revisions differ in what a reader may pass over.
//!
//! It locks a workspace: the project is the member of its name. Paths in it are relative to its own folder, which may be
//! above the project's.
use std::collections::{BTreeMap, BTreeSet};

use permafreeze_base::path::join;
use permafreeze_packaging::marker::Marker;
use permafreeze_packaging::name::Name;
use toml_edit::Item;

use self::wire::{Dependency, File, Package, Requirement, Source, UvLock};
use super::artifact::{Artifact, From, file_name};
use super::graph::{Edge, Graph, Node};
use super::{Environments, Locked, LockedFile, LockedPackage, LockedSource, Project, PythonVersions, Selection};
use crate::address::{is_of_a_server, of_repository, without_credentials};
use crate::document::TomlFile;
use crate::error::Error;
use crate::tool_uv::{find_links, index_urls};

mod fresh;
mod wire;

/// The version of the format. A lock of another one is not to be read; one of a higher `revision` is.
const VERSION: i64 = 1;
/// The key of the environments that it was locked for.
const SUPPORTED: &str = "supported-markers";
/// The version of a package that says none.
const DYNAMIC: &str = "0";

/// Reads a lock file that lies in `folder`, relative to the project, and checks that it was made from the project.
///
/// # Errors
/// If it is malformed, of another version, or stale.
pub(super) fn read(file: &TomlFile, folder: &str, project: &Project<'_>) -> Result<Locked, Error> {
    // The version first: files of other versions have other fields, and that would be the wrong complaint.
    let version = file.get(&["version"]);
    if version.and_then(Item::as_integer) != Some(VERSION) {
        let found = version.map_or_else(|| "no version".to_owned(), |found| format!("version `{}`", shown(found)));
        return Err(Error::UnknownLockVersion { file: file.name.clone(), found, known: "version 1" });
    }
    let lock: UvLock = file.convert()?;
    let root = root(file, &lock, folder, project)?;
    fresh::check(file, &lock, root.map(|root| &lock.package[root]), project)?;
    let member = root.and_then(|root| folder_of(&lock.package[root].source)).unwrap_or(".");
    let reader = Reader { file, lock: &lock, member, project };
    reader.locked(root)
}

/// Returns a value as it is shown.
fn shown(item: &Item) -> String {
    item.as_value().map(|value| value.clone().decorated("", "").to_string()).unwrap_or_default()
}

/// Returns the folder of a package of the workspace, relative to the lock.
fn folder_of(source: &Source) -> Option<&str> {
    [&source.editable, &source.requirements_of, &source.directory].into_iter().flatten().next().map(String::as_str)
}

/// Returns the index of the project's own package; `None` if the project has no name, and is none.
fn root(file: &TomlFile, lock: &UvLock, folder: &str, project: &Project<'_>) -> Result<Option<usize>, Error> {
    let Some(name) = project.pyproject.project.as_ref().and_then(|project| project.name.as_deref()) else {
        return Ok(None);
    };
    let depth = folder.split('/').filter(|part| *part == "..").count();
    let is_own = |package: &&Package| {
        let own = folder_of(&package.source).map(|path| join(".", path));
        let parts = own.map(|own| own.split('/').filter(|part| *part != ".").count());
        Name::new(&package.name) == Name::new(name) && parts == Some(depth)
    };
    match lock.package.iter().position(|package| is_own(&package)) {
        Some(root) => Ok(Some(root)),
        None => Err(Error::StaleLock {
            lock: file.name.clone(),
            pyproject: project.file.name.clone(),
            problem: format!("it has no project `{name}`"),
        }),
    }
}

/// Returns a path that is relative to a folder above `member`, both relative to that folder, relative to `member`.
fn relative(member: &str, path: &str) -> String {
    let (member, path) = (join(".", member), join(".", path));
    let parts = |path: &str| path.split('/').filter(|part| *part != ".").map(str::to_owned).collect::<Vec<_>>();
    let (member, path) = (parts(&member), parts(&path));
    let common = member.iter().zip(&path).take_while(|(own, other)| own == other && *own != "..").count();
    let ups = member[common..].iter().map(|_| "..".to_owned());
    let all: Vec<String> = ups.chain(path[common..].iter().cloned()).collect();
    if all.is_empty() { ".".to_owned() } else { all.join("/") }
}

struct Reader<'a> {
    file: &'a TomlFile,
    lock: &'a UvLock,
    /// The project's folder, relative to the lock's.
    member: &'a str,
    project: &'a Project<'a>,
}

impl Reader<'_> {
    fn locked(&self, root: Option<usize>) -> Result<Locked, Error> {
        let mut packages = Vec::new();
        let mut nodes = Vec::new();
        for (index, package) in self.lock.package.iter().enumerate() {
            let is_installed = Some(index) != root && package.source.requirements_of.is_none();
            let of_index = is_installed.then_some(packages.len());
            if is_installed {
                packages.push(self.package(package)?);
            }
            let edges = |dependencies: &[Dependency]| self.edges(&package.name, dependencies);
            let extras = package.optional_dependencies.iter();
            let extras = extras.map(|(extra, dependencies)| Ok((Name::new(extra), edges(dependencies)?)));
            nodes.push(Node {
                name: Name::new(&package.name),
                package: of_index,
                edges: edges(&package.dependencies)?,
                extras: extras.collect::<Result<_, Error>>()?,
            });
        }
        let python = PythonVersions { key: "requires-python", text: self.lock.requires_python.clone() };
        let graph = Graph { nodes, root, groups: self.groups(root)? };
        let markers = self.lock.supported_markers.iter().map(|text| self.marker(SUPPORTED, Some(text)));
        let environments = Environments { key: SUPPORTED, markers: markers.collect::<Result<_, _>>()? };
        Ok(Locked { packages, python: Some(python), environments, selection: Selection::Graph(graph) })
    }

    fn groups(&self, root: Option<usize>) -> Result<BTreeMap<Name, Vec<Edge>>, Error> {
        let Some(root) = root.map(|root| &self.lock.package[root]) else {
            let groups = self.lock.manifest.dependency_groups.iter();
            return groups.map(|(group, all)| Ok((Name::new(group), self.required(group, all)?))).collect();
        };
        let groups = root.dev_dependencies.iter();
        groups.map(|(group, all)| Ok((Name::new(group), self.edges(&root.name, all)?))).collect()
    }

    /// Returns the edges of requirements that name no version: to all that are locked for them.
    fn required(&self, group: &str, requirements: &[Requirement]) -> Result<Vec<Edge>, Error> {
        let mut edges = Vec::new();
        for requirement in requirements {
            let name = Name::new(&requirement.name);
            let all = self.lock.package.iter().enumerate();
            for (to, _) in all.filter(|(_, package)| Name::new(&package.name) == name) {
                edges.push(Edge {
                    to,
                    extras: requirement.extras.iter().map(|extra| Name::new(extra)).collect(),
                    marker: self.marker(group, requirement.marker.as_deref())?,
                });
            }
        }
        Ok(edges)
    }

    fn edges(&self, of: &str, dependencies: &[Dependency]) -> Result<Vec<Edge>, Error> {
        let edge = |dependency: &Dependency| {
            Ok(Edge {
                to: self.node(of, dependency)?,
                extras: dependency.extra.all().iter().map(|extra| Name::new(extra)).collect::<BTreeSet<Name>>(),
                marker: self.marker(of, dependency.marker.as_deref())?,
            })
        };
        dependencies.iter().map(edge).collect()
    }

    /// Returns the package that meets a requirement: version and source are said where the name alone does not do.
    fn node(&self, of: &str, dependency: &Dependency) -> Result<usize, Error> {
        let is_it = |package: &Package| {
            package.name == dependency.name
                && (dependency.version.is_none() || package.version == dependency.version)
                && dependency.source.as_ref().is_none_or(|source| *source == package.source)
        };
        let mut found = self.lock.package.iter().enumerate().filter(|(_, package)| is_it(package));
        match (found.next(), found.next()) {
            (Some((index, _)), None) => Ok(index),
            (first, _) => {
                let version = dependency.version.as_deref().map(|version| format!(" {version}")).unwrap_or_default();
                let found = format!("{}{version}", dependency.name);
                let many = if first.is_some() { "several packages are" } else { "no package is" };
                Err(self.file.wrong(format!("dependencies of {of}"), &found, format!("{many} locked for it")))
            }
        }
    }

    fn marker(&self, of: &str, text: Option<&str>) -> Result<Marker, Error> {
        let parse = |text: &str| {
            text.parse().map_err(|error| Error::Marker { file: self.file.name.clone(), package: of.to_owned(), error })
        };
        text.map_or_else(|| Ok(Marker::always()), parse)
    }

    fn package(&self, package: &Package) -> Result<LockedPackage, Error> {
        let (source, from) = self.source(package)?;
        let files = package.wheels.iter().chain(&package.sdist);
        let files = files.map(|file| self.artifact(package, file, from.as_from())).collect::<Result<_, Error>>()?;
        Ok(LockedPackage {
            name: package.name.clone(),
            version: package.version.clone().unwrap_or_else(|| DYNAMIC.to_owned()),
            python_versions: String::new(),
            groups: Vec::new(),
            markers: None,
            files,
            dependencies: BTreeMap::new(),
            extras: BTreeMap::new(),
            source,
        })
    }

    fn artifact(&self, package: &Package, file: &File, from: From<'_>) -> Result<LockedFile, Error> {
        // A file that is the package's source has its name there alone.
        let place = package.source.url.as_deref().or(package.source.path.as_deref());
        let source = place.map(file_name);
        let artifact = Artifact {
            name: file.filename.as_deref().or(source.as_deref()),
            url: file.url.as_deref(),
            path: file.path.as_deref(),
            hash: file.hash.as_deref(),
            size: file.size,
        };
        let shown = format!("{} {}", package.name, package.version.as_deref().unwrap_or_default());
        artifact.locked(from).map_err(|problem| self.file.wrong("files of package", shown.trim_end(), problem))
    }

    /// Returns where a package comes from, and its files.
    fn source(&self, package: &Package) -> Result<(Option<LockedSource>, Files), Error> {
        let wrong = |url: &str, problem: &str| {
            self.file.wrong(format!("source of {}", package.name), &without_credentials(url), problem)
        };
        let source = &package.source;
        if let Some(registry) = &source.registry {
            return Ok(self.registry(registry));
        }
        let local = |path: &str| match path.starts_with('/') {
            true => Err(wrong(path, "it is a path of one machine: expected one relative to the project")),
            false => Ok(relative(self.member, path)),
        };
        let source = if let Some(git) = &source.git {
            git_source(git).ok_or_else(|| wrong(git, "expected a URL with a commit, as `https://…#<commit>`"))?
        } else if let Some(url) = &source.url {
            if !is_of_a_server(url) {
                return Err(wrong(url, "must begin with `https://` or `http://`"));
            }
            LockedSource::Url { url: without_credentials(url) }
        } else if let Some(path) = &source.path {
            LockedSource::File { path: local(path)? }
        } else if let Some(folder) = folder_of(source) {
            LockedSource::Folder { path: local(folder)?, subdirectory: None }
        } else {
            LockedSource::Other { kind: "unknown".to_owned(), url: package.name.clone() }
        };
        Ok((Some(source), Files::Index))
    }

    /// An index that the project does not name is the one that uv was configured with: what is fetched from it comes
    /// from the one that pip is configured with.
    fn registry(&self, registry: &str) -> (Option<LockedSource>, Files) {
        if !registry.contains("://") {
            return (None, Files::Folder(relative(self.member, registry)));
        }
        let same = |url: &String| url.trim_end_matches('/') == registry.trim_end_matches('/');
        let bare = |urls: Vec<String>| urls.iter().map(|url| without_credentials(url)).any(|url| same(&url));
        let files = [Some(self.project.file), self.project.workspace];
        if files.into_iter().flatten().any(|file| bare(find_links(file))) {
            return (None, Files::Url);
        }
        let is_named = files.into_iter().flatten().any(|file| bare(index_urls(file)));
        (is_named.then(|| LockedSource::Index { url: without_credentials(registry) }), Files::Index)
    }
}

/// Where the files of a package are.
enum Files {
    Index,
    Url,
    Folder(String),
}

impl Files {
    fn as_from(&self) -> From<'_> {
        match self {
            Files::Index => From::Index,
            Files::Url => From::Url,
            Files::Folder(folder) => From::Folder(folder),
        }
    }
}

/// Reads `URL?rev=…&subdirectory=…#COMMIT`.
fn git_source(text: &str) -> Option<LockedSource> {
    let (rest, commit) = text.split_once('#')?;
    let (url, query) = rest.split_once('?').unwrap_or((rest, ""));
    let subdirectory = query.split('&').find_map(|pair| pair.strip_prefix("subdirectory="));
    Some(LockedSource::Git {
        url: of_repository(url),
        commit: commit.to_owned(),
        subdirectory: subdirectory.map(|path| path.replace("%2F", "/").replace("%2f", "/")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_made_relative_to_the_project() {
        for (member, path, expected) in [
            (".", "libs/x", "libs/x"),
            (".", "../x", "../x"),
            ("packages/app", "packages/lib", "../lib"),
            ("packages/app", "packages/app/vendor", "vendor"),
            ("packages/app", ".", "../.."),
            ("app", "app", "."),
        ] {
            assert_eq!(relative(member, path), expected);
        }
    }

    #[test]
    fn a_git_source_is_a_url_and_a_commit() {
        let source = git_source("https://me:pw@h/r.git?tag=v1&subdirectory=a%2Fb#0123").expect("a source");
        let (url, commit) = ("https://h/r.git".to_owned(), "0123".to_owned());
        assert_eq!(source, LockedSource::Git { url, commit, subdirectory: Some("a/b".to_owned()) });
        assert_eq!(git_source("https://h/r.git?tag=v1"), None);
    }
}
