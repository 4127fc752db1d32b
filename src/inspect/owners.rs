//! Whose an entry or a module is: from the report, else from the RECORD files inside, else by its top-level name.
use std::collections::{BTreeMap, BTreeSet};

use permafreeze_executable::format::DEFERRED_PACKAGE;
use permafreeze_executable::owner::Owner as Reported;
use permafreeze_executable::report::Report;
use permafreeze_packaging::name::Name;
use serde::Serialize;

use permafreeze_archive::{Entry, Executable};

/// Top-level modules of CPython 3.8 to 3.14 (`sys.stdlib_module_names`), a name a line.
const STANDARD_LIBRARY: &str = include_str!("standard_library.txt");
const PYTHON: &str = "python";
const PYINSTALLER: &str = "pyinstaller";
/// What PyInstaller collects besides packages.
const LIBRARIES: &str = "(libraries of the build machine)";

/// A distribution, or another origin.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Owner {
    /// The normalised name (PEP 503); a top-level name, or another word.
    #[serde(rename = "distribution")]
    pub name: String,
    /// The version, if it is known.
    #[serde(rename = "distribution-version", skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

impl Owner {
    /// Makes an owner without a version.
    pub fn named(name: &str) -> Owner {
        Owner { name: name.to_owned(), version: None }
    }

    /// Returns the distribution of a report's owner.
    fn of_report(owner: &Reported) -> Owner {
        match owner {
            Reported::Wheel(file) => of_wheel(file).unwrap_or_else(|| Owner::named(file)),
            Reported::Source(name) => Owner::named(name),
            Reported::Runtime => Owner::named(PYTHON),
            other => Owner::named(&other.to_string()),
        }
    }
}

/// Returns the distribution of a wheel's file name (PEP 427).
fn of_wheel(file: &str) -> Option<Owner> {
    let mut fields = file.strip_suffix(".whl")?.splitn(3, '-');
    let (name, version, _) = (fields.next()?, fields.next()?, fields.next()?);
    Some(Owner { name: Name::new(name).to_string(), version: Some(version.to_owned()) })
}

impl std::fmt::Display for Owner {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.version {
            Some(version) => write!(formatter, "{} {version}", self.name),
            None => formatter.write_str(&self.name),
        }
    }
}

/// Whose everything is.
#[derive(Debug, Default)]
pub struct Owners {
    /// By name in the archive, from the report.
    reported: BTreeMap<String, Owner>,
    reported_modules: BTreeMap<String, Owner>,
    /// By path in site-packages, from RECORD files.
    recorded: BTreeMap<String, Owner>,
    /// By the name of a `.dist-info` folder.
    metadata: BTreeMap<String, Owner>,
    /// By normalised name.
    by_name: BTreeMap<String, Owner>,
    standard: BTreeSet<&'static str>,
    python_library: String,
}

impl Owners {
    /// Reads who owns what.
    pub fn new(executable: &Executable, report: Option<&Report>) -> Owners {
        let mut owners = Owners {
            standard: STANDARD_LIBRARY.lines().collect(),
            python_library: executable.python_library().to_owned(),
            ..Owners::default()
        };
        if let Some(report) = report {
            owners.read_report(report);
        }
        for entry in executable.entries() {
            let Some((folder, file)) = entry.name.split_once('/') else { continue };
            let Some(owner) = folder.strip_suffix(".dist-info").and_then(distribution) else { continue };
            if file == "RECORD"
                && let Ok(record) = executable.data(entry)
            {
                let record = String::from_utf8_lossy(&record);
                owners.recorded.extend(record.lines().filter_map(record_path).map(|path| (path, owner.clone())));
            }
            owners.by_name.insert(owner.name.clone(), owner.clone());
            owners.metadata.insert(folder.to_owned(), owner);
        }
        owners
    }

    fn read_report(&mut self, report: &Report) {
        let files = report.files.iter().map(|file| (&file.name, &file.source.owner));
        let scripts = report.scripts.iter().map(|script| (&script.name, &script.source.owner));
        let owned = files.chain(scripts).map(|(name, owner)| (name.clone(), Owner::of_report(owner)));
        self.reported.extend(owned);
        let modules = report.modules.iter().map(|module| (module.name.clone(), Owner::of_report(&module.source.owner)));
        self.reported_modules.extend(modules);
        let known = self.reported.values().chain(self.reported_modules.values()).cloned();
        self.by_name.extend(known.map(|owner| (owner.name.clone(), owner)).collect::<Vec<_>>());
    }

    /// Returns the distributions that are known with their versions.
    pub fn known(&self) -> impl Iterator<Item = &Owner> {
        self.by_name.values().filter(|owner| owner.version.is_some())
    }

