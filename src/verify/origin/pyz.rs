//! The PYZ and base_library.zip: archives within the archive.
use std::collections::BTreeMap;

use permafreeze_executable::format::ModuleKind;
use permafreeze_executable::report::{Module, Place};
use rayon::prelude::*;

use super::boot::made;
use super::entries::{self, Expected};
use super::listing::BASE_LIBRARY;
use super::{Check, MADE, Outcome, Proof, Tile, code, difference, encode, tiles};
use crate::finding::Finding;
use permafreeze_archive::{Entry, Pyz, PyzKind, PyzModule};

/// Header, modules and table of a PYZ.
pub(super) fn pyz(check: Check<'_>, entry: &Entry) -> Outcome {
    let mut outcome = Outcome::default();
    let pyz = match check.archive.data(entry).and_then(|bytes| Pyz::parse_at(bytes, entry.place.start)) {
        Ok(pyz) if !entry.compressed => pyz,
        Ok(_) => {
            outcome.findings.push(Finding::new(entry.name.as_str(), "is compressed; it has to be read in place"));
            return outcome;
        }
        Err(error) => {
            outcome.findings.push(Finding::new(entry.name.as_str(), error.to_string()));
            return outcome;
        }
    };
    let start = entry.place.start;
    let shift = |place: std::ops::Range<usize>| start + place.start..start + place.end;
    let said = modules(check, Place::Pyz);
    outcome.findings.extend(list(&pyz, &said));
    let header = encode::pyz_header(pyz.toc().start);
    made(&mut outcome, "the PYZ's header", shift(pyz.header()), &pyz.bytes()[pyz.header()], Some(header));
    let found: Vec<(Tile, Option<Finding>)> =
        pyz.modules().par_iter().map(|found| module(check, &pyz, found, said.get(found.name.as_str()))).collect();
    for (mut tile, finding) in found {
        tile.place = shift(tile.place);
        outcome.tiles.push(tile);
        outcome.findings.extend(finding);
    }
    let table = encode::pyz_table(&pyz);
    made(&mut outcome, "the PYZ's table", shift(pyz.toc()), &pyz.bytes()[pyz.toc()], Some(table));
    outcome
}

fn modules(check: Check<'_>, place: Place) -> BTreeMap<&str, &Module> {
    let modules = check.report.modules.iter().filter(|module| module.place == place);
    modules.map(|module| (module.name.as_str(), module)).collect()
}

/// The modules' names are those of the report, sorted, and their bytes follow each other.
fn list(pyz: &Pyz, said: &BTreeMap<&str, &Module>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let found: BTreeMap<&str, PyzKind> =
        pyz.modules().iter().map(|module| (module.name.as_str(), module.kind)).collect();
    for (name, module) in said {
        let kind = match module.kind {
            ModuleKind::Module => PyzKind::Module,
            ModuleKind::Package => PyzKind::Package,
            ModuleKind::NamespacePackage => PyzKind::NamespacePackage,
        };
        let subject = format!("module `{name}`");
        match found.get(name) {
            None => findings.push(Finding::new(subject, "is in the report, but not in the PYZ")),
            Some(found) if *found != kind => {
                findings.push(Finding::new(subject, format!("is a `{found:?}`, the report says `{kind:?}`")));
            }
            Some(_) => {}
        }
    }
    let mut end = pyz.header().end;
    let mut before: Option<&str> = None;
    for module in pyz.modules() {
        let wrong = |problem: String| Finding::new(format!("module `{}`", module.name), problem);
        if before.is_some_and(|before| before >= module.name.as_str()) {
            findings.push(wrong(format!("comes after `{}`; names are sorted", before.unwrap_or_default())));
        }
        if module.place.start != end {
            findings.push(wrong(format!("begins at `{}`, the one before it ends at `{end}`", module.place.start)));
        }
        (before, end) = (Some(module.name.as_str()), module.place.end);
    }
    if pyz.toc().start != end || pyz.toc().end != pyz.bytes().len() {
        let problem = format!("is at `{:?}`, expected `{end}..{}`", pyz.toc(), pyz.bytes().len());
        findings.push(Finding::new("the PYZ's table", problem));
    }
    findings
}

fn module(check: Check<'_>, pyz: &Pyz, found: &PyzModule, said: Option<&&Module>) -> (Tile, Option<Finding>) {
    let what = format!("module `{}`", found.name);
    let tile = |owner: &str, size: u64, proof| Tile {
        place: found.place.clone(),
        what: what.clone(),
        owner: owner.to_owned(),
        size,
        proof,
    };
    let Some(said) = said else {
        let finding = Finding::new(what.as_str(), "is in the PYZ, but the report does not name it");
        return (tile(MADE, found.place.len() as u64, Proof::Unproved), Some(finding));
    };
    if said.kind == ModuleKind::NamespacePackage {
        let (proof, finding) = namespace_package(check, found, &what);
        return (tile(MADE, 0, proof), finding);
    }
    let owner = said.source.owner.as_str();
    let problem = match code::module(check.sources, said) {
        Err(problem) => problem,
        Ok(code) => match difference(pyz.raw(found), &code.stream) {
            None => return (tile(owner, said.size, Proof::Source), None),
            Some(difference) => format!("is not the code of `{}`: {difference}", said.source.path),
        },
    };
    (tile(owner, said.size, Proof::Unproved), Some(Finding::new(what.as_str(), problem).blame(owner)))
}

