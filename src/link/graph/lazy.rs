//! What is known of modules without looking at them: imports made by C code, aliases, exclusions.
use std::collections::HashMap;

use crate::program::Program;

/// What happens when a name is looked up for the first time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lazy {
    /// It is left out.
    Excluded,
    /// It is another name of a module.
    Alias(String),
    /// It imports these, besides what its source says.
    Implies(Vec<String>),
}

/// Imports made in C (PyInstaller/lib/modulegraph/find_modules.py), by module.
const IMPLIED: &[(&str, &[&str])] = &[
    ("_curses", &["curses"]),
    ("posix", &["resource"]),
    ("gc", &["time"]),
    ("time", &["_strptime"]),
    ("datetime", &["time"]),
    ("parser", &["copyreg"]),
    ("codecs", &["encodings"]),
    ("_sre", &["copy", "re"]),
    ("zipimport", &["zlib"]),
    ("_datetime", &["time", "_strptime"]),
    ("_json", &["json.decoder"]),
    ("_pickle", &["codecs", "copyreg", "_compat_pickle"]),
    ("_posixsubprocess", &["gc"]),
    ("_ssl", &["socket"]),
    ("anydbm", &["dbhash", "gdbm", "dbm", "dumbdbm", "whichdb"]),
];

/// Returns the table for a program.
pub fn of(program: &Program<'_>) -> HashMap<String, Lazy> {
    let (finder, tree) = (&program.finder, &program.tree);
    let etree = finder.find(tree, "xml.etree").and_then(|found| found.path).unwrap_or_default();
    let modules = finder.iter_modules(tree, &etree).into_iter().filter(|(_, package)| !package);
    let etree: Vec<String> = modules.map(|(name, _)| name).collect();
    table(program.platform.search.path_module(), &etree, &program.job.executable.exclude_modules)
}

/// Returns the table for a target. `path` is the module behind `os.path`, `etree` are the modules of `xml.etree`, all of
/// which `_elementtree` implies, `excluded` are left out.
fn table(path: &str, etree: &[String], excluded: &[String]) -> HashMap<String, Lazy> {
    let mut table = HashMap::new();
    for (module, implied) in IMPLIED {
        table.insert((*module).to_owned(), Lazy::Implies(implied.iter().map(|name| (*name).to_owned()).collect()));
    }
    let mut elementtree = vec!["pyexpat".to_owned()];
    elementtree.extend(etree.iter().map(|name| format!("xml.etree.{name}")));
    table.insert("_elementtree".to_owned(), Lazy::Implies(elementtree));
    table.insert("os.path".to_owned(), Lazy::Alias(path.to_owned()));
    table.insert("wxPython.wx".to_owned(), Lazy::Alias("wx".to_owned()));
    table.insert("_frozen_importlib".to_owned(), Lazy::Excluded);
    // `__main__` is another thing at run time than while linking.
    table.insert("__main__".to_owned(), Lazy::Excluded);
    for name in excluded {
        table.insert(name.clone(), Lazy::Excluded);
    }
    table
}
