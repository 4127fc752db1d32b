//! The report: what is in an executable and where each part comes from (`report.json`).
use permafreeze_plan::form::Form;
use serde::{Deserialize, Serialize};

use crate::format::ModuleKind;
use crate::owner::Owner;

/// The version of the report's format.
pub const VERSION: u32 = 3;

/// The whole report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Report {
    /// [`VERSION`].
    pub version: u32,
    /// The executable's name.
    pub name: String,
    /// The target, as `linux-amd64`.
    pub target: String,
    /// What the executable is.
    #[serde(default, skip_serializing_if = "Form::is_default")]
    pub form: Form,
    /// The executable itself.
    pub executable: Executable,
    /// Where its launcher comes from, if it is a bundle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub launcher: Option<Source>,
    /// Where its bootloader comes from.
    pub bootloader: Source,
    /// Its modules, by name.
    pub modules: Vec<Module>,
    /// Files that it unpacks, by path.
    pub files: Vec<File>,
    /// What it runs, in that order.
    pub scripts: Vec<Script>,
    /// What the user should know, one sentence each.
    pub warnings: Vec<String>,
}

/// The executable's size and hashes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Executable {
    /// Size in bytes.
    pub size: u64,
    /// sha256, lower-case hex.
    pub sha256: String,
    /// blake3, lower-case hex.
    pub blake3: String,
}

/// Where something comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Source {
    /// The owner.
    pub owner: Owner,
    /// Path within the owner.
    pub path: String,
    /// sha256 of the file there, or of what the linker made itself, lower-case hex; absent for what has no bytes
    /// (links, namespace packages).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// A module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Module {
    /// Dotted name.
    pub name: String,
    /// What it is to the importer.
    pub kind: ModuleKind,
    /// Where in the executable it is.
    pub place: Place,
    /// Size in bytes of its marshalled code.
    pub size: u64,
    /// Where it comes from.
    #[serde(flatten)]
    pub source: Source,
}

/// Where a module is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// In base_library.zip.
    BaseLibrary,
    /// In the PYZ.
    Pyz,
}

/// A file that is unpacked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct File {
    /// Path in the unpacked folder.
    pub name: String,
    /// What it is.
    pub kind: FileKind,
    /// Size in bytes.
    pub size: u64,
    /// Where it points, if it is a symbolic link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Why and how it differs from the owner's file, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<String>,
    /// Where it comes from.
    #[serde(flatten)]
    pub source: Source,
}

/// What an unpacked file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileKind {
    /// A shared library.
    Binary,
    /// An extension module.
    Extension,
    /// Data.
    Data,
    /// Data with the executable bit.
    ExecutableData,
    /// A symbolic link.
    Symlink,
}

/// Code that the bootloader runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Script {
    /// Name in the archive.
    pub name: String,
    /// Size in bytes of its marshalled code.
    pub size: u64,
    /// Where it comes from.
    #[serde(flatten)]
    pub source: Source,
}

impl Report {
    /// Returns the report as JSON, one line per value, with a newline at the end.
    pub fn to_json(&self) -> serde_json::Result<String> {
        let mut json = serde_json::to_string_pretty(self)?;
        json.push('\n');
        Ok(json)
    }
}
