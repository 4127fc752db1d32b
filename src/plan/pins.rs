//! The toolchain's pins: `nix/toolchain.json`.
use std::collections::BTreeMap;

use permafreeze_packaging::python::Python;
use serde::{Deserialize, Serialize};

/// The version of the pins' format.
pub const VERSION: u32 = 1;

/// Everything that the toolchain is made of, pinned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Pins {
    /// [`VERSION`].
    pub version: u32,
    /// The patch releases of the Pythons that can be frozen, as `3.13.5` of `3.13`.
    pub pythons: BTreeMap<Python, String>,
    /// The compiler of the static tools, as `1.95.0`.
    pub rustc: String,
    /// What `permafreeze toolchain build` makes. Keys: `host-python-3.13-x86_64-linux`,
    /// `compile-x86_64-linux`, `link-x86_64-linux`, `launcher-linux-amd64`, `runtime-3.13-linux-amd64`, …; and runtimes
    /// that have only URLs.
    pub made: BTreeMap<String, Made>,
    /// Wheels that an index has, the same for every project. Keys: `pyinstaller-linux-amd64`, `hooks-contrib`,
    /// `altgraph`, `packaging`, `setuptools`, `pip`, `zig-x86_64-linux` and `binaries-3.13-windows-amd64` (for making the
    /// toolchain only).
    pub wheels: BTreeMap<String, PinnedWheel>,
    /// Sources of the C programs, by name (`cpython-3.13`, `openssl`, …).
    pub sources: BTreeMap<String, PinnedSource>,
}

/// A file that `permafreeze toolchain build` makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Made {
    /// Its name in the store.
    pub name: String,
    /// sha256 of the file, lower-case hex.
    pub sha256: String,
    /// Size in bytes, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Set for an executable: sha256 of its NAR serialisation, lower-case hex. Such a file is added to the store
    /// with `nix-store --add-fixed --recursive` (the mode counts), an archive flat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nar_sha256: Option<String>,
    /// Where else its bytes may be had.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub urls: Vec<String>,
}

/// A wheel that an index has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PinnedWheel {
    /// The distribution's normalised name.
    pub package: String,
    /// Its version.
    pub version: String,
    /// The wheel's file name, which is its name in the store.
    pub file: String,
    /// sha256, lower-case hex.
    pub sha256: String,
    /// Size in bytes.
    pub size: u64,
    /// The versions that `permafreeze toolchain update` chooses from (a specifier of PEP 440); absent means all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<String>,
}

/// A source archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PinnedSource {
    /// sha256, lower-case hex.
    pub sha256: String,
    /// Its upstream URL, if it has one outside of package registries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The crate that carries it, as `openssl-src 300.5.5+3.5.5`: `cargo` brings it.
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "crate")]
    pub crate_: Option<String>,
    /// Its path below a Debian mirror: `apt` brings it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub apt: Option<String>,
    /// The versions that `permafreeze toolchain update` chooses from (a requirement of Cargo's for a crate, else a
    /// specifier of PEP 440); absent means all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<String>,
}
