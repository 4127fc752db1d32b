//! What is around the entries: bootloader, table of contents, cookie, trailer.
use permafreeze_archive as archive;
use permafreeze_base::sha256;
use permafreeze_executable::carchive::{self, Layout};
use permafreeze_executable::format::EntryKind;
use permafreeze_executable::owner::Owner;
use permafreeze_packaging::target::Target;

use super::compare::{difference, rebuilt};
use super::{Check, Outcome, Proof, Tile};
use crate::finding::Finding;

/// Where PyInstaller's wheel has its bootloaders.
const BOOTLOADERS: &str = "PyInstaller/bootloader/";

/// The bootloader is a file of PyInstaller's wheel.
pub(super) fn bootloader(check: Check<'_>) -> Outcome {
    let place = check.archive.bootloader();
    let bytes = &check.archive.bytes()[place.clone()];
    let hash = sha256::of(bytes);
    let mut known = check.sources.below(BOOTLOADERS);
    let found = known.find(|(_, source)| source.file.sha256 == hash).map(|(owner, _)| owner.clone());
    let mut outcome = Outcome::default();
    let (owner, proof) = match found {
        Some(owner) => (owner, Proof::Source),
        None => {
            let (owner, finding) = unknown_bootloader(check, bytes);
            outcome.findings.extend(finding);
            (owner, Proof::Unproved)
        }
    };
    let size = place.len() as u64;
    outcome.tiles.push(Tile { place, what: "the bootloader".to_owned(), owner, size, proof });
    outcome
}

/// The linker takes an ELF bootloader as it is; the headers of the others it has to change.
fn unknown_bootloader(check: Check<'_>, bytes: &[u8]) -> (Owner, Option<Finding>) {
    let target = check.report.target.parse::<Target>().ok().filter(|target| target.is_linux());
    let Some(path) = target.map(Target::bootloader) else { return (pyinstaller(check), None) };
    let expected = check.sources.below(BOOTLOADERS).find(|(_, source)| source.path == path);
    let problem = match expected.map(|(owner, source)| (owner, source.reader.file(source.file))) {
        Some((owner, Ok(expected))) => {
            let difference = difference(bytes, &expected).unwrap_or_default();
            format!("is not `{path}` of `{owner}`: {difference}")
        }
        _ => format!("no object has `{path}`"),
    };
    (pyinstaller(check), Some(Finding::new("the bootloader", problem)))
}

/// Without a wheel that has bootloaders it is not known whose it is.
fn pyinstaller(check: Check<'_>) -> Owner {
    check.sources.below(BOOTLOADERS).next().map_or(Owner::NoDistribution, |(owner, _)| owner.clone())
}

/// Table of contents, cookie and trailer.
pub(super) fn tables(check: Check<'_>) -> Outcome {
    let archive = check.archive;
    let mut outcome = Outcome::default();
    let layout = layout(check);
    if let Err(problem) = &layout {
        outcome.findings.push(Finding::new("the cookie", problem.as_str()));
    }
    let (table, cookie) = layout.as_ref().ok().map(|layout| (&layout.toc[..], &layout.cookie[..])).unzip();
    rebuilt(&mut outcome, "the table of contents", archive.toc(), &archive.bytes()[archive.toc()], table);
    rebuilt(&mut outcome, "the cookie", archive.cookie(), &archive.bytes()[archive.cookie()], cookie);
    let trailer = archive.trailer();
    if !trailer.is_empty() {
        if check.report.target.starts_with("linux-") {
            let problem = format!("`{}` bytes follow it, expected none", trailer.len());
            outcome.findings.push(Finding::new("the cookie", problem));
        }
        rebuilt(&mut outcome, "what follows the cookie", trailer.clone(), &archive.bytes()[trailer], None);
    }
    outcome
}

/// Lays the entries out as the linker does, for the Python of the runtime.
fn layout(check: Check<'_>) -> Result<Layout, String> {
    let facts = check.sources.runtime().ok_or("no object is a Python runtime, which would say what it holds")?;
    let mut parts = facts.version.split('.').map(|part| part.parse().unwrap_or(0));
    let python = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    let libpython = facts.libpython.rsplit('/').next().unwrap_or_default();
    let entry = |entry: &archive::Entry| {
        let letter = entry.kind.letter();
        let kind = EntryKind::ALL.into_iter().find(|kind| char::from(kind.letter()) == letter);
        Ok(carchive::Entry {
            name: entry.name.clone(),
            kind: kind
                .ok_or_else(|| format!("`{}` has the type code `{letter}`, which is never written", entry.name))?,
            stored: entry.place.len() as u64,
            size: entry.size,
            deflated: entry.compressed,
        })
    };
    let entries = check.archive.entries().iter().map(entry).collect::<Result<Vec<_>, String>>()?;
    carchive::lay_out(&entries, libpython, python).map_err(|error| error.to_string())
}
