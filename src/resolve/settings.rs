//! `[tool.permafreeze]`: what the user may set.
use std::collections::BTreeMap;

use permafreeze_base::nearest::nearest;
use permafreeze_packaging::target::Target;
use permafreeze_plan::plan::Policy;
use serde::Deserialize;
use toml_edit::{Item, TableLike};

use crate::document::TomlFile;
use crate::error::Error;
use crate::strip::StripSettings;
use crate::windows::{self, WindowsSettings};

/// Makes of the tables of options the types that are read, their defaults, and the lists of their names.
macro_rules! options {
    (
        executable { $($(#[doc = $doc:literal])+ $name:ident: $type:ty = $default:expr,)+ }
        project { $($(#[doc = $project_doc:literal])+ $project_name:ident: $project_type:ty = $project_default:expr,)+ }
    ) => {
        /// `[tool.permafreeze]` as it is written; every option has a default.
        #[derive(Debug, Clone, Deserialize)]
        #[serde(rename_all = "kebab-case", default)]
        pub struct Settings {
            $($(#[doc = $doc])+ pub $name: $type,)+
            $($(#[doc = $project_doc])+ pub $project_name: $project_type,)+
        }

        /// The options that are an executable's, of `[tool.permafreeze]` or of one `[[tool.permafreeze.executable]]`.
        #[derive(Debug, Clone, Deserialize)]
        #[serde(rename_all = "kebab-case", default)]
        pub struct ExecutableSettings {
            $($(#[doc = $doc])+ pub $name: $type,)+
        }

        impl Default for Settings {
            fn default() -> Settings {
                Settings { $($name: $default,)+ $($project_name: $project_default,)+ }
            }
        }

        impl Default for ExecutableSettings {
            fn default() -> ExecutableSettings {
                ExecutableSettings { $($name: $default,)+ }
            }
        }

        impl Settings {
            /// Returns those that are an executable's.
            pub fn of_executable(&self) -> ExecutableSettings {
                ExecutableSettings { $($name: self.$name.clone(),)+ }
            }
        }

        /// The name of every option of an executable, with `_` for `-`, in the order in which people are told of them.
        const OF_EXECUTABLE: &[&str] = &[$(stringify!($name)),+];
        /// The name of every other option.
        const OF_PROJECT: &[&str] = &[$(stringify!($project_name)),+];
    };
}

options! {
    executable {
        /// The executable's name.
        name: Option<String> = Default::default(),
        /// What is run: a script's name, a `.py` file, `module:function`, or `-m module`.
        entry: Option<String> = Default::default(),
        /// `--hidden-import`.
        hidden_imports: Vec<String> = Default::default(),
        /// `--exclude-module`.
        exclude_modules: Vec<String> = Default::default(),
        /// `--collect-data`.
        collect_data: Vec<String> = Default::default(),
        /// `--collect-submodules`.
        collect_submodules: Vec<String> = Default::default(),
        /// `--collect-binaries`.
        collect_binaries: Vec<String> = Default::default(),
        /// `--collect-all`.
        collect_all: Vec<String> = Default::default(),
        /// `--copy-metadata`.
        copy_metadata: Vec<String> = Default::default(),
        /// `--add-data`.
        datas: Vec<Data> = Default::default(),
        /// `--runtime-hook`.
        runtime_hooks: Vec<String> = Default::default(),
        /// `--additional-hooks-dir`.
        hooks: Vec<String> = Default::default(),
        /// Distributions whose own hooks are run.
        trust_hooks: Vec<String> = Default::default(),
        /// `module_collection_mode`: package or module -> mode.
        module_collection_mode: BTreeMap<String, String> = Default::default(),
        /// Answers for hooks that would run code: hook file -> attribute -> names.
        hook_answers: BTreeMap<String, BTreeMap<String, Vec<String>>> = Default::default(),
        /// Who wins a file that two distributions own: path or glob -> distribution.
        precedence: BTreeMap<String, String> = Default::default(),
        /// What the executable shows of itself on Windows.
        windows: WindowsSettings = Default::default(),
        /// When the executable unpacks its files: `always` or `cache`.
        unpack: Option<String> = Default::default(),
        /// How much a build spends on making the executable small: `fast` or `small`.
        compression: Option<String> = Default::default(),
        /// Whether the executable is one file or a folder: `onefile` or `onedir`.
        mode: Option<String> = Default::default(),
        /// Commands with which `verify` runs the executable.
        smoke: Vec<Vec<String>> = Default::default(),
    }
    project {
        /// The Python that is frozen, as `3.13`.
        python: Option<String> = Default::default(),
        /// The lock file, if it is not the one that is looked for.
        lock: Option<String> = Default::default(),
        /// The application's version, where its build backend finds it outside of the project's files.
        version: Option<String> = Default::default(),
        /// The targets.
        targets: Vec<String> = vec![Target::LinuxAmd64.to_string()],
        /// The dependency groups that are part of the executables.
        groups: Vec<String> = vec!["main".to_owned()],
        /// The project's extras that are part of the executables, if not those that its scripts want.
        extras: Option<Vec<String>> = Default::default(),
        /// Linux: the oldest glibc that the executables must run on, if not the oldest one for which there are wheels.
        glibc: Option<String> = Default::default(),
        /// macOS: the oldest one that the executables must run on, if not the oldest one for which there are wheels.
        macos: Option<String> = Default::default(),
        /// Other sources of Python runtimes: target -> source.
        runtimes: BTreeMap<String, String> = Default::default(),
        /// Whether a package without a wheel is built of its source distribution.
        build_sdists: bool = true,
        /// What the builds of source distributions require besides what they say: distribution -> requirements.
        extra_build_dependencies: BTreeMap<String, Vec<String>> = Default::default(),
        /// Wheels that the project brings for locked packages.
        wheels: Vec<Wheel> = Default::default(),
        /// Whether the plan says where each file is, once it was fetched.
        urls: bool = true,
        /// What of native libraries is left out: of all, or by distribution.
        strip: StripSettings = Default::default(),
        /// What the executables may want of the user's machine.
        policy: Policy = Default::default(),
        /// The executables, if there are several.
        executable: Vec<ExecutableSettings> = Default::default(),
    }
}

/// One of `datas`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Data {
    /// A file or folder of the project.
    pub from: String,
    /// The folder of the executable that it goes to.
    pub to: String,
}

/// One of `wheels`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wheel {
    /// Its path in the project.
    #[serde(default)]
    pub file: Option<String>,
    /// Its URL.
    #[serde(default)]
    pub url: Option<String>,
    /// Its sha256, in hex.
    pub sha256: String,
}

/// Every option of `[tool.permafreeze.policy]`.
const KNOWN_IN_POLICY: &[&str] = &["glibc", "macos", "libraries", "executable_stack"];

/// Returns whether the plan of a project says where its files are (`urls`).
pub fn has_urls(pyproject: &TomlFile) -> bool {
    let said = pyproject.get(&["tool", "permafreeze", "urls"]).and_then(Item::as_bool);
    said.unwrap_or_else(|| Settings::default().urls)
}

/// Checks that `[tool.permafreeze]` and the tables in it have no key that is not known.
///
/// # Errors
/// If one has.
pub fn check_keys(pyproject: &TomlFile) -> Result<(), Error> {
    let mut all = OF_EXECUTABLE.to_vec();
    all.extend(OF_PROJECT);
    let table = |keys: &[&str]| pyproject.get(keys).and_then(Item::as_table_like);
    check_table(&pyproject.name, "tool.permafreeze", table(&["tool", "permafreeze"]), &all)?;
    check_table(
        &pyproject.name,
        "tool.permafreeze.policy",
        table(&["tool", "permafreeze", "policy"]),
        KNOWN_IN_POLICY,
    )?;
    check_windows(&pyproject.name, "tool.permafreeze", table(&["tool", "permafreeze"]))?;
    let Some(executables) = pyproject.get(&["tool", "permafreeze", "executable"]) else { return Ok(()) };
    if executables.is_table_like() {
        return Err(Error::Layout {
            file: pyproject.name.clone(),
            problem: "`[tool.permafreeze.executable]` is one table, expected a list of tables".to_owned(),
            hint: "write it with two brackets: `[[tool.permafreeze.executable]]`".to_owned(),
        });
    }
    let array = executables.as_array_of_tables().into_iter().flatten().map(|table| table as &dyn TableLike);
    let inline = executables.as_array().into_iter().flatten().filter_map(toml_edit::Value::as_inline_table);
    for table in array.chain(inline.map(|table| table as &dyn TableLike)) {
        check_executable(&pyproject.name, table)?;
    }
    Ok(())
}

/// Checks one of `[[tool.permafreeze.executable]]`.
fn check_executable(file: &str, table: &dyn TableLike) -> Result<(), Error> {
    let is_of_project = |key: &&str| OF_PROJECT.iter().any(|known| known.replace('_', "-") == **key);
    if let Some(key) = table.iter().map(|(key, _)| key).find(is_of_project) {
        return Err(Error::Layout {
            file: file.to_owned(),
            problem: format!("`{key}` is in `[[tool.permafreeze.executable]]`, but it is the same for all executables"),
            hint: format!("write `{key}` in `[tool.permafreeze]`"),
        });
    }
    check_table(file, "[tool.permafreeze.executable]", Some(table), OF_EXECUTABLE)?;
    check_windows(file, "tool.permafreeze.executable", Some(table))
}

/// Checks the keys of `windows` in a table of options, and those of its `version`.
fn check_windows(file: &str, name: &str, table: Option<&dyn TableLike>) -> Result<(), Error> {
    let windows = below(table, "windows");
    check_table(file, &format!("{name}.windows"), windows, windows::OPTIONS)?;
    check_table(file, &format!("{name}.windows.version"), below(windows, "version"), &windows::VERSION_OPTIONS)
}

fn check_table(file: &str, name: &str, table: Option<&dyn TableLike>, fields: &[&str]) -> Result<(), Error> {
    let known: Vec<String> = fields.iter().map(|field| field.replace('_', "-")).collect();
    let Some(table) = table else { return Ok(()) };
    let Some((key, _)) = table.iter().find(|(key, _)| !known.iter().any(|known| known == key)) else {
        return Ok(());
    };
    Err(Error::UnknownOption {
        file: file.to_owned(),
        table: name.to_owned(),
        key: key.to_owned(),
        nearest: nearest(key, known.iter().map(String::as_str)).map(str::to_owned),
        known: known.iter().map(|known| format!("`{known}`")).collect::<Vec<_>>().join(", "),
    })
}

fn below<'t>(table: Option<&'t dyn TableLike>, key: &str) -> Option<&'t dyn TableLike> {
    table.and_then(|table| table.get(key)?.as_table_like())
}
