//! What is known of an executable and of all that it was made from.
use std::collections::BTreeMap;

use permafreeze_packaging::target::Target;
use serde::{Deserialize, Serialize};

/// What is known of an executable and of all that it was made from.
#[derive(Debug, Clone)]
pub struct Material {
    /// The executable's name.
    pub name: String,
    /// What it runs on.
    pub target: Target,
    /// sha256 of the executable, lower-case hex.
    pub sha256: String,
    /// blake3 of the executable, lower-case hex.
    pub blake3: String,
    /// Size of the executable in bytes.
    pub size: u64,
    /// What is installed, in order of precedence; the application first.
    pub packages: Vec<Distribution>,
    /// PyInstaller's distributions: bootloader, loader, hooks.
    pub freezer: Vec<Distribution>,
    /// The version of the Python that is frozen, as `3.13.5`.
    pub python: String,
    /// What of the Python is in the executable.
    pub python_contents: Contents,
    /// Extension modules of the Python that are in the executable, those that are linked into libpython too.
    pub python_modules: Vec<String>,
    /// What the job says of where its inputs come from.
    pub inputs: Inputs,
}

/// A distribution: a wheel or a source tree.
#[derive(Debug, Clone, Default)]
pub struct Distribution {
    /// How the report names it: a wheel's file name, `source:agent-tools`.
    pub owner: String,
    /// Whether it is a wheel (else a source tree).
    pub is_wheel: bool,
    /// The text of METADATA; empty for plain scripts.
    pub metadata: String,
    /// Whether nothing of it is reported as a file or module, and yet the executable has it (the bootloader).
    pub always_contained: bool,
    /// What of it is in the executable.
    pub contents: Contents,
    /// Every file of it by path with its sha256, if it is a source tree.
    pub files: BTreeMap<String, String>,
    /// Native libraries that are no extension modules.
    pub libraries: Vec<Library>,
    /// Bills of materials that the wheel brings (PEP 770), by file name.
    pub bills: BTreeMap<String, String>,
}

/// A native library of a wheel that is no extension module: what auditwheel, delocate and delvewheel put there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Library {
    /// Its path in the wheel.
    pub path: String,
    /// sha256 of the file, lower-case hex.
    pub sha256: String,
    /// Whether it is in the executable.
    pub contained: bool,
}

/// What of something is in the executable.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Contents {
    /// Modules and scripts.
    pub modules: u64,
    /// Files.
    pub files: u64,
    /// Size in bytes of both, uncompressed.
    pub bytes: u64,
}

impl Contents {
    /// Returns whether nothing is in the executable.
    pub fn is_empty(&self) -> bool {
        self.modules == 0 && self.files == 0
    }
}

/// What the job says of where its inputs come from. Nix writes it (`nix/link.nix`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Inputs {
    /// sha256 of what of the plan decides the executable: its compact JSON with sorted keys, without `accepted`,
    /// `outputs`, `policy` and `smoke`.
    pub plan: String,
    /// sha256 of each wheel, by file name.
    pub wheels: BTreeMap<String, String>,
    /// sha256 of each tool (compile, link, host Python, what hooks import), by file name.
    pub tools: BTreeMap<String, String>,
    /// The runtime's archive.
    pub runtime: InputFile,
    /// C libraries in the runtime (`nix/runtime-libraries.json`).
    pub libraries: Vec<RuntimeLibrary>,
}

/// A file that is an input.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct InputFile {
    /// Its name.
    pub name: String,
    /// sha256, lower-case hex.
    pub sha256: String,
}

/// A C library in the runtime.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RuntimeLibrary {
    /// Its name, as `OpenSSL`.
    pub name: String,
    /// Its version, as `3.5.5`.
    pub version: String,
    /// What it says of itself at run time, where that is not [`RuntimeLibrary::version`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reports: Option<String>,
    /// Its licence: an SPDX expression.
    pub licence: String,
    /// Vendor and product in CPE names, as `openssl:openssl`.
    pub cpe: String,
    /// Its source's name in the pins; `cpython` for what CPython's own source has.
    pub source: String,
    /// The crate from whose contents the version was read, as the pins have it.
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "crate")]
    pub crate_: Option<String>,
    /// The runtimes that have it.
    pub targets: Vec<Target>,
    /// The extension modules that it is linked into: where none of them is, it is not.
    pub modules: Vec<String>,
}
