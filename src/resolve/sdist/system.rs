//! `[build-system]` of a source distribution (PEP 517, 518).
use serde::Deserialize;

use super::archive::Texts;
use super::setup;
use crate::document::TomlFile;
use crate::error::Error;

/// The backend of a project that names none (PEP 517).
const LEGACY_BACKEND: &str = "setuptools.build_meta:__legacy__";
/// What a project without `[build-system]` requires (PEP 518).
const LEGACY_REQUIRES: [&str; 1] = ["setuptools>=40.8.0"];
/// setuptools before 70.1 makes no wheels without this one.
const WHEEL: &str = "wheel";
/// setuptools from 82 on has no `pkg_resources`, which the `setup.py` of old projects imports.
const WITH_PKG_RESOURCES: &str = "setuptools<82";
/// Backends, and requirements of builds, that only native code has.
const NATIVE: [&str; 9] = [
    "maturin",
    "meson-python",
    "mesonpy",
    "py-build-cmake",
    "scikit-build",
    "scikit-build-core",
    "scikit_build_core",
    "setuptools-rust",
    "sip",
];

/// How a source distribution is built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildSystem {
    /// The backend.
    pub backend: String,
    /// Folders in which the backend is looked for first.
    pub backend_path: Vec<String>,
    /// What the build requires.
    pub requires: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "kebab-case", default)]
struct Document {
    build_system: Option<Table>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "kebab-case", default)]
struct Table {
    requires: Vec<String>,
    build_backend: Option<String>,
    backend_path: Vec<String>,
}

impl BuildSystem {
    /// Reads the build system of the source distribution `file`.
    ///
    /// # Errors
    /// If its pyproject.toml is none.
    pub fn read(file: &str, texts: &Texts) -> Result<BuildSystem, Error> {
        let document = match &texts.pyproject {
            None => Document::default(),
            Some(text) => TomlFile::parse(format!("{file}/pyproject.toml"), text.clone())?.convert()?,
        };
        let table = document
            .build_system
            .unwrap_or_else(|| Table { requires: LEGACY_REQUIRES.map(str::to_owned).to_vec(), ..Table::default() });
        let backend = table.build_backend.unwrap_or_else(|| LEGACY_BACKEND.to_owned());
        let mut requires = table.requires;
        if backend.starts_with("setuptools") {
            requires.push(WHEEL.to_owned());
            requires.extend(setup::requires(texts));
            if texts.setup_py.as_deref().is_some_and(|text| text.contains("pkg_resources")) {
                requires.push(WITH_PKG_RESOURCES.to_owned());
            }
        }
        Ok(BuildSystem { backend, backend_path: table.backend_path, requires: distinct(requires) })
    }

    /// Returns the backend or requirement that shows that native code is built.
    pub fn native(&self) -> Option<&str> {
        let named = |text: &str| {
            let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || "-_".contains(c))).unwrap_or(text.len());
            NATIVE.contains(&text[..end].to_ascii_lowercase().as_str())
        };
        let all = std::iter::once(&self.backend).chain(&self.requires);
        all.map(String::as_str).find(|text| named(text.trim()))
    }
}

fn distinct(texts: Vec<String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for text in texts {
        if !kept.contains(&text) {
            kept.push(text);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn system(pyproject: Option<&str>, setup_py: Option<&str>) -> BuildSystem {
        let texts = Texts {
            pyproject: pyproject.map(str::to_owned),
            setup_py: setup_py.map(str::to_owned),
            ..Texts::default()
        };
        BuildSystem::read("a-1.tar.gz", &texts).expect("is one")
    }

    #[test]
    fn what_names_no_build_system_is_built_by_setuptools() {
        for pyproject in [None, Some("[tool.black]\nline-length = 1\n")] {
            let legacy = system(pyproject, Some("from setuptools import setup; setup()"));
            assert_eq!(legacy.backend, LEGACY_BACKEND);
            assert_eq!(legacy.requires, ["setuptools>=40.8.0", "wheel"]);
        }
        let only_requires = system(Some("[build-system]\nrequires = [\"setuptools\"]\n"), None);
        assert_eq!((only_requires.backend.as_str(), only_requires.requires.len()), (LEGACY_BACKEND, 2));
    }

    #[test]
    fn a_backend_is_taken_with_its_path() {
        let own = system(
            Some("[build-system]\nrequires = []\nbuild-backend = \"own:api\"\nbackend-path = [\"tools\"]\n"),
            None,
        );
        assert_eq!((own.backend.as_str(), own.requires.len()), ("own:api", 0));
        assert_eq!(own.backend_path, ["tools"]);
        assert_eq!(own.native(), None);
    }

    #[test]
    fn a_setup_that_needs_pkg_resources_gets_it() {
        assert!(system(None, Some("import pkg_resources")).requires.contains(&WITH_PKG_RESOURCES.to_owned()));
    }

    #[test]
    fn native_code_is_told_by_what_builds_it() {
        let native = |text: &str| system(Some(text), None).native().map(str::to_owned);
        let of = |requires: &str, backend: &str| {
            native(&format!("[build-system]\nrequires = [\"{requires}\"]\nbuild-backend = \"{backend}\"\n"))
        };
        assert_eq!(of("maturin>=1,<2", "maturin").as_deref(), Some("maturin"));
        assert_eq!(of("scikit-build-core", "scikit_build_core.build").as_deref(), Some("scikit_build_core.build"));
        assert_eq!(of("setuptools_rust ; x", "setuptools.build_meta").as_deref(), None);
        assert_eq!(of("setuptools-rust>=1", "setuptools.build_meta").as_deref(), Some("setuptools-rust>=1"));
        assert_eq!(of("hatchling", "hatchling.build"), None);
    }

    #[test]
    fn a_broken_pyproject_is_shown() {
        let texts = Texts { pyproject: Some("[build-system\n".to_owned()), ..Texts::default() };
        let error = BuildSystem::read("a-1.tar.gz", &texts).expect_err("is none").to_string();
        assert!(error.starts_with("`a-1.tar.gz/pyproject.toml`: line 1"), "{error}");
    }
}