/// A namespace package has no bytes, but somebody has a folder of that name.
fn namespace_package(check: Check<'_>, found: &PyzModule, what: &str) -> (Proof, Option<Finding>) {
    let folder = format!("{}/", found.name.replace('.', "/"));
    let stdlib = check.sources.runtime().map(|facts| format!("{}/{folder}", facts.stdlib)).unwrap_or_default();
    let exists = [folder, stdlib].iter().any(|folder| check.sources.below(folder).next().is_some());
    match (exists, found.place.is_empty()) {
        (true, true) => (Proof::Made, None),
        (false, _) => (Proof::Unproved, Some(Finding::new(what, "is a folder that no object has"))),
        (_, false) => (Proof::Unproved, Some(Finding::new(what, "is a namespace package, but has bytes"))),
    }
}

/// base_library.zip is made again of its modules. Its stored bytes are divided among them by size.
pub(super) fn base_library(check: Check<'_>, entry: &Entry) -> Outcome {
    let mut outcome = Outcome::default();
    let said = modules(check, Place::BaseLibrary);
    let mut members = BTreeMap::new();
    let mut owners = BTreeMap::new();
    for module in said.values().filter(|module| module.kind != ModuleKind::NamespacePackage) {
        let init = if module.kind == ModuleKind::Package { "/__init__" } else { "" };
        let path = format!("{}{init}.pyc", module.name.replace('.', "/"));
        match code::module(check.sources, module) {
            Ok(code) => drop(members.insert(path.clone(), encode::pyc(&code.plain))),
            Err(problem) => {
                let subject = format!("`{path}` in {BASE_LIBRARY}");
                outcome.findings.push(Finding::new(subject, problem).blame(module.source.owner.as_str()));
            }
        }
        owners.insert(path, module.source.owner.as_str());
    }
    outcome.findings.extend(list_members(check, &owners));
    let zip = encode::stored_zip(&members);
    let found = entries::compare(check, entry, &Expected::Bytes(zip.bytes.clone()));
    if let Err(problem) = &found {
        let member = member_at(check, entry, &zip);
        outcome.findings.push(Finding::new(member.unwrap_or_else(|| BASE_LIBRARY.to_owned()), problem.as_str()));
    }
    let proved = found.is_ok();
    let sizes: Vec<usize> = zip.contents.values().map(|place| place.len()).collect();
    let overhead = zip.bytes.len() - sizes.iter().sum::<usize>();
    let stored = tiles::divide(entry.place.len(), &[sizes.as_slice(), &[overhead]].concat());
    let names = zip.contents.keys().map(|path| (path.as_str(), owners[path], Proof::Source));
    let mut start = entry.place.start;
    let all = names.chain([("the directory", MADE, Proof::Made)]);
    for (((path, owner, proof), stored), size) in all.zip(stored).zip(sizes.iter().chain([&overhead])) {
        let what = format!("`{path}` in {BASE_LIBRARY}");
        let proof = if proved { proof } else { Proof::Unproved };
        outcome.tiles.push(Tile {
            place: start..start + stored,
            what,
            owner: owner.to_owned(),
            size: *size as u64,
            proof,
        });
        start += stored;
    }
    outcome
}

fn list_members(check: Check<'_>, said: &BTreeMap<String, &str>) -> Vec<Finding> {
    // A zip that cannot be read differs from the one that is expected, which is said elsewhere.
    let Ok(Some(zip)) = check.archive.base_library() else { return Vec::new() };
    let found: BTreeMap<&str, ()> = zip.members().iter().map(|member| (member.name.as_str(), ())).collect();
    let subject = |path: &str| format!("`{path}` in {BASE_LIBRARY}");
    let extra = found.keys().filter(|path| !said.contains_key(**path));
    let missing = said.keys().filter(|path| !found.contains_key(path.as_str()));
    extra
        .map(|path| Finding::new(subject(path), "is in the zip, but the report does not name it"))
        .chain(missing.map(|path| Finding::new(subject(path), "is in the report, but not in the zip")))
        .collect()
}

/// Names the member in which the first difference lies.
fn member_at(check: Check<'_>, entry: &Entry, zip: &encode::StoredZip) -> Option<String> {
    let found = check.archive.data(entry).ok()?;
    let at = found.iter().zip(&zip.bytes).position(|(found, expected)| found != expected)?;
    let (path, _) = zip.contents.iter().find(|(_, place)| place.contains(&at))?;
    Some(format!("`{path}` in {BASE_LIBRARY}"))
}
