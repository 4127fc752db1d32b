//! The parts of an executable that are scan at: each is decompressed once, for its native facts and for traces.
use std::collections::BTreeMap;

use permafreeze_archive::{Entry, EntryKind, Executable, Pyz, PyzModule, Zip};
use permafreeze_executable::owner::Owner;
use permafreeze_executable::report::{Place, Report};
use permafreeze_object::native::{self, Native};

use super::leaks::{Found, Search};
use super::natives::NativeFile;
use crate::finding::Finding;
use crate::macho::{is_thin, signature};

/// What the bootloader is called.
pub(super) const BOOTLOADER: &str = "the bootloader";
/// What a bundle's launcher is called.
pub(super) const LAUNCHER: &str = "the launcher";
/// The name of base_library.zip, whose members are code.
const BASE_LIBRARY: &str = "base_library.zip";

/// A part.
pub(super) enum Part {
    /// Of the program all before the package, its tables and all after it.
    Frame,
    /// Launcher, index and footer of a bundle.
    Bundle,
    /// An entry that is no PYZ.
    Entry(Entry),
    /// A module of a PYZ.
    Module(std::sync::Arc<Pyz>, PyzModule),
}

/// What is in a part.
#[derive(Default)]
pub(super) struct PartScan {
    /// Native files.
    pub natives: Vec<NativeFile>,
    /// What the search found in it.
    pub found: Found,
    /// Parts that cannot be read.
    pub findings: Vec<Finding>,
}

/// Owners of entries and of modules, by name.
#[derive(Default)]
pub(super) struct Owners {
    entries: BTreeMap<String, Owner>,
    modules: BTreeMap<String, Owner>,
    base: BTreeMap<String, Owner>,
    bootloader: Option<Owner>,
}

/// Returns who owns what.
pub(super) fn owners(report: Option<&Report>) -> Owners {
    let Some(report) = report else { return Owners::default() };
    let files = report.files.iter().map(|file| (file.name.clone(), file.source.owner.clone()));
    let scripts = report.scripts.iter().map(|script| (script.name.clone(), script.source.owner.clone()));
    let modules = report.modules.iter().filter(|module| module.place == Place::Pyz);
    let base = report.modules.iter().filter(|module| module.place == Place::BaseLibrary);
    Owners {
        entries: files.chain(scripts).collect(),
        modules: modules.map(|module| (module.name.clone(), module.source.owner.clone())).collect(),
        base: base.map(|module| (module.name.replace('.', "/"), module.source.owner.clone())).collect(),
        bootloader: Some(report.bootloader.owner.clone()),
    }
}

/// Returns the parts. A PYZ that cannot be read is one part.
pub(super) fn parts(executable: &Executable) -> Vec<Part> {
    let mut parts = vec![Part::Frame];
    parts.extend(executable.bundle().map(|_| Part::Bundle));
    for entry in executable.entries() {
        let pyz = (entry.kind == EntryKind::Pyz).then(|| executable.program().data(entry).and_then(Pyz::parse));
        match pyz {
            Some(Ok(pyz)) => {
                let pyz = std::sync::Arc::new(pyz);
                let modules = pyz.modules().iter().cloned();
                parts.extend(modules.map(|module| Part::Module(pyz.clone(), module)));
            }
            _ => parts.push(Part::Entry(entry.clone())),
        }
    }
    parts
}

impl Part {
    /// Looks at the part.
    pub(super) fn look(&self, executable: &Executable, owners: &Owners, search: &Search) -> PartScan {
        match self {
            Part::Frame => frame(executable, owners, search),
            Part::Bundle => bundle(executable, search),
            Part::Entry(entry) => look_at_entry(executable, entry, owners, search),
            Part::Module(pyz, module) => {
                let mut scan = PartScan::default();
                let name = format!("module `{}`", module.name);
                match pyz.code(module) {
                    Ok(code) => scan.found.add(search.code(&name, owners.modules.get(&module.name), &code)),
                    Err(error) => scan.findings.push(Finding::new(name, error.to_string())),
                }
                scan
            }
        }
    }
}

