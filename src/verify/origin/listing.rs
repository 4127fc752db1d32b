//! The report and the executable name the same entries, in the order that the format's rules give.
use std::collections::BTreeMap;

use permafreeze_executable::report::{FileKind, Report};

use super::Check;
use crate::finding::Finding;
use permafreeze_archive::{EntryKind, Executable};

/// The PYZ's name.
pub(super) const PYZ: &str = "PYZ.pyz";
/// base_library.zip's name.
pub(super) const BASE_LIBRARY: &str = "base_library.zip";
/// The script that installs the importer: what comes before it are modules.
pub(super) const BOOTSTRAP: &str = "pyiboot01_bootstrap";
/// Options of the bootloader.
const OPTIONS: [&str; 1] = ["pyi-contents-directory _internal"];

/// Compares the entries with the report.
pub(super) fn entries(check: Check<'_>) -> Vec<Finding> {
    let expected = expected(check.report);
    let found: Vec<_> = check.executable.entries().iter().map(|entry| (entry.kind, entry.name.clone())).collect();
    let mut findings: Vec<Finding> = check.executable.strays().iter().map(|path| stray(path)).collect();
    if found == expected {
        return findings;
    }
    let mut balance: BTreeMap<&(EntryKind, String), i64> = BTreeMap::new();
    found.iter().for_each(|key| *balance.entry(key).or_default() += 1);
    expected.iter().for_each(|key| *balance.entry(key).or_default() -= 1);
    let before = findings.len();
    for ((kind, name), count) in balance {
        let subject = format!("entry `{name}` (`{}`)", kind.letter());
        match count {
            1.. => findings.push(Finding::new(subject, "is in the executable, but the report does not name it")),
            ..=-1 => findings.push(Finding::new(subject, "is in the report, but not in the executable")),
            0 => {}
        }
    }
    if findings.len() == before {
        let at = found.iter().zip(&expected).position(|(found, expected)| found != expected).unwrap_or(0);
        let problem = format!("entry `{at}` is `{}`, expected `{}`", found[at].1, expected[at].1);
        findings.push(Finding::new("the table of contents", problem));
    }
    findings
}

fn stray(path: &str) -> Finding {
    Finding::new(format!("file `{path}`"), "is neither the program nor where the program looks for files")
}

/// Modules and scripts first, as they run; then the rest by letter and name.
fn expected(report: &Report) -> Vec<(EntryKind, String)> {
    let mut kind = EntryKind::BootstrapModule;
    let mut all = Vec::new();
    for script in &report.scripts {
        if script.name == BOOTSTRAP {
            kind = EntryKind::Script;
        }
        all.push((kind, script.name.clone()));
    }
    let mut rest: Vec<_> = report.files.iter().map(|file| (file_kind(file.kind), file.name.clone())).collect();
    rest.push((EntryKind::Pyz, PYZ.to_owned()));
    rest.extend(OPTIONS.map(|option| (EntryKind::Option, option.to_owned())));
    rest.sort_by(|a, b| (a.0.letter(), &a.1).cmp(&(b.0.letter(), &b.1)));
    all.extend(rest);
    all
}

fn file_kind(kind: FileKind) -> EntryKind {
    match kind {
        FileKind::Binary | FileKind::Extension | FileKind::ExecutableData => EntryKind::Binary,
        FileKind::Data => EntryKind::Data,
        FileKind::Symlink => EntryKind::Symlink,
    }
}

/// Tells whether an executable has an entry of this name that is unpacked.
pub(super) fn unpacks(executable: &Executable, name: &str) -> bool {
    executable.entries().iter().any(|entry| entry.kind.is_extracted() && entry.name == name)
}
