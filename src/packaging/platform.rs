//! What a platform is to the packaging standards: an operating system with its oldest version, and a processor.

/// A processor architecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Architecture {
    /// x86-64.
    Amd64,
    /// AArch64.
    Arm64,
}

impl Architecture {
    /// Returns the word of targets for it: `amd64`, `arm64`.
    pub const fn name(self) -> &'static str {
        match self {
            Architecture::Amd64 => "amd64",
            Architecture::Arm64 => "arm64",
        }
    }

    /// Returns the word of Nix, Rust (`std::env::consts::ARCH`), GNU and QEMU for it: `x86_64`, `aarch64`.
    pub const fn machine(self) -> &'static str {
        match self {
            Architecture::Amd64 => "x86_64",
            Architecture::Arm64 => "aarch64",
        }
    }
}

/// An operating system and its oldest version that must do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// Linux with a glibc of this version (major, minor).
    Linux {
        /// The oldest glibc.
        glibc: (u32, u32),
    },
    /// macOS of this version (major, minor).
    Darwin {
        /// The oldest macOS.
        macos: (u32, u32),
    },
    /// Windows.
    Windows,
}

/// A platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Platform {
    /// The operating system.
    pub system: System,
    /// The processor.
    pub architecture: Architecture,
}

impl Platform {
    /// Returns the system's name, as `sys.platform` gives it.
    pub fn sys_platform(&self) -> &'static str {
        match self.system {
            System::Linux { .. } => "linux",
            System::Darwin { .. } => "darwin",
            System::Windows => "win32",
        }
    }

    /// Returns the processor's name on this system, as `platform.machine()` gives it.
    pub fn machine(&self) -> &'static str {
        match (self.system, self.architecture) {
            (System::Windows, Architecture::Amd64) => "AMD64",
            (System::Windows, Architecture::Arm64) => "ARM64",
            (System::Darwin { .. }, Architecture::Arm64) => "arm64",
            (System::Linux { .. } | System::Darwin { .. }, architecture) => architecture.machine(),
        }
    }
}