    /// Returns whose an entry is.
    pub fn of_entry(&self, entry: &Entry) -> Owner {
        if let Some(owner) = self.reported.get(&entry.name) {
            return owner.clone();
        }
        let path = &entry.name;
        if let Some(owner) = self.recorded.get(path) {
            return owner.clone();
        }
        if entry.kind.is_code() && path.starts_with("pyi") {
            return Owner::named(PYINSTALLER);
        }
        let (top, nested) = path.split_once('/').map_or((path.as_str(), false), |(top, _)| (top, true));
        if let Some(owner) = self.metadata.get(top) {
            return owner.clone();
        }
        if path == "base_library.zip" || top == self.python_library || is_python_folder(top) {
            return Owner::named(PYTHON);
        }
        if let Some(name) = top.strip_suffix(".libs").filter(|_| nested) {
            return self.named(name);
        }
        if !nested && entry.kind.is_extracted() && is_library(top) {
            return Owner::named(LIBRARIES);
        }
        let module = if nested { top } else { top.split('.').next().unwrap_or(top) };
        self.of_top_level(module)
    }

    /// Returns whose a module of the PYZ or of base_library.zip is.
    pub fn of_module(&self, name: &str) -> Owner {
        if let Some(owner) = self.reported_modules.get(name) {
            return owner.clone();
        }
        let path = name.replace('.', "/");
        let candidates = [format!("{path}.py"), format!("{path}/__init__.py")];
        let recorded = candidates.iter().find_map(|path| self.recorded.get(path));
        recorded.cloned().unwrap_or_else(|| self.of_top_level(name.split('.').next().unwrap_or(name)))
    }

    fn of_top_level(&self, top: &str) -> Owner {
        if self.standard.contains(top) || top.starts_with("_sysconfigdata") {
            return Owner::named(PYTHON);
        }
        if [DEFERRED_PACKAGE, "_pyi_rth_utils"].contains(&top) || top.starts_with("pyi_rth") {
            return Owner::named(PYINSTALLER);
        }
        self.named(top)
    }

    fn named(&self, name: &str) -> Owner {
        self.by_name.get(Name::new(name).as_str()).cloned().unwrap_or_else(|| Owner::named(name))
    }
}

/// Returns the distribution of `NAME-VERSION`, as folders of metadata are called.
fn distribution(folder: &str) -> Option<Owner> {
    let (name, version) = folder.split_once('-')?;
    Some(Owner { name: Name::new(name).to_string(), version: Some(version.to_owned()) })
}

/// Returns the path of a RECORD's line (CSV: path, hash, size), if it lies in site-packages.
fn record_path(line: &str) -> Option<String> {
    let path = match line.strip_prefix('"') {
        Some(quoted) => quoted.split_once("\",")?.0.replace("\"\"", "\""),
        None => line.split(',').next()?.to_owned(),
    };
    (!path.is_empty() && !path.starts_with("..")).then_some(path)
}

fn is_python_folder(top: &str) -> bool {
    top.strip_prefix("python3.").is_some_and(|minor| minor.chars().all(|digit| digit.is_ascii_digit()))
}

fn is_library(name: &str) -> bool {
    let name = name.to_lowercase();
    let shared = name.ends_with(".so") || name.contains(".so.");
    (name.starts_with("lib") && shared) || name.ends_with(".dylib") || name.ends_with(".dll")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_name_wheels_sources_and_the_runtime() {
        let wheel = Owner::of_report(&"charset_normalizer-3.4.1-cp313-cp313-manylinux_2_17_x86_64.whl".into());
        assert_eq!(wheel.to_string(), "charset-normalizer 3.4.1");
        assert_eq!(Owner::of_report(&"source:agent-runner".into()).to_string(), "agent-runner");
        assert_eq!(Owner::of_report(&"python-runtime".into()).to_string(), "python");
        assert_eq!(Owner::of_report(&"x.whl".into()).to_string(), "x.whl");
    }

    #[test]
    fn records_give_paths_inside_site_packages() {
        assert_eq!(record_path("a/b.py,sha256=x,12").as_deref(), Some("a/b.py"));
        assert_eq!(record_path("\"a,b.py\",sha256=x,12").as_deref(), Some("a,b.py"));
        assert_eq!(record_path("../../../bin/tool,sha256=x,12"), None);
        assert_eq!(record_path(""), None);
    }

    #[test]
    fn modules_fall_back_to_the_top_level_name() {
        let pillow = Owner { name: "pillow".into(), version: Some("13.0.0".into()) };
        let owners = Owners {
            standard: STANDARD_LIBRARY.lines().collect(),
            recorded: BTreeMap::from([("PIL/__init__.py".into(), pillow.clone())]),
            by_name: BTreeMap::from([("pillow".into(), pillow)]),
            ..Owners::default()
        };
        assert_eq!(owners.of_module("PIL").to_string(), "pillow 13.0.0");
        assert_eq!(owners.of_module("json.decoder").to_string(), "python");
        assert_eq!(owners.of_module("my_app.cli").to_string(), "my_app");
        assert_eq!(owners.named("Pillow").to_string(), "pillow 13.0.0");
    }

    #[test]
    fn libraries_are_told_from_extension_modules() {
        assert!(is_library("libssl.so.3"));
        assert!(is_library("VCRUNTIME140.dll"));
        assert!(!is_library("_brotli.cpython-313-x86_64-linux-gnu.so"));
    }
}
