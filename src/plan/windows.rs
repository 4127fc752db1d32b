//! What an executable for Windows shows of itself, as the plan has it.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The options of `[tool.permafreeze.windows]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Windows {
    /// The icon: an `.ico` file, by its path below site-packages, after `SourceContent` has placed it; `None`: PyInstaller's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icon: Option<String>,
    /// The manifest, by its path as the icon's; `None`: PyInstaller's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest: Option<String>,
    /// The version; `None`: the executable says none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Version>,
    /// Whether Windows asks the user for an administrator's rights. Not with a manifest, which says it itself.
    #[serde(default, skip_serializing_if = "is_false")]
    pub uac_admin: bool,
    /// Whether it has a console.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub console: bool,
}

/// The version that an executable says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Version {
    /// The version as Windows compares it: four numbers.
    pub number: [u16; 4],
    /// The texts by Windows' names (`CompanyName`).
    pub texts: BTreeMap<String, String>,
}

impl Default for Windows {
    fn default() -> Windows {
        Windows { icon: None, manifest: None, version: None, uac_admin: false, console: true }
    }
}

fn yes() -> bool {
    true
}

// serde passes references.
fn is_true(value: &bool) -> bool {
    *value
}

fn is_false(value: &bool) -> bool {
    !*value
}
