//! The object's index: every file of the wheel, where its bytes lie, and what the linker must know of it.
mod frame;
mod hints;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use frame::{Blob, Encoding, Frame};
pub use hints::{Computed, Hints, Mention};

use crate::native::Strip;

/// The version of the object format. It is part of every object; a reader refuses another one.
pub const FORMAT: u32 = 4;
/// The name of the index within an object.
pub const INDEX: &str = "index.json";
/// The name of the file that holds all blobs, one after another.
pub const BLOBS: &str = "blobs";

/// Modules of base_library.zip, which Python imports before an executable's own importer exists, and which are therefore in
/// no PYZ (PyInstaller/compat.py, `PY3_BASE_MODULES`); packages with all their submodules.
pub const BASE_MODULES: &[&str] = &[
    "_collections_abc",
    "_weakrefset",
    "abc",
    "codecs",
    "collections",
    "copyreg",
    "encodings",
    "enum",
    "functools",
    "genericpath",
    "heapq",
    "io",
    "keyword",
    "linecache",
    "locale",
    "ntpath",
    "operator",
    "os",
    "posixpath",
    "re",
    "reprlib",
    "sre_compile",
    "sre_constants",
    "sre_parse",
    "stat",
    "traceback",
    "types",
    "warnings",
    "weakref",
];

/// Returns the path, in a source tree's object, of the entry script of an executable: the module that calls its entry
/// point. It is no file of site-packages: no module is found in a folder of this name.
pub fn entry_script(executable: &str) -> String {
    format!(".entries/{executable}.py")
}

/// The whole index of one object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Index {
    /// [`FORMAT`].
    pub format: u32,
    /// What was compiled.
    pub origin: Origin,
    /// Files by path. For a wheel or a source the path is relative to site-packages, `/` between parts;
    /// for a runtime it is relative to its root (`lib/python3.13/os.py`).
    pub files: BTreeMap<String, File>,
    /// The frames in [`BLOBS`], by offset. No two overlap.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub frames: Vec<Frame>,
}

/// What an object was compiled from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Origin {
    /// A wheel (PEP 427).
    Wheel {
        /// The wheel's file name.
        file: String,
        /// The distribution's name as its METADATA spells it.
        name: String,
        /// Its version.
        version: String,
        /// Name of its `.dist-info` folder.
        dist_info: String,
        /// `Tag` lines of its WHEEL file, in file order.
        tags: Vec<String>,
    },
    /// A source tree: the application or a path dependency.
    Source {
        /// The distribution's name; `None` for plain scripts (`package-mode = false`).
        name: Option<String>,
        /// Its version.
        version: Option<String>,
        /// Name of its made `.dist-info` folder, if there is one.
        dist_info: Option<String>,
    },
    /// A Python runtime in python-build-standalone's `install_only` layout.
    Runtime(RuntimeFacts),
}

/// What the linker must know of a runtime besides its files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct RuntimeFacts {
    /// The full version, as `3.13.5`.
    pub version: String,
    /// The standard library's folder, as `lib/python3.13`.
    pub stdlib: String,
    /// The folder of its extension modules, as `lib/python3.13/lib-dynload` or `DLLs`.
    pub dynload: String,
    /// The shared libpython's path, as `lib/libpython3.13.so.1.0` or `python313.dll`.
    pub libpython: String,
    /// The module `sysconfig` reads, as `_sysconfigdata__linux_x86_64-linux-gnu`; `None` on Windows, which has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sysconfigdata: Option<String>,
    /// Modules linked into libpython, sorted.
    pub builtins: Vec<String>,
    /// Suffixes of extension modules, in the order of `importlib.machinery.EXTENSION_SUFFIXES`.
    pub extension_suffixes: Vec<String>,
}

/// The path in a runtime for Linux of the one library that PyInstaller's bootloader needs beyond glibc.
pub const BOOTLOADER_LIBRARY: &str = "lib/libz.so.1";

/// One file of an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct File {
    /// Size in bytes.
    pub size: u64,
    /// sha256 of the file's bytes as they were compiled from, lower-case hex.
    pub sha256: String,
    /// Whether the file has its executable bit.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub executable: bool,
    /// The target when the file is a symbolic link (runtimes only; wheels must have none).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub symlink: Option<String>,
    /// The bytes; of a hollowed file those that are left.
    pub blob: Blob,
    /// Set for a native library that is not stored as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hollowed: Option<Hollowed>,
    /// Set for every `.py` file, and for a `.pyi` file beside an extension module of its name: PyInstaller takes the
    /// extension's imports from it. Of a `.pyi` only the imports are kept, there is no code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub module: Option<Module>,
    /// Set for every native library, told by its magic and not by its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub native: Option<Native>,
    /// The parts of a universal Mach-O file, one per machine, in file order. Each is a whole file for its machine.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub slices: Vec<Slice>,
}

/// What was zeroed in a native library ([`crate::native::hollow`]). Its size is the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Hollowed {
    /// sha256 of what is left, lower-case hex.
    pub sha256: String,
    /// How many bytes were zeroed.
    pub zeroed: u64,
    /// Which ones.
    pub strip: Strip,
}

