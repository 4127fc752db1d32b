//! Jobs: what Nix asks the static tools to do. JSON, written by `nix/`, read by Rust.
use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use permafreeze_packaging::target::Target;
use serde::{Deserialize, Serialize};

use crate::plan::Executable;

/// One executable to link (`nix/link.nix`; the attribute `job` of its derivation).
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LinkJob {
    /// What the executable runs on.
    pub target: Target,
    /// Its name.
    pub name: String,
    /// Its entry point and options, as the plan has them.
    pub executable: Executable,
    /// Objects of what is installed, in order of precedence.
    pub packages: Vec<Utf8PathBuf>,
    /// Object of the target's Python runtime.
    pub runtime: Utf8PathBuf,
    /// Object of the PyInstaller wheel.
    pub pyinstaller: Utf8PathBuf,
    /// Object of the pyinstaller-hooks-contrib wheel.
    pub hooks_contrib: Utf8PathBuf,
    /// Object of permafreeze's own modules among those that make the importer (`nix/loader`).
    pub loader: Utf8PathBuf,
    /// The bootloader: a file of one of these objects.
    pub bootloader: Bootloader,
    /// The target's launcher, a file, if the executable is a bundle.
    #[serde(default)]
    pub launcher: Option<Utf8PathBuf>,
    /// The interpreter that runs the hooks.
    pub host_python: Utf8PathBuf,
    /// Folder with what the hooks import: the job's PyInstaller and hooks-contrib, altgraph, packaging, setuptools.
    pub hooks_env: Utf8PathBuf,
    /// Where all of this comes from, for the bill of materials and the provenance.
    pub inputs: Inputs,
    /// Whether the builder may see the machine, which the provenance says: the user has allowed it.
    #[serde(default)]
    pub unsandboxed: bool,
}

/// Which file is the bootloader.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Bootloader {
    /// The object that has it, by its owner in the report: a wheel's file name.
    pub owner: String,
    /// Path in the object.
    pub path: String,
}

impl LinkJob {
    /// Returns the folders of the objects that say themselves what they are: packages, runtime, PyInstaller,
    /// hooks-contrib. [`LinkJob::loader`] is not among them.
    pub fn objects(&self) -> Vec<Utf8PathBuf> {
        let others = [&self.runtime, &self.pyinstaller, &self.hooks_contrib];
        self.packages.iter().chain(others).cloned().collect()
    }
}

/// What the job says of where its inputs come from. Nix writes it (`nix/link.nix`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Inputs {
    /// The artifact's digest in the plan ([`crate::digest`]): sha256, lower-case hex, of what of the plan decides the
    /// executable.
    pub plan: String,
    /// sha256 of each wheel, by file name.
    pub wheels: BTreeMap<String, String>,
    /// What the wheels that are built are built of, by their file name.
    #[serde(default)]
    pub built: BTreeMap<String, BuiltWheel>,
    /// sha256 of each tool (compile, link, host Python, what hooks import), by file name.
    pub tools: BTreeMap<String, String>,
    /// The runtime's archive.
    pub runtime: InputFile,
    /// C libraries in this runtime (of `nix/runtime-libraries.json`).
    pub libraries: Vec<RuntimeLibrary>,
}

/// What a wheel is built of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct BuiltWheel {
    /// The source distribution's file name; of the tree of a commit `git+URL@COMMIT`.
    pub sdist: String,
    /// Its sha256, lower-case hex.
    pub sha256: String,
    /// sha256 of each wheel of the build environment, by file name.
    pub environment: BTreeMap<String, String>,
}

impl BuiltWheel {
    /// Returns the commit's id, if it is built of the tree of one; its [`BuiltWheel::sdist`] is then a URL.
    pub fn commit(&self) -> Option<&str> {
        self.sdist.strip_prefix("git+")?.rsplit_once('@').map(|(_, commit)| commit)
    }
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
    /// Its source's name in the pins, `cpython-3.13` for what CPython's own source has; `None` for what the wheels carry that
    /// its runtimes are made of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The crate from whose contents the version was read, as the pins have it.
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "crate")]
    pub crate_: Option<String>,
    /// The runtimes that have it, as `3.13-linux-amd64` and `3.13-windows-amd64-wheels`.
    pub runtimes: Vec<String>,
    /// The extension modules that it is linked into: where none of them is, it is not.
    pub modules: Vec<String>,
}
