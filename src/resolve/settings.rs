//! `[tool.permafreeze]`: what the user may set.
use std::collections::BTreeMap;

use permafreeze_base::nearest::nearest;
use permafreeze_packaging::target::{DEFAULT_GLIBC, Target};
use permafreeze_plan::plan::Policy;
use serde::Deserialize;

use crate::document::TomlFile;
use crate::error::Error;

/// Makes of the table of options the type that is read, its defaults, and the list of their names.
macro_rules! options {
    ($($(#[doc = $doc:literal])+ $name:ident: $type:ty = $default:expr,)+) => {
        /// `[tool.permafreeze]` as it is written; every option has a default.
        #[derive(Debug, Clone, Deserialize)]
        #[serde(rename_all = "kebab-case", default)]
        pub struct Settings {
            $($(#[doc = $doc])+ pub $name: $type,)+
        }

        impl Default for Settings {
            fn default() -> Settings {
                Settings { $($name: $default,)+ }
            }
        }

        /// Every option's name, with `_` for `-`, in the order in which people are told of them.
        const KNOWN: &[&str] = &[$(stringify!($name)),+];
    };
}

options! {
    /// The executable's name.
    name: Option<String> = Default::default(),
    /// What is run: a script's name or a `.py` file.
    entry: Option<String> = Default::default(),
    /// The targets.
    targets: Vec<String> = vec![Target::LinuxAmd64.to_string()],
    /// The dependency groups that are part of the executable.
    groups: Vec<String> = vec!["main".to_owned()],
    /// The project's extras that are part of the executable.
    extras: Vec<String> = Default::default(),
    /// Linux: the oldest glibc that the executable must run on.
    glibc: String = format!("{}.{}", DEFAULT_GLIBC.0, DEFAULT_GLIBC.1),
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
    /// `module_collection_mode`: package or module -> mode.
    module_collection_mode: BTreeMap<String, String> = Default::default(),
    /// Answers for hooks that would run code: hook file -> attribute -> names.
    hook_answers: BTreeMap<String, BTreeMap<String, Vec<String>>> = Default::default(),
    /// Who wins a file that two distributions own: path -> distribution.
    precedence: BTreeMap<String, String> = Default::default(),
    /// Whether a package without a wheel is built of its source distribution.
    build_sdists: bool = true,
    /// What the builds of source distributions require besides what they say: distribution -> requirements.
    extra_build_dependencies: BTreeMap<String, Vec<String>> = Default::default(),
    /// Wheels that the project brings for locked packages.
    wheels: Vec<Wheel> = Default::default(),
    /// What the executables may want of the user's machine.
    policy: Policy = Default::default(),
    /// Commands with which `verify` runs each executable.
    smoke: Vec<Vec<String>> = Default::default(),
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
const KNOWN_IN_POLICY: &[&str] = &["glibc", "libraries", "executable_stack"];

/// Checks that `[tool.permafreeze]` and `[tool.permafreeze.policy]` have no key that is not known.
///
/// # Errors
/// If one has.
pub fn check_keys(pyproject: &TomlFile) -> Result<(), Error> {
    check_table(pyproject, &["tool", "permafreeze"], KNOWN)?;
    check_table(pyproject, &["tool", "permafreeze", "policy"], KNOWN_IN_POLICY)
}

fn check_table(pyproject: &TomlFile, keys: &[&str], fields: &[&str]) -> Result<(), Error> {
    let known: Vec<String> = fields.iter().map(|field| field.replace('_', "-")).collect();
    let Some(table) = pyproject.get(keys).and_then(toml_edit::Item::as_table_like) else {
        return Ok(());
    };
    let Some((key, _)) = table.iter().find(|(key, _)| !known.iter().any(|known| known == key)) else {
        return Ok(());
    };
    Err(Error::UnknownOption {
        file: pyproject.name.clone(),
        table: keys.join("."),
        key: key.to_owned(),
        nearest: nearest(key, known.iter().map(String::as_str)).map(str::to_owned),
        known: known.iter().map(|known| format!("`{known}`")).collect::<Vec<_>>().join(", "),
    })
}
