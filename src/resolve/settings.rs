//! `[tool.permafreeze]`: what the user may set.
use std::collections::BTreeMap;

use permafreeze_base::nearest::nearest;
use permafreeze_packaging::target::DEFAULT_GLIBC;
use permafreeze_plan::plan::Policy;
use serde::Deserialize;

use crate::document::TomlFile;
use crate::error::Error;

/// `[tool.permafreeze]` as it is written; every option has a default.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Settings {
    /// The executable's name.
    pub name: Option<String>,
    /// What is run: a script's name or a `.py` file.
    pub entry: Option<String>,
    /// The targets.
    pub targets: Vec<String>,
    /// The dependency groups that are part of the executable.
    pub groups: Vec<String>,
    /// The project's extras that are part of the executable.
    pub extras: Vec<String>,
    /// Linux: the oldest glibc that the executable must run on.
    pub glibc: String,
    /// `--hidden-import`.
    pub hidden_imports: Vec<String>,
    /// `--exclude-module`.
    pub exclude_modules: Vec<String>,
    /// `--collect-data`.
    pub collect_data: Vec<String>,
    /// `--collect-submodules`.
    pub collect_submodules: Vec<String>,
    /// `--collect-binaries`.
    pub collect_binaries: Vec<String>,
    /// `--collect-all`.
    pub collect_all: Vec<String>,
    /// `--copy-metadata`.
    pub copy_metadata: Vec<String>,
    /// `--add-data`.
    pub datas: Vec<Data>,
    /// `--runtime-hook`.
    pub runtime_hooks: Vec<String>,
    /// `module_collection_mode`: package or module -> mode.
    pub module_collection_mode: BTreeMap<String, String>,
    /// Answers for hooks that would run code: hook file -> attribute -> names.
    pub hook_answers: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    /// Who wins a file that two distributions own: path -> distribution.
    pub precedence: BTreeMap<String, String>,
    /// What the executables may want of the user's machine.
    pub policy: Policy,
    /// Commands with which `verify` runs each executable.
    pub smoke: Vec<Vec<String>>,
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

/// Every option, in the order in which people are told of them.
const KNOWN: [&str; 20] = [
    "name",
    "entry",
    "targets",
    "groups",
    "extras",
    "glibc",
    "hidden-imports",
    "exclude-modules",
    "collect-data",
    "collect-submodules",
    "collect-binaries",
    "collect-all",
    "copy-metadata",
    "datas",
    "runtime-hooks",
    "module-collection-mode",
    "hook-answers",
    "precedence",
    "policy",
    "smoke",
];
/// Every option of `[tool.permafreeze.policy]`.
const KNOWN_IN_POLICY: [&str; 3] = ["glibc", "libraries", "executable-stack"];

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            name: None,
            entry: None,
            targets: vec!["linux-amd64".to_owned()],
            groups: vec!["main".to_owned()],
            extras: Vec::new(),
            glibc: format!("{}.{}", DEFAULT_GLIBC.0, DEFAULT_GLIBC.1),
            hidden_imports: Vec::new(),
            exclude_modules: Vec::new(),
            collect_data: Vec::new(),
            collect_submodules: Vec::new(),
            collect_binaries: Vec::new(),
            collect_all: Vec::new(),
            copy_metadata: Vec::new(),
            datas: Vec::new(),
            runtime_hooks: Vec::new(),
            module_collection_mode: BTreeMap::new(),
            hook_answers: BTreeMap::new(),
            precedence: BTreeMap::new(),
            policy: Policy::default(),
            smoke: Vec::new(),
        }
    }
}

/// Checks that `[tool.permafreeze]` and `[tool.permafreeze.policy]` have no key that is not known.
///
/// # Errors
/// If one has.
pub fn check_keys(pyproject: &TomlFile) -> Result<(), Error> {
    check_table(pyproject, &["tool", "permafreeze"], &KNOWN)?;
    check_table(pyproject, &["tool", "permafreeze", "policy"], &KNOWN_IN_POLICY)
}

fn check_table(pyproject: &TomlFile, keys: &[&str], all: &[&'static str]) -> Result<(), Error> {
    let Some(table) = pyproject.get(keys).and_then(toml_edit::Item::as_table_like) else {
        return Ok(());
    };
    let Some((key, _)) = table.iter().find(|(key, _)| !all.contains(key)) else {
        return Ok(());
    };
    Err(Error::UnknownOption {
        file: pyproject.name.clone(),
        table: keys.join("."),
        key: key.to_owned(),
        known: all.iter().map(|known| format!("`{known}`")).collect::<Vec<_>>().join(", "),
        nearest: nearest(key, all.iter().copied()),
    })
}
