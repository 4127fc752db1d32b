//! Targets: what an executable runs on, and every fact about it that more than one package needs.
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::platform::{Architecture, Platform, System};

/// The glibc that executables for Linux run on, as `(2, 28)`, where the project does not say another: what the wheels
/// of most packages need.
pub const DEFAULT_GLIBC: (u32, u32) = (2, 28);
/// The oldest glibc that a project may ask for: the runtimes and the bootloader are built for it.
pub const OLDEST_GLIBC: (u32, u32) = (2, 17);
/// The macOS that executables for macOS run on, where the project does not say another: what the wheels of most packages
/// need.
pub const MACOS: (u32, u32) = (12, 0);

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

/// An operating system, without a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Os {
    /// Linux with glibc; native files are ELF.
    Linux,
    /// macOS; native files are Mach-O.
    Darwin,
    /// Windows; native files are PE.
    Windows,
}

/// One row of the table: how others name a target, and where its systems have what programs need.
#[derive(Debug)]
struct Facts {
    name: &'static str,
    os: Os,
    architecture: Architecture,
    nix_system: &'static str,
    loader: Option<&'static str>,
}

const LINUX_AMD64: Facts = Facts {
    name: "linux-amd64",
    os: Os::Linux,
    architecture: Architecture::Amd64,
    nix_system: "x86_64-linux",
    loader: Some("/lib64/ld-linux-x86-64.so.2"),
};
const LINUX_ARM64: Facts = Facts {
    name: "linux-arm64",
    os: Os::Linux,
    architecture: Architecture::Arm64,
    nix_system: "aarch64-linux",
    loader: Some("/lib/ld-linux-aarch64.so.1"),
};
const DARWIN_AMD64: Facts = Facts {
    name: "darwin-amd64",
    os: Os::Darwin,
    architecture: Architecture::Amd64,
    nix_system: "x86_64-darwin",
    loader: Some("/usr/lib/dyld"),
};
const DARWIN_ARM64: Facts = Facts {
    name: "darwin-arm64",
    os: Os::Darwin,
    architecture: Architecture::Arm64,
    nix_system: "aarch64-darwin",
    loader: Some("/usr/lib/dyld"),
};
const WINDOWS_AMD64: Facts = Facts {
    name: "windows-amd64",
    os: Os::Windows,
    architecture: Architecture::Amd64,
    nix_system: "x86_64-windows",
    loader: None,
};

impl Target {
    /// Every target, in the order in which they are listed to people.
    pub const ALL: [Target; 5] =
        [Target::LinuxAmd64, Target::LinuxArm64, Target::DarwinAmd64, Target::DarwinArm64, Target::WindowsAmd64];

