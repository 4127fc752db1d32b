//! What pyproject.toml says: PEP 621's `[project]`, PEP 735's `[dependency-groups]`, Poetry's `[tool.poetry]`.
//!
//! These are the types of the file as it is written; unknown keys are other tools' matter and passed over.
use std::collections::BTreeMap;

use permafreeze_plan::lock_format::Format;
use serde::Deserialize;

use crate::document::TomlFile;
use crate::tool_uv;

/// The build backend of a project that names none (PEP 517).
const DEFAULT_BACKEND: &str = "setuptools.build_meta:__legacy__";

/// pyproject.toml.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct PyProject {
    /// `[project]`.
    pub project: Option<Project>,
    /// `[build-system]` (PEP 518).
    pub build_system: Option<BuildSystem>,
    /// `[dependency-groups]`.
    pub dependency_groups: BTreeMap<String, Vec<GroupItem>>,
    /// `[tool]`.
    pub tool: Tool,
    /// Whether the project is a distribution, where `[tool.poetry]` does not say it.
    #[serde(skip)]
    package: Option<bool>,
}

/// `[build-system]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct BuildSystem {
    /// The build backend, as `hatchling.build`; `None`: setuptools (PEP 517).
    pub build_backend: Option<String>,
}

/// `[tool]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Tool {
    /// `[tool.poetry]`.
    pub poetry: Poetry,
    /// `[tool.permafreeze]`.
    pub permafreeze: crate::settings::Settings,
}

/// `[project]` (PEP 621).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Project {
    /// The name.
    pub name: Option<String>,
    /// The version; `None` if it is dynamic.
    pub version: Option<String>,
    /// One line of description.
    pub description: Option<String>,
    /// The Pythons it runs on.
    pub requires_python: Option<String>,
    /// Its requirements; `None` if they are dynamic or absent.
    pub dependencies: Option<Vec<String>>,
    /// Its extras' requirements.
    pub optional_dependencies: BTreeMap<String, Vec<String>>,
    /// What other tables say.
    pub dynamic: Vec<String>,
    /// Console scripts.
    pub scripts: BTreeMap<String, String>,
    /// GUI scripts.
    pub gui_scripts: BTreeMap<String, String>,
    /// Other entry points.
    pub entry_points: BTreeMap<String, BTreeMap<String, String>>,
}

/// One line of a dependency group (PEP 735).
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum GroupItem {
    /// A requirement.
    Requirement(String),
    /// Everything of another group.
    Include {
        /// The other group.
        #[serde(rename = "include-group")]
        include_group: String,
    },
}

/// `[tool.poetry]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Poetry {
    /// The name.
    pub name: Option<String>,
    /// The version.
    pub version: Option<String>,
    /// One line of description.
    pub description: Option<String>,
    /// Whether the project is a distribution; by default it is.
    pub package_mode: Option<bool>,
    /// The import packages.
    pub packages: Vec<PackageInclude>,
    /// More files.
    pub include: Vec<Include>,
    /// Files to leave out.
    pub exclude: Vec<String>,
    /// Requirements of the main group, and `python`.
    pub dependencies: Option<BTreeMap<String, OneOrMany>>,
    /// Requirements of the group `dev`, as Poetry 1.1 wrote them.
    pub dev_dependencies: BTreeMap<String, OneOrMany>,
    /// Groups.
    pub group: BTreeMap<String, Group>,
    /// Extras: names of requirements.
    pub extras: BTreeMap<String, Vec<String>>,
    /// Scripts.
    pub scripts: BTreeMap<String, Script>,
    /// Other entry points.
    pub plugins: BTreeMap<String, BTreeMap<String, String>>,
}

/// `[tool.poetry.group.NAME]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Group {
    /// Its requirements.
    pub dependencies: BTreeMap<String, OneOrMany>,
    /// Groups that are part of it.
    pub include_groups: Vec<String>,
}

/// One requirement, or several for different markers.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum OneOrMany {
    /// One.
    One(Box<Specification>),
    /// Several.
    Many(Vec<Specification>),
}

impl OneOrMany {
    /// Returns all of them.
    pub fn all(&self) -> &[Specification] {
        match self {
            OneOrMany::One(one) => std::slice::from_ref(one),
            OneOrMany::Many(many) => many,
        }
    }
}

/// A requirement in Poetry's form.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Specification {
    /// A version constraint.
    Version(String),
    /// A table.
    Table(Box<SpecificationTable>),
}

