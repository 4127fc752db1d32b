//! uv.lock as it is written.
use std::collections::BTreeMap;

use serde::Deserialize;

use crate::lockfile::text::{optional_part, optional_plain, part, plain};

/// uv.lock.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct UvLock {
    pub requires_python: String,
    /// `environments` of `[tool.uv]`; `environment-markers` is the name of before uv 0.5.
    #[serde(default, alias = "environment-markers")]
    pub supported_markers: Vec<String>,
    #[serde(default)]
    pub manifest: Manifest,
    /// `distribution` is the name of before uv 0.4.
    #[serde(default, alias = "distribution")]
    pub package: Vec<Package>,
}

/// `[manifest]`: what the workspace was locked for, besides the requirements of its members.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub(super) struct Manifest {
    pub overrides: Vec<Requirement>,
    pub constraints: Vec<Requirement>,
    /// The groups of a workspace whose root is no project.
    pub dependency_groups: BTreeMap<String, Vec<Requirement>>,
}

/// `[[package]]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Package {
    #[serde(deserialize_with = "part")]
    pub name: String,
    /// Absent where the project's version is dynamic.
    #[serde(default, deserialize_with = "optional_part")]
    pub version: Option<String>,
    pub source: Source,
    #[serde(default)]
    pub dependencies: Vec<Dependency>,
    #[serde(default)]
    pub optional_dependencies: BTreeMap<String, Vec<Dependency>>,
    /// `dev-dependencies`, the PEP 735 groups.
    #[serde(default)]
    pub dev_dependencies: BTreeMap<String, Vec<Dependency>>,
    #[serde(default)]
    pub metadata: Metadata,
    #[serde(default)]
    pub sdist: Option<File>,
    #[serde(default)]
    pub wheels: Vec<File>,
}

/// Where a package comes from: one of these.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Source {
    /// The URL of an index, or the path of a folder of files.
    #[serde(deserialize_with = "optional_plain")]
    pub registry: Option<String>,
    #[serde(deserialize_with = "optional_plain")]
    pub git: Option<String>,
    #[serde(deserialize_with = "optional_plain")]
    pub url: Option<String>,
    #[serde(deserialize_with = "optional_plain")]
    pub path: Option<String>,
    #[serde(deserialize_with = "optional_plain")]
    pub directory: Option<String>,
    #[serde(deserialize_with = "optional_plain")]
    pub editable: Option<String>,
    /// A project of which only the requirements are installed.
    #[serde(rename = "virtual", deserialize_with = "optional_plain")]
    pub requirements_of: Option<String>,
    #[serde(deserialize_with = "optional_plain")]
    pub subdirectory: Option<String>,
}

/// A requirement, and the locked package that meets it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Dependency {
    #[serde(deserialize_with = "plain")]
    pub name: String,
    /// Where several versions are locked.
    pub version: Option<String>,
    pub source: Option<Source>,
    #[serde(default)]
    pub extra: Extras,
    pub marker: Option<String>,
}

/// The extras of a requirement.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Extras {
    /// One, as the first versions wrote it.
    One(String),
    Many(Vec<String>),
}

impl Default for Extras {
    fn default() -> Extras {
        Extras::Many(Vec::new())
    }
}

impl Extras {
    pub(super) fn all(&self) -> &[String] {
        match self {
            Extras::One(one) => std::slice::from_ref(one),
            Extras::Many(many) => many,
        }
    }
}

/// `[package.metadata]`: the requirements that were locked.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub(super) struct Metadata {
    pub requires_dist: Vec<Requirement>,
    pub requires_dev: BTreeMap<String, Vec<Requirement>>,
}

/// A requirement as pyproject.toml had it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Requirement {
    pub name: String,
    #[serde(default)]
    pub extras: Vec<String>,
    #[serde(default)]
    pub marker: Option<String>,
    #[serde(default)]
    pub specifier: Option<String>,
    #[serde(default)]
    pub git: Option<String>,
    #[serde(default)]
    pub url: Option<String>,
    #[serde(default)]
    pub path: Option<String>,
    #[serde(default)]
    pub directory: Option<String>,
    #[serde(default)]
    pub editable: Option<String>,
    #[serde(default, rename = "virtual")]
    pub requirements_of: Option<String>,
}

/// A wheel or a source distribution.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct File {
    #[serde(default, deserialize_with = "optional_plain")]
    pub url: Option<String>,
    #[serde(default, deserialize_with = "optional_plain")]
    pub path: Option<String>,
    #[serde(default, deserialize_with = "optional_plain")]
    pub filename: Option<String>,
    #[serde(default, deserialize_with = "optional_plain")]
    pub hash: Option<String>,
    #[serde(default)]
    pub size: Option<u64>,
}
