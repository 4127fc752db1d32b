//! What an executable needs of the user's machine, against a policy; and what it tells of the machine that built it.
//!
//! [`audit`] looks at the bootloader, at a bundle's launcher, at every file that is unpacked (libraries are told by their
//! content, not by their name), and at the code of every module. The policy's glibc decides which versions of libstdc++, libgcc and zlib a
//! system has: those of the manylinux policy of that glibc ([`permafreeze_packaging::manylinux`]).
//!
//! *Findings* are what makes an executable unfit. *Notes* are what is worth knowing: a wheel's own traces of the machine
//! that made the wheel, which are the same for everybody; files for other systems that lie about as data.
use std::collections::{BTreeMap, BTreeSet};

use permafreeze_executable::owner::Owner;
use permafreeze_executable::report::Report;
use permafreeze_packaging::manylinux::Version;
use permafreeze_packaging::target::{Os, Target};
use permafreeze_plan::plan::Policy;
use rayon::prelude::*;
use serde::Serialize;

use crate::finding::Finding;
use permafreeze_archive::Executable;
use permafreeze_object::native::{Format, Relro};

mod elf;
mod leaks;
mod macho;
mod natives;
mod parts;
mod pe;

pub use leaks::LeakPatterns;
use natives::NativeFile;

/// What an executable is held against.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'r> {
    /// What it is for.
    pub target: Target,
    /// The plan's policy.
    pub policy: &'r Policy,
    /// The target's glibc or macOS in the plan, as `2.28`; counts if the policy names none.
    pub oldest: Option<&'r str>,
    /// What must not be found inside.
    pub needles: &'r LeakPatterns,
}

/// The result.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Audit {
    /// What is not as the policy wants it, sorted.
    pub findings: Vec<Finding>,
    /// What is worth knowing, sorted.
    pub notes: Vec<Finding>,
    /// What the executable is for.
    pub target: Target,
    /// Linux: the newest glibc that the policy allows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_glibc: Option<Version>,
    /// The newest versions that the system must have: `GLIBC`, `GLIBCXX`, `CXXABI`, `GCC`, `ZLIB`; `macOS`.
    pub newest: BTreeMap<String, Newest>,
    /// Libraries that the system must have, and the files that want them.
    pub system_libraries: BTreeMap<String, BTreeSet<String>>,
    /// Every native file.
    pub files: Vec<File>,
    /// Bytes that were searched for traces, decompressed.
    pub searched: u64,
}

/// A version that the system must have, and one of the files that need it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Newest {
    /// The version.
    pub version: Version,
    /// The first file, by path, that needs it.
    pub file: String,
    /// Whose it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<Owner>,
}

/// A native file.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct File {
    /// Path in the unpacked folder; `the bootloader`, `the launcher`.
    pub name: String,
    /// Whose it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<Owner>,
    /// The format.
    pub format: Format,
    /// The machine, as a target names it.
    pub machine: String,
    /// The newest version of each family that the system must have, as `GLIBC` and `2.17`.
    pub newest: BTreeMap<String, Version>,
    /// Libraries that the system must have.
    pub system_libraries: BTreeSet<String>,
    /// RPATH and RUNPATH.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub run_paths: Vec<String>,
    /// The dynamic loader that a program asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interpreter: Option<String>,
    /// Whether loading it makes the stack executable.
    pub executable_stack: bool,
    /// Read-only relocations (ELF).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relro: Option<Relro>,
}

/// Audits an executable. Without a report nobody can be blamed.
pub fn audit(executable: &Executable, report: Option<&Report>, rules: &Rules<'_>) -> Audit {
    let owners = parts::owners(report);
    let search = leaks::Search::new(rules.needles);
    let scans: Vec<parts::PartScan> =
        parts::parts(executable).par_iter().map(|part| part.look(executable, &owners, &search)).collect();
    let searched = scans.iter().map(|scan| scan.found.searched).sum();
    let mut audit = Audit { searched, ..Audit::new(rules.target) };
    let mut natives = Vec::new();
    let mut traces = Vec::new();
    for scan in scans {
        audit.findings.extend(scan.findings);
        natives.extend(scan.natives);
        traces.extend(scan.found.traces);
    }
    leaks::judge(&traces, report, rules.needles, &mut audit);
    let bundled = natives::BundledLibraries::new(executable, &natives);
    audit.findings.extend(natives::broken_links(executable));
    match rules.target.os() {
        Os::Linux => elf::check(&natives, &bundled, rules, &mut audit),
        Os::Darwin => macho::check(executable, &natives, rules, &mut audit),
        Os::Windows => pe::check(&natives, &bundled, rules, &mut audit),
    }
    for list in [&mut audit.findings, &mut audit.notes] {
        list.sort();
        list.dedup();
    }
    audit
}

impl Audit {
    fn new(target: Target) -> Audit {
        Audit {
            findings: Vec::new(),
            notes: Vec::new(),
            target,
            allowed_glibc: None,
            newest: BTreeMap::new(),
            system_libraries: BTreeMap::new(),
            files: Vec::new(),
            searched: 0,
        }
    }

    /// Notes that the system must have a version of a family.
    fn need(&mut self, family: &str, version: &Version, file: &NativeFile) {
        let newest = Newest { version: version.clone(), file: file.name.clone(), owner: file.owner.clone() };
        match self.newest.get_mut(family) {
            Some(known) if known.version >= *version => {}
            Some(known) => *known = newest,
            None => drop(self.newest.insert(family.to_owned(), newest)),
        }
    }
}
