//! pip's configuration: which files, in which order, and what the environment overrides.
//!
//! Follows pip's `configuration.py` and `cli/parser.py`: files in the order global, user, site, `PIP_CONFIG_FILE`, a
//! later file overrides a key of an earlier one; then the sections `global`, `install`, `download`, then `PIP_*`.
//! Empty values count as not given.
use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use crate::environment::Environment;
use crate::error::Error;
use crate::ini;

/// The sections that count, the strongest first.
const SECTIONS: [&str; 3] = ["download", "install", "global"];

/// pip's merged configuration.
pub(crate) struct PipConfig<'e> {
    environment: &'e Environment,
    /// (section, key with `-`) -> value.
    values: BTreeMap<(String, String), Value>,
}

/// A value and who says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Value {
    pub text: String,
    /// The file or environment variable.
    pub origin: String,
}

impl<'e> PipConfig<'e> {
    /// Reads the files that pip would read.
    pub(crate) fn load(environment: &'e Environment) -> Result<PipConfig<'e>, Error> {
        let mut config = PipConfig { environment, values: BTreeMap::new() };
        for file in files(environment) {
            config.read(&file)?;
        }
        Ok(config)
    }

    fn read(&mut self, file: &Utf8Path) -> Result<(), Error> {
        if !file.is_file() {
            return Ok(());
        }
        let text = std::fs::read_to_string(file).map_err(Error::io("read", file))?;
        let sections = ini::parse(&text).map_err(|fault| Error::PipConfig {
            file: file.to_owned(),
            line: fault.line,
            reason: fault.reason,
        })?;
        for (section, keys) in sections {
            for (key, text) in keys {
                let value = Value { text, origin: file.to_string() };
                self.values.insert((section.clone(), normalized(&key)), value);
            }
        }
        Ok(())
    }

    /// Returns the value of an option; `names` are its long names, as `index-url`.
    pub(crate) fn get(&self, names: &[&str]) -> Option<Value> {
        let variables = names.iter().find_map(|name| {
            let variable = format!("PIP_{}", name.to_uppercase().replace('-', "_"));
            self.environment.get(&variable).map(|text| Value { text: text.to_owned(), origin: variable.clone() })
        });
        variables.or_else(|| {
            let of = |section: &&str, name: &&str| self.values.get(&((*section).to_owned(), (*name).to_owned()));
            let given = |section| names.iter().find_map(|name| of(section, name).filter(|v| !v.text.is_empty()));
            SECTIONS.iter().find_map(given).cloned()
        })
    }

    /// Returns the words of an option that may be given several times.
    pub(crate) fn list(&self, names: &[&str]) -> Vec<String> {
        let words = |value: Value| value.text.split_whitespace().map(str::to_owned).collect();
        self.get(names).map(words).unwrap_or_default()
    }

    /// Returns the value of an option that is on or off (Python's `strtobool`).
    pub(crate) fn flag(&self, name: &str) -> Result<bool, Error> {
        let Some(value) = self.get(&[name]) else { return Ok(false) };
        match value.text.to_lowercase().as_str() {
            "y" | "yes" | "t" | "true" | "on" | "1" => Ok(true),
            "n" | "no" | "f" | "false" | "off" | "0" => Ok(false),
            _ => Err(value.bad(name, "yes or no")),
        }
    }
}

impl Value {
    /// Returns the error that says that this is no value for `name`. It does not show it: it may hold credentials.
    pub(crate) fn bad(&self, name: &str, expected: &'static str) -> Error {
        Error::Setting { name: name.to_owned(), origin: self.origin.clone(), expected }
    }
}

/// pip takes `index_url`, `index-url` and `--index-url` for the same.
fn normalized(key: &str) -> String {
    let key = key.replace('_', "-");
    key.strip_prefix("--").map(str::to_owned).unwrap_or(key)
}

/// Returns pip's configuration files, the weakest first.
fn files(environment: &Environment) -> Vec<Utf8PathBuf> {
    let named = environment.get("PIP_CONFIG_FILE").map(Utf8PathBuf::from);
    if named.as_deref() == Some(Utf8Path::new("/dev/null")) {
        return Vec::new();
    }
    let mut files = global_files(environment);
    if !named.as_ref().is_some_and(|file| file.exists()) {
        files.extend(environment.home(".pip/pip.conf"));
        files.extend(user_dir(environment).map(|dir| dir.join("pip.conf")));
    }
    files.extend(environment.get("VIRTUAL_ENV").map(|dir| Utf8Path::new(dir).join("pip.conf")));
    files.extend(named);
    files
}

fn global_files(environment: &Environment) -> Vec<Utf8PathBuf> {
    if cfg!(target_os = "macos") {
        return vec![Utf8PathBuf::from("/Library/Application Support/pip/pip.conf")];
    }
    let dirs = environment.get("XDG_CONFIG_DIRS").filter(|dirs| !dirs.trim().is_empty());
    let dirs = match dirs {
        Some(dirs) => dirs.split(':').map(|dir| environment.expand_user(dir)).collect(),
        None => vec![environment.etc().join("xdg")],
    };
    let mut files: Vec<_> = dirs.iter().map(|dir| dir.join("pip/pip.conf")).collect();
    files.push(environment.etc().join("pip.conf"));
    files
}

fn user_dir(environment: &Environment) -> Option<Utf8PathBuf> {
    if cfg!(target_os = "macos") {
        let dir = environment.home("Library/Application Support/pip")?;
        return if dir.is_dir() { Some(dir) } else { environment.home(".config/pip") };
    }
    match environment.get("XDG_CONFIG_HOME").filter(|dir| !dir.trim().is_empty()) {
        Some(dir) => Some(Utf8Path::new(dir).join("pip")),
        None => environment.home(".config/pip"),
    }
}
