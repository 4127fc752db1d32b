//! The PYZ and base_library.zip: archives within the archive.
use std::collections::BTreeMap;

use permafreeze_archive::share::divide;
use permafreeze_archive::{Entry, Form, Pyz, PyzKind, PyzModule, Zip};
use permafreeze_executable::base_library;
use permafreeze_executable::format::ModuleKind;
use permafreeze_executable::owner::Owner;
use permafreeze_executable::pyz::{Layout, Member, lay_out};
use permafreeze_executable::report::{Module, Place};
use rayon::prelude::*;

use super::compare::{Expected, compare, difference, rebuilt};
use super::listing::BASE_LIBRARY;
use super::{Check, Outcome, Proof, Tile, code};
use crate::finding::Finding;

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
    outcome.findings.extend(list(check, &pyz, &said));
    let layout = layout(check, &pyz);
    if let Err(problem) = &layout {
        outcome.findings.push(Finding::new("the PYZ's table", problem.as_str()));
    }
    let (header, table) = layout.as_ref().ok().map(|layout| (&layout.header[..], &layout.toc[..])).unzip();
    rebuilt(&mut outcome, "the PYZ's header", shift(pyz.header()), &pyz.bytes()[pyz.header()], header);
    let found: Vec<(Tile, Option<Finding>)> =
        pyz.modules().par_iter().map(|found| module(check, &pyz, found, said.get(found.name.as_str()))).collect();
    for (mut tile, finding) in found {
        tile.place = shift(tile.place);
        outcome.tiles.push(tile);
        outcome.findings.extend(finding);
    }
    rebuilt(&mut outcome, "the PYZ's table", shift(pyz.toc()), &pyz.bytes()[pyz.toc()], table);
    outcome
}

/// Lays the modules out as the linker does.
fn layout(check: Check<'_>, pyz: &Pyz) -> Result<Layout, String> {
    // Those without bytes come before the one that begins there.
    let mut modules: Vec<&PyzModule> = pyz.modules().iter().collect();
    modules.sort_by_key(|module| (module.place.start, module.place.end));
    let member = |module: &PyzModule| {
        let kind = match module.kind {
            PyzKind::Module => ModuleKind::Module,
            PyzKind::Package => ModuleKind::Package,
            PyzKind::NamespacePackage => ModuleKind::NamespacePackage,
            PyzKind::Data => return Err(format!("has `{}` as data, expected modules alone", module.name)),
        };
        Ok(Member { kind, stored: module.place.len() as u64 })
    };
    let members = modules.into_iter().map(|module| Ok((module.name.as_str(), member(module)?)));
    lay_out(check.sources.python()?, &members.collect::<Result<Vec<_>, String>>()?).map_err(|error| error.to_string())
}

fn modules(check: Check<'_>, place: Place) -> BTreeMap<&str, &Module> {
    let modules = check.report.modules.iter().filter(|module| module.place == place);
    modules.map(|module| (module.name.as_str(), module)).collect()
}

/// The modules' names are those of the report, sorted, and their bytes follow each other; in a onefile in that order.
fn list(check: Check<'_>, pyz: &Pyz, said: &BTreeMap<&str, &Module>) -> Vec<Finding> {
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
    let wrong = |module: &PyzModule, problem: String| Finding::new(format!("module `{}`", module.name), problem);
    for pair in pyz.modules().windows(2).filter(|pair| pair[0].name >= pair[1].name) {
        findings.push(wrong(&pair[1], format!("comes after `{}`; names are sorted", pair[0].name)));
    }
    let mut modules: Vec<&PyzModule> = pyz.modules().iter().collect();
    if check.executable.form() != Form::Onefile {
        modules.sort_by_key(|module| (module.place.start, module.place.end));
    }
    let mut end = pyz.header().end;
    for module in modules {
        if module.place.start != end {
            let problem = format!("begins at `{}`, the one before it ends at `{end}`", module.place.start);
            findings.push(wrong(module, problem));
        }
        end = module.place.end;
    }
    if pyz.toc().start != end || pyz.toc().end != pyz.bytes().len() {
        let problem = format!("is at `{:?}`, expected `{end}..{}`", pyz.toc(), pyz.bytes().len());
        findings.push(Finding::new("the PYZ's table", problem));
    }
    findings
}

