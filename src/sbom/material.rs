//! What is known of an executable and of all that it was made from.
use std::collections::BTreeMap;

use permafreeze_executable::owner::Owner;
use permafreeze_packaging::target::Target;
use permafreeze_plan::jobs::Inputs;

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
    /// The launcher, if the executable is a bundle.
    pub launcher: Option<Launcher>,
    /// The version of the Python that is frozen, as `3.13.5`.
    pub python: String,
    /// What of the Python is in the executable.
    pub python_contents: Contents,
    /// Extension modules of the Python that are in the executable, those that are linked into libpython too.
    pub python_modules: Vec<String>,
    /// What the job says of where its inputs come from.
    pub inputs: Inputs,
    /// Whether the builder may have seen the machine.
    pub unsandboxed: bool,
}

/// The program at the head of a bundle: permafreeze's own, from the pinned toolchain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launcher {
    /// What it is called.
    pub name: String,
    /// sha256 of it, lower-case hex.
    pub sha256: String,
}

/// A distribution: a wheel or a source tree.
#[derive(Debug, Clone)]
pub struct Distribution {
    /// How the report names it: a wheel, or a source tree.
    pub owner: Owner,
    /// The text of METADATA; empty for plain scripts.
    pub metadata: String,
    /// Whether nothing of it is reported as a file or module, and yet the executable has it (the bootloader).
    pub always_contained: bool,
    /// Whether its own hooks, code of the package, were run when the executable was linked.
    pub hooks_are_trusted: bool,
    /// What of it is in the executable.
    pub contents: Contents,
    /// Every file of it by path with its sha256, if it is a source tree.
    pub files: BTreeMap<String, String>,
    /// Native libraries that are no extension modules.
    pub libraries: Vec<Library>,
    /// Bills of materials that the wheel brings (PEP 770), by file name.
    pub bills: BTreeMap<String, String>,
}

impl Distribution {
    /// Makes a distribution of which nothing but the owner is known.
    pub fn new(owner: Owner) -> Distribution {
        Distribution {
            owner,
            metadata: String::new(),
            always_contained: false,
            hooks_are_trusted: false,
            contents: Contents::default(),
            files: BTreeMap::new(),
            libraries: Vec::new(),
            bills: BTreeMap::new(),
        }
    }
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