/// A requirement in Poetry's form, as a table.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct SpecificationTable {
    /// The version constraint.
    pub version: Option<String>,
    /// Extras that are asked for.
    pub extras: Vec<String>,
    /// Whether only an extra brings it.
    pub optional: bool,
    /// A marker.
    pub markers: Option<String>,
    /// A constraint on the Python version.
    pub python: Option<String>,
    /// A constraint on `sys_platform`.
    pub platform: Option<String>,
    /// A folder or a file.
    pub path: Option<String>,
    /// A file.
    pub file: Option<String>,
    /// A URL of a file.
    pub url: Option<String>,
    /// A git repository.
    pub git: Option<String>,
    /// A branch of it.
    pub branch: Option<String>,
    /// A tag of it.
    pub tag: Option<String>,
    /// A revision of it.
    pub rev: Option<String>,
}

/// One of `packages`.
#[derive(Debug, Clone, Deserialize)]
pub struct PackageInclude {
    /// A folder, a file or a glob.
    pub include: String,
    /// The folder that it lies in.
    pub from: Option<String>,
    /// The folder that it goes to.
    pub to: Option<String>,
    /// `sdist`, `wheel`, or both.
    pub format: Option<Formats>,
}

/// One of `include`.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Include {
    /// A path or a glob: part of the sdist only.
    Path(String),
    /// A table.
    Table {
        /// A path or a glob.
        path: String,
        /// `sdist`, `wheel`, or both.
        format: Option<Formats>,
    },
}

/// `sdist`, `wheel`, or both.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Formats {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl Formats {
    /// Returns whether `wheel` is one of them.
    pub fn has_wheel(&self) -> bool {
        match self {
            Formats::One(format) => format == "wheel",
            Formats::Many(formats) => formats.iter().any(|format| format == "wheel"),
        }
    }
}

/// One of `[tool.poetry.scripts]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Script {
    /// An object reference.
    Reference(String),
    /// A table.
    Table {
        /// An object reference, or a file's path.
        #[serde(alias = "callable")]
        reference: String,
        /// `console` or `file`.
        #[serde(rename = "type", default = "console")]
        kind: String,
    },
}

fn console() -> String {
    "console".to_owned()
}

impl PyProject {
    /// Returns the name as the project spells it.
    pub fn name(&self) -> Option<&str> {
        let project = self.project.as_ref().and_then(|project| project.name.as_deref());
        project.or(self.tool.poetry.name.as_deref())
    }

    /// Returns the version as the project spells it.
    pub fn version(&self) -> Option<&str> {
        let project = self.project.as_ref().and_then(|project| project.version.as_deref());
        project.or(self.tool.poetry.version.as_deref())
    }

    /// Returns whether the build backend is to find the version.
    pub fn has_dynamic_version(&self) -> bool {
        let project = self.project.iter();
        self.tool.poetry.version.is_none() && project.flat_map(|project| &project.dynamic).any(|key| key == "version")
    }

    /// Returns the one line of description.
    pub fn description(&self) -> &str {
        let project = self.project.as_ref().and_then(|project| project.description.as_deref());
        project.or(self.tool.poetry.description.as_deref()).unwrap_or("")
    }

    /// Returns whether the project is a distribution, and not just scripts.
    pub fn is_package(&self) -> bool {
        self.tool.poetry.package_mode.or(self.package).unwrap_or(true)
    }

    /// Returns it as the tool reads it that locks the project: to Poetry a project is a distribution unless it says that
    /// it is none; to others it is one if it has a build system, or `package` in `[tool.uv]` says it. `file` is where it
    /// was read from.
    #[must_use]
    pub fn locked_by(self, format: Format, file: &TomlFile) -> PyProject {
        let package = match format {
            Format::Poetry => None,
            Format::Uv | Format::Pylock => Some(tool_uv::package(file).unwrap_or(self.build_system.is_some())),
        };
        PyProject { package, ..self }
    }

    /// Returns the build backend, as `hatchling.build`; `None` if Poetry locks the project, and it names none.
    pub fn build_backend(&self) -> Option<&str> {
        match &self.build_system {
            Some(system) => Some(system.build_backend.as_deref().unwrap_or(DEFAULT_BACKEND)),
            None => self.package.map(|_| DEFAULT_BACKEND),
        }
    }

    /// Returns the constraint on Python and the key that has it.
    pub fn python(&self) -> Option<(&'static str, &str)> {
        let project = self.project.as_ref().and_then(|project| project.requires_python.as_deref());
        if let Some(requires_python) = project {
            return Some(("project.requires-python", requires_python));
        }
        match self.tool.poetry.dependencies.as_ref()?.get("python")?.all().first()? {
            Specification::Version(version) => Some(("tool.poetry.dependencies.python", version)),
            Specification::Table(table) => Some(("tool.poetry.dependencies.python", table.version.as_deref()?)),
        }
    }
}
