//! What of native libraries is left out (`strip` in `[tool.permafreeze]`).
use serde::{Deserialize, Serialize};

/// The name that stands for every package and the runtime.
pub const EVERY: &str = "*";

/// What is zeroed in the ELF files of a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strip {
    /// Nothing.
    None,
    /// Debug information.
    Debug,
    /// Debug information and the symbols that are not for the dynamic loader.
    Symbols,
}

impl Strip {
    /// Reads a value of `[tool.permafreeze]`: `"debug"` or `"symbols"`.
    pub fn of(name: &str) -> Option<Strip> {
        match name {
            "debug" => Some(Strip::Debug),
            "symbols" => Some(Strip::Symbols),
            _ => None,
        }
    }
}