fn frame(executable: &Executable, owners: &Owners, search: &Search) -> PartScan {
    let archive = executable.program();
    let mut scan = PartScan::default();
    let bytes = &archive.bytes()[archive.bootloader()];
    // The signature of a Mach-O file is at its end, after the package.
    scan.native(BOOTLOADER, owners.bootloader.as_ref(), true, bytes, archive.bytes());
    scan.found.add(search.bytes(BOOTLOADER, owners.bootloader.as_ref(), bytes));
    for (name, place) in [("the table of contents", archive.toc()), ("the trailer", archive.trailer())] {
        scan.found.add(search.bytes(name, None, &archive.bytes()[place]));
    }
    scan
}

/// What is around the frames, and the paths of the files that are unpacked.
fn bundle(executable: &Executable, search: &Search) -> PartScan {
    let mut scan = PartScan::default();
    let Some(bundle) = executable.bundle() else { return scan };
    let launcher = &bundle.bytes()[bundle.launcher()];
    scan.native(LAUNCHER, Some(&Owner::Permafreeze), true, launcher, launcher);
    if scan.natives.is_empty() {
        scan.findings.push(Finding::new(LAUNCHER, "is no native file, so no system starts it"));
    }
    scan.found.add(search.bytes(LAUNCHER, Some(&Owner::Permafreeze), launcher));
    scan.found.add(search.bytes("the index", None, &bundle.bytes()[bundle.index()]));
    scan
}

fn look_at_entry(executable: &Executable, entry: &Entry, owners: &Owners, search: &Search) -> PartScan {
    let mut scan = PartScan::default();
    let owner = owners.entries.get(&entry.name);
    let data = match executable.data(entry) {
        Ok(data) => data,
        Err(error) => {
            scan.findings.push(Finding::new(entry.name.as_str(), error.to_string()));
            return scan;
        }
    };
    if entry.kind.is_code() {
        scan.found.add(search.code(&format!("script `{}`", entry.name), owner, &data));
    } else if entry.name == BASE_LIBRARY {
        scan.base_library(data.into_owned(), owners, search);
    } else {
        if matches!(entry.kind, EntryKind::Binary | EntryKind::Data) {
            scan.native(&entry.name, owner, entry.kind == EntryKind::Binary, &data, &data);
        }
        scan.found.add(search.nested(&entry.name, owner, &data));
    }
    scan
}

impl PartScan {
    fn base_library(&mut self, data: Vec<u8>, owners: &Owners, search: &Search) {
        let zip = match Zip::parse(data) {
            Ok(zip) => zip,
            Err(error) => return self.findings.push(Finding::new(BASE_LIBRARY, error.to_string())),
        };
        for member in zip.members() {
            let name = format!("`{}` in {BASE_LIBRARY}", member.name);
            let stem = member.name.strip_suffix(".pyc").unwrap_or(&member.name);
            let owner = owners.base.get(stem.strip_suffix("/__init__").unwrap_or(stem));
            match zip.data(member) {
                Ok(pyc) => self.found.add(search.code(&name, owner, pyc.get(16..).unwrap_or_default())),
                Err(error) => self.findings.push(Finding::new(name, error.to_string())),
            }
        }
    }

    /// Reads the facts of a native file, and its signature, which is in `whole`. What is no binary entry may begin like one
    /// and be none.
    fn native(&mut self, name: &str, owner: Option<&Owner>, binary: bool, bytes: &[u8], whole: &[u8]) {
        let file = |native: Native| {
            let signature = is_thin(whole).then(|| signature(whole));
            NativeFile { name: name.to_owned(), owner: owner.cloned(), binary, native, signature }
        };
        match native::facts(bytes) {
            Ok(Some(native)) if native.kind != native::Kind::Object => self.natives.push(file(native)),
            Ok(_) => {}
            Err(error) if binary => self.findings.push(Finding::new(name, error.to_string())),
            Err(_) => {}
        }
    }
}
