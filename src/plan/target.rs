//! Targets: what an executable runs on.
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What an executable runs on. All five have a name in the plan's format; which of them can be built is what
/// the toolchain's pins say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// x86-64 Linux with glibc.
    LinuxAmd64,
    /// AArch64 Linux with glibc.
    LinuxArm64,
    /// x86-64 macOS.
    DarwinAmd64,
    /// AArch64 macOS.
    DarwinArm64,
    /// x86-64 Windows.
    WindowsAmd64,
}

impl Target {
    /// Every target, in the order in which they are listed to people.
    pub const ALL: [Target; 5] =
        [Target::LinuxAmd64, Target::LinuxArm64, Target::DarwinAmd64, Target::DarwinArm64, Target::WindowsAmd64];

    /// Returns the name used in the CLI, the plan, Nix attributes and file names: `linux-amd64`.
    pub fn name(self) -> &'static str {
        match self {
            Target::LinuxAmd64 => "linux-amd64",
            Target::LinuxArm64 => "linux-arm64",
            Target::DarwinAmd64 => "darwin-amd64",
            Target::DarwinArm64 => "darwin-arm64",
            Target::WindowsAmd64 => "windows-amd64",
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is no target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown target `{given}`: expected one of {}", Target::ALL.map(|t| format!("`{t}`")).join(", "))]
pub struct UnknownTarget {
    /// What was given.
    pub given: String,
}

impl FromStr for Target {
    type Err = UnknownTarget;
    fn from_str(given: &str) -> Result<Target, UnknownTarget> {
        Target::ALL
            .into_iter()
            .find(|target| target.name() == given)
            .ok_or_else(|| UnknownTarget { given: given.to_owned() })
    }
}