fn module(check: Check<'_>, pyz: &Pyz, found: &PyzModule, said: Option<&&Module>) -> (Tile, Option<Finding>) {
    let what = format!("module `{}`", found.name);
    let tile = |owner: &Owner, size: u64, proof| Tile {
        place: found.place.clone(),
        what: what.clone(),
        owner: owner.clone(),
        size,
        proof,
    };
    let Some(said) = said else {
        let finding = Finding::new(what.as_str(), "is in the PYZ, but the report does not name it");
        return (tile(&Owner::Permafreeze, found.place.len() as u64, Proof::Unproved), Some(finding));
    };
    if said.kind == ModuleKind::NamespacePackage {
        let (proof, finding) = namespace_package(check, found, &what);
        return (tile(&Owner::Permafreeze, 0, proof), finding);
    }
    let owner = &said.source.owner;
    let problem = match code::module(check.sources, said) {
        Err(problem) => problem,
        Ok(code) => match difference(pyz.raw(found), &code.stream(check.executable.form())) {
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
        (true, true) => (Proof::Rebuilt, None),
        (false, _) => (Proof::Unproved, Some(Finding::new(what, "is a folder that no object has"))),
        (_, false) => (Proof::Unproved, Some(Finding::new(what, "is a namespace package, but has bytes"))),
    }
}

/// base_library.zip is rebuilt of its modules. Its stored bytes are divided among them by size.
pub(super) fn base_library(check: Check<'_>, entry: &Entry) -> Outcome {
    let mut outcome = Outcome::default();
    let said = modules(check, Place::BaseLibrary);
    let mut members = BTreeMap::new();
    let mut owners = BTreeMap::new();
    for module in said.values().filter(|module| module.kind != ModuleKind::NamespacePackage) {
        let init = if module.kind == ModuleKind::Package { "/__init__" } else { "" };
        let path = format!("{}{init}.pyc", module.name.replace('.', "/"));
        let code = code::module(check.sources, module);
        match code.and_then(|code| Ok(base_library::pyc(check.sources.python()?, &code.plain))) {
            Ok(bytes) => drop(members.insert(path.clone(), bytes)),
            Err(problem) => {
                let subject = format!("`{path}` in {BASE_LIBRARY}");
                outcome.findings.push(Finding::new(subject, problem).blame(&module.source.owner));
            }
        }
        owners.insert(path, &module.source.owner);
    }
    outcome.findings.extend(list_members(check, &owners));
    let zip = match zip(&members) {
        Ok(zip) => zip,
        Err(problem) => {
            outcome.findings.push(Finding::new(BASE_LIBRARY, format!("cannot be rebuilt: {problem}")));
            return outcome;
        }
    };
    let found = compare(check, entry, &Expected::Bytes(zip.bytes().to_vec()));
    if let Err(problem) = &found {
        let member = member_at(check, entry, &zip);
        outcome.findings.push(Finding::new(member.unwrap_or_else(|| BASE_LIBRARY.to_owned()), problem.as_str()));
    }
    let proved = found.is_ok();
    let sizes: Vec<usize> = zip.members().iter().map(|member| member.place.len()).collect();
    let overhead = zip.bytes().len() - sizes.iter().sum::<usize>();
    let stored = divide(entry.place.len(), &[sizes.as_slice(), &[overhead]].concat());
    let names = zip.members().iter().map(|member| (member.name.as_str(), owners[&member.name], Proof::Source));
    let mut start = entry.place.start;
    let all = names.chain([("the directory", &Owner::Permafreeze, Proof::Rebuilt)]);
    for (((path, owner, proof), stored), size) in all.zip(stored).zip(sizes.iter().chain([&overhead])) {
        let what = format!("`{path}` in {BASE_LIBRARY}");
        let proof = if proved { proof } else { Proof::Unproved };
        outcome.tiles.push(Tile {
            place: start..start + stored,
            what,
            owner: owner.clone(),
            size: *size as u64,
            proof,
        });
        start += stored;
    }
    outcome
}

fn zip(members: &BTreeMap<String, Vec<u8>>) -> Result<Zip, String> {
    let bytes = base_library::write(members).map_err(|error| error.to_string())?;
    Zip::parse(bytes).map_err(|error| error.to_string())
}

fn list_members(check: Check<'_>, said: &BTreeMap<String, &Owner>) -> Vec<Finding> {
    // A zip that cannot be read differs from the one that is expected, which is said elsewhere.
    let Ok(Some(zip)) = check.executable.base_library() else { return Vec::new() };
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
fn member_at(check: Check<'_>, entry: &Entry, zip: &Zip) -> Option<String> {
    let found = check.executable.data(entry).ok()?;
    let at = found.iter().zip(zip.bytes()).position(|(found, expected)| found != expected)?;
    let member = zip.members().iter().find(|member| member.place.contains(&at))?;
    Some(format!("`{}` in {BASE_LIBRARY}", member.name))
}
