//! What is around the entries: bootloader, table of contents, cookie, trailer.
use permafreeze_archive as archive;
use permafreeze_executable::carchive::{self, Layout};
use permafreeze_executable::format::EntryKind;
use permafreeze_packaging::target::{Os, Target};

use super::compare::{difference, rebuilt};
use super::{Check, Outcome, Proof, Tile, code, macos, windows};
use crate::finding::Finding;

/// The bootloader is the file that the report names.
pub(super) fn bootloader(check: Check<'_>) -> Outcome {
    let place = check.archive.bootloader();
    let said = &check.report.bootloader;
    let (proof, findings) = match compared(check, &check.archive.bytes()[place.clone()]) {
        Ok(()) => (Proof::Source, Vec::new()),
        Err(problem) => (Proof::Unproved, vec![Finding::new("the bootloader", problem)]),
    };
    let (what, size) = ("the bootloader".to_owned(), place.len() as u64);
    Outcome { tiles: vec![Tile { place, what, owner: said.owner.clone(), size, proof }], findings }
}

/// Compares it; the error is the difference. The linker takes an ELF bootloader as it is, and edits the headers of the
/// others.
fn compared(check: Check<'_>, bytes: &[u8]) -> Result<(), String> {
    let said = &check.report.bootloader;
    let source = code::source(check.sources, said)?;
    let expected = source.reader.file(source.file).map_err(|error| error.to_string())?;
    let problem = match os(check) {
        Some(Os::Windows) => windows::compare(check, bytes, expected).err(),
        Some(Os::Darwin) => macos::bootloader(check, bytes, &expected).err(),
        _ => difference(bytes, &expected),
    };
    problem.map_or(Ok(()), |problem| Err(format!("is not `{}` of `{}`: {problem}", said.path, said.owner)))
}

fn os(check: Check<'_>) -> Option<Os> {
    check.report.target.parse::<Target>().ok().map(Target::os)
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
    let (place, what) = (archive.trailer(), "what follows the cookie");
    let trailer = &archive.bytes()[place.clone()];
    if os(check) == Some(Os::Darwin) {
        match macos::signature(check) {
            Ok(expected) => rebuilt(&mut outcome, what, place, trailer, Some(&expected)),
            Err(problem) => {
                outcome.findings.push(Finding::new("the executable", problem));
                rebuilt(&mut outcome, what, place, trailer, None);
            }
        }
    } else if !trailer.is_empty() {
        if os(check).is_some() {
            let problem = format!("`{}` bytes follow it, expected none", trailer.len());
            outcome.findings.push(Finding::new("the cookie", problem));
        }
        rebuilt(&mut outcome, what, place, trailer, None);
    }
    outcome
}

/// Lays the entries out as the linker does, for the Python of the runtime.
fn layout(check: Check<'_>) -> Result<Layout, String> {
    let facts = check.sources.runtime().ok_or("no object is a Python runtime, which would say what it holds")?;
    let python = check.sources.python()?;
    let libpython = facts.libpython.rsplit('/').next().unwrap_or_default();
    let entry = |entry: &archive::Entry| {
        let letter = entry.kind.letter();
        let kind = EntryKind::ALL.into_iter().find(|kind| char::from(kind.letter()) == letter);
        Ok(carchive::Entry {
            name: check.archive.stored_name(entry),
            kind: kind
                .ok_or_else(|| format!("`{}` has the type code `{letter}`, which is never written", entry.name))?,
            stored: entry.place.len() as u64,
            size: entry.size,
            deflated: entry.compressed,
        })
    };
    let entries = check.archive.entries().iter().map(entry).collect::<Result<Vec<_>, String>>()?;
    carchive::lay_out(&entries, libpython, python.version()).map_err(|error| error.to_string())
}