impl File {
    /// Returns the sha256 of the bytes that are stored, lower-case hex.
    pub fn stored_sha256(&self) -> &str {
        self.hollowed.as_ref().map_or(&self.sha256, |hollowed| &hollowed.sha256)
    }
}

/// The part of a universal Mach-O file that one machine loads: a whole file, whose offsets and signature count from its
/// first byte (Apple's `mach-o/fat.h`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Slice {
    /// The machine, in Nix's words.
    pub machine: String,
    /// Size in bytes.
    pub size: u64,
    /// sha256 of the bytes, lower-case hex.
    pub sha256: String,
    /// The bytes.
    pub blob: Blob,
    /// What it says of itself.
    pub native: Native,
}

impl File {
    /// Returns every blob of the file.
    pub fn blobs(&self) -> impl Iterator<Item = Blob> {
        let code = self.module.as_ref().and_then(|module| module.code);
        let slices = self.slices.iter().map(|slice| slice.blob);
        [self.blob].into_iter().chain(code).chain(slices)
    }
}

impl Index {
    /// Replaces each universal file that has a part for a machine (in Nix's words) by that part. Nothing else of such a
    /// file is ever loaded on that machine.
    pub fn thin(&mut self, machine: &str) {
        for file in self.files.values_mut() {
            let slices = std::mem::take(&mut file.slices);
            match slices.iter().position(|slice| slice.machine == machine) {
                Some(at) => {
                    let Slice { size, sha256, blob, native, machine: _ } = slices[at].clone();
                    (file.size, file.sha256, file.blob, file.native) = (size, sha256, blob, Some(native));
                }
                None => file.slices = slices,
            }
        }
    }
}

/// A compiled `.py` file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Module {
    /// Canonical marshalled code (see [`crate::marshal`]), [`Encoding::Deflated`] or [`Encoding::Member`]; `None` if it does not compile
    /// or is a stub. Its `co_filename` is the file's path (relative to the stdlib folder for a runtime's stdlib).
    pub code: Option<Blob>,
    /// Length in bytes of the marshalled code before deflating.
    #[serde(default)]
    pub code_size: u64,
    /// Why it does not compile: exception type and message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Import statements anywhere in the module, in order of appearance, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub imports: Vec<Import>,
    /// Calls with constant arguments of the functions that PyInstaller looks for, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<Call>,
    /// Libraries named by attribute, each once: `user32.dll` for `ctypes.windll.user32`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub library_attributes: Vec<String>,
    /// Modules and files that it names without an import statement.
    #[serde(default, skip_serializing_if = "Hints::is_empty")]
    pub hints: Hints,
}

/// One import statement.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Import {
    /// The dotted name; empty for `from . import x`.
    #[serde(rename = "n")]
    pub name: String,
    /// Leading dots.
    #[serde(rename = "l", default, skip_serializing_if = "is_zero")]
    pub level: u32,
    /// The names of a `from` import, in order, each once; `None` for a plain import.
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Vec<String>>,
}

/// One call whose arguments are all constants, as `version("redis")` (PyInstaller/depend/bytecode.py).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Call {
    /// The function as written, dotted: `importlib.metadata.version`. Recorded are those whose last part is `CDLL`,
    /// `WinDLL`, `OleDLL`, `PyDLL`, `LoadLibrary`, `find_library`, `version`, `metadata`, `distribution`, `files`,
    /// `requires`, `get_distribution`, `require`, `import_module`, `__import__` or `use`.
    pub function: String,
    /// Its arguments; `None` for a constant that is not a string.
    pub arguments: Vec<Option<String>>,
}

/// What a native library says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Native {
    /// The file format.
    pub format: NativeFormat,
    /// The machine it is for, in Nix's words: `x86_64`, `aarch64`, … (several for a universal Mach-O).
    pub machines: Vec<String>,
    /// DT_SONAME, or Mach-O's install name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub soname: Option<String>,
    /// Of an extension module: strings that may name modules which it imports, as `_cffi_backend`
    /// ([`crate::native::modules`]), sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub modules: Vec<String>,
    /// DT_NEEDED, Mach-O's load commands, or PE's import table: in file order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needed: Vec<String>,
    /// Those of [`Native::needed`] that a Mach-O file runs without: in file order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weak: Vec<String>,
    /// The libraries of PE's delay-import table, which are loaded when a function of theirs is called first: in file
    /// order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub delayed: Vec<String>,
    /// DT_RPATH or LC_RPATH, split at `:`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rpath: Vec<String>,
    /// DT_RUNPATH, split at `:`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub runpath: Vec<String>,
    /// Of a Mach-O file for one machine: whether its signature holds; `None` if it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Signature>,
}

/// What is known of a Mach-O file's signature, whoever made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signature {
    /// Its hashes are those of the file.
    Valid,
    /// They are not, or it cannot be read.
    Broken,
}

/// A native file format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NativeFormat {
    /// Linux.
    Elf,
    /// macOS.
    MachO,
    /// Windows.
    Pe,
}

fn is_zero(n: &u32) -> bool {
    *n == 0
}