    const fn facts(self) -> &'static Facts {
        match self {
            Target::LinuxAmd64 => &LINUX_AMD64,
            Target::LinuxArm64 => &LINUX_ARM64,
            Target::DarwinAmd64 => &DARWIN_AMD64,
            Target::DarwinArm64 => &DARWIN_ARM64,
            Target::WindowsAmd64 => &WINDOWS_AMD64,
        }
    }

    /// Returns the name used in the CLI, the plan, Nix attributes and file names: `linux-amd64`.
    pub const fn name(self) -> &'static str {
        self.facts().name
    }

    /// Returns the operating system.
    pub const fn os(self) -> Os {
        self.facts().os
    }

    /// Returns what the file names of programs end with.
    pub const fn program_suffix(self) -> &'static str {
        if self.is_windows() { ".exe" } else { "" }
    }

    /// Tells whether it is Linux.
    pub const fn is_linux(self) -> bool {
        matches!(self.os(), Os::Linux)
    }

    /// Tells whether it is Windows.
    pub const fn is_windows(self) -> bool {
        matches!(self.os(), Os::Windows)
    }

    /// Returns the processor. [`Architecture::name`] is the target's word for it, [`Architecture::machine`] Nix's,
    /// Rust's, GNU's and QEMU's.
    pub const fn architecture(self) -> Architecture {
        self.facts().architecture
    }

    /// Returns the system in Nix's words, as `x86_64-linux`.
    pub const fn nix_system(self) -> &'static str {
        self.facts().nix_system
    }

    /// Returns the machine, in Nix's words, whose part of a universal file the target loads; `None`: it loads no
    /// universal files.
    pub const fn slice(self) -> Option<&'static str> {
        match self.os() {
            Os::Darwin => Some(self.architecture().machine()),
            Os::Linux | Os::Windows => None,
        }
    }

    /// Returns the path at which programs name the dynamic loader (x86-64 and AArch64 psABI; macOS: dyld), as
    /// `/lib64/ld-linux-x86-64.so.2`; `None`: programs name none.
    pub const fn loader(self) -> Option<&'static str> {
        self.facts().loader
    }

    /// Returns the oldest system that executables run on where nothing says another: a glibc or a macOS (major, minor);
    /// `None` for Windows, whose wheels name no version.
    pub const fn oldest(self) -> Option<(u32, u32)> {
        match self.os() {
            Os::Linux => Some(DEFAULT_GLIBC),
            Os::Darwin => Some(MACOS),
            Os::Windows => None,
        }
    }

    /// Returns the target as the packaging standards see it, with its [`oldest`](Target::oldest) system. Markers do not look
    /// at that, tags do.
    pub const fn platform(self) -> Platform {
        let oldest = match self.oldest() {
            Some(oldest) => oldest,
            None => (0, 0),
        };
        self.platform_from(oldest)
    }

    /// Returns the target with another oldest system: a glibc or a macOS (major, minor).
    pub const fn platform_from(self, oldest: (u32, u32)) -> Platform {
        let system = match self.os() {
            Os::Linux => System::Linux { glibc: oldest },
            Os::Darwin => System::Darwin { macos: oldest },
            Os::Windows => System::Windows,
        };
        Platform { system, architecture: self.architecture() }
    }
}

impl Os {
    /// Returns the word of targets for it: `linux`, `darwin`, `windows`.
    pub const fn name(self) -> &'static str {
        match self {
            Os::Linux => "linux",
            Os::Darwin => "darwin",
            Os::Windows => "windows",
        }
    }

    /// Returns Rust's name of it (`std::env::consts::OS`).
    pub const fn rust_name(self) -> &'static str {
        match self {
            Os::Linux => "linux",
            Os::Darwin => "macos",
            Os::Windows => "windows",
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_of_the_system_and_the_processor() {
        for target in Target::ALL {
            let (system, processor) = target.name().split_once('-').expect("two words");
            assert_eq!(processor, target.architecture().name());
            assert_eq!(system, target.os().name());
            assert_eq!(target.nix_system(), format!("{}-{system}", target.architecture().machine()));
            assert_eq!(target.name().parse::<Target>().as_ref(), Ok(&target));
        }
    }

    #[test]
    fn the_plan_has_the_name() {
        for target in Target::ALL {
            let deserializer = serde::de::value::StrDeserializer::<serde::de::value::Error>::new(target.name());
            assert_eq!(Target::deserialize(deserializer), Ok(target));
        }
    }

    #[test]
    fn a_platform_has_the_glibc_that_is_asked_for() {
        assert_eq!(Target::LinuxArm64.platform_from((2, 31)).system, System::Linux { glibc: (2, 31) });
        assert_eq!(Target::LinuxArm64.platform().system, System::Linux { glibc: DEFAULT_GLIBC });
        assert_eq!(Target::LinuxArm64.platform().machine(), "aarch64");
        assert_eq!(Target::DarwinArm64.platform_from((14, 0)).system, System::Darwin { macos: (14, 0) });
        assert_eq!(Target::DarwinArm64.platform().system, System::Darwin { macos: MACOS });
        assert_eq!(Target::WindowsAmd64.platform().machine(), "AMD64");
    }
}
