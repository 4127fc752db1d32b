//! The scan of bytecode against Python's `ast` and PyInstaller's own scanners, on the standard library and on all that
//! is installed in the hooks' environment (PyInstaller, its hooks, setuptools).

use std::collections::BTreeSet;
use std::process::Command;

use crate::support::{hooks_environment, host_python};
use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_compile::{Facts, HostPython, scan};
use permafreeze_object::marshal::Tree;
use serde::Deserialize;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference.py");
/// Functions that are recorded: the last part of the name as written.
const FUNCTIONS: &str = "CDLL LoadLibrary OleDLL PyDLL WinDLL __import__ distribution files find_library \
    get_distribution import_module metadata require requires use version";

#[derive(Debug, Deserialize)]
struct Reference {
    imports: Vec<(String, u32, Option<Vec<String>>)>,
    calls: Vec<(String, Vec<Option<String>>)>,
    attributes: Vec<String>,
}

fn walk(folder: &Utf8Path, found: &mut Vec<Utf8PathBuf>) {
    for entry in folder.read_dir_utf8().unwrap() {
        let path = entry.unwrap().path().to_owned();
        let name = path.file_name().unwrap();
        if path.is_dir() && !["test", "site-packages", "lib2to3"].contains(&name) {
            walk(&path, found);
        } else if name.ends_with(".py") {
            found.push(path);
        }
    }
}

fn corpus() -> Vec<Utf8PathBuf> {
    let print = "import sysconfig; print(sysconfig.get_path('stdlib'))";
    let output = Command::new(host_python()).args(["-S", "-c", print]).output().unwrap();
    let mut found = Vec::new();
    walk(Utf8Path::new(String::from_utf8(output.stdout).unwrap().trim()), &mut found);
    walk(&hooks_environment(), &mut found);
    found.sort();
    assert!(found.len() > 1000, "{} modules only", found.len());
    found
}

fn references(modules: &[Utf8PathBuf]) -> Vec<Reference> {
    let output = Command::new(host_python())
        .args(["-S", "-X", "utf8", SCRIPT, hooks_environment().as_str()])
        .args(modules)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn facts(python: &HostPython, module: &Utf8Path) -> Facts {
    let made = python.compile(module.as_str(), &std::fs::read(module).unwrap()).unwrap().unwrap();
    scan(made.python, &Tree::parse(&made.bytes).unwrap())
}

#[test]
#[ignore = "needs the host Python and the hooks env: `make test STEP=integration`"]
fn imports_and_calls_are_those_of_the_references() {
    let modules = corpus();
    let python = HostPython::new(&host_python(), 1);
    let wanted: BTreeSet<&str> = FUNCTIONS.split_whitespace().collect();
    let (mut imports, mut calls, mut attributes, mut dead) = (0, 0, 0, 0);
    for (module, reference) in modules.iter().zip(references(&modules)) {
        let facts = facts(&python, module);
        let found: BTreeSet<_> =
            facts.imports.into_iter().map(|import| (import.name, import.level, import.from)).collect();
        let expected: BTreeSet<_> =
            reference.imports.into_iter().map(|(name, level, from)| (name, level, from.map(once))).collect();
        imports += found.len();
        let extra: Vec<_> = found.difference(&expected).collect();
        assert!(extra.is_empty(), "{module}: {extra:?} is in the bytecode only");
        dead += expected.difference(&found).count();
        let found: BTreeSet<_> = facts.calls.into_iter().map(|call| (call.function, call.arguments)).collect();
        let is_wanted = |name: &str| wanted.contains(name.rsplit('.').next().unwrap());
        let expected = reference.calls.into_iter().filter(|(name, passed)| is_wanted(name) && !passed.is_empty());
        assert_eq!(found, expected.collect(), "{module}: calls");
        calls += found.len();
        let found: BTreeSet<_> = facts.library_attributes.into_iter().collect();
        attributes += found.len();
        assert_eq!(found, reference.attributes.into_iter().collect(), "{module}: attributes");
    }
    // Statements that constant folding removes (`if False:`, `if __debug__` …) are all that may be missing.
    assert!(dead <= 40, "{dead} import statements of the text are not in the bytecode");
    assert!(
        imports > 5000 && calls > 40 && attributes > 1,
        "{imports} imports, {calls} calls, {attributes} attributes"
    );
}

/// Returns a list without repetitions.
fn once(names: Vec<String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    names.into_iter().filter(|name| seen.insert(name.clone())).collect()
}
