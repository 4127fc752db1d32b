//! Entries of the archive: each one's stored bytes against the owner's object, or rebuilt.
use std::collections::BTreeMap;

use permafreeze_archive::{Entry, EntryKind};
use permafreeze_executable::base_library;
use permafreeze_executable::owner::Owner;
use permafreeze_executable::report::{File, FileKind, Script};
use rayon::prelude::*;

use super::compare::{Expected, compare};
use super::listing::{self, BASE_LIBRARY};
use super::{Check, Outcome, Proof, Tile, code, hollow, macos, pyz};
use crate::finding::Finding;

/// Looks at every entry; returns what is found in the program, and in each file beside it by its number.
pub(super) fn entries(check: Check<'_>) -> (Outcome, Vec<(usize, Outcome)>) {
    let files: BTreeMap<&str, &File> = check.report.files.iter().map(|file| (file.name.as_str(), file)).collect();
    let scripts: BTreeMap<&str, &Script> =
        check.report.scripts.iter().map(|script| (script.name.as_str(), script)).collect();
    let outcomes: Vec<(Option<usize>, Outcome)> = check
        .executable
        .entries()
        .par_iter()
        .map(|entry| {
            let name = entry.name.as_str();
            let outcome = match entry.kind {
                EntryKind::Pyz => pyz::pyz(check, entry),
                EntryKind::Option => option(check, entry),
                EntryKind::BootstrapModule | EntryKind::Script => match scripts.get(name) {
                    Some(said) => script(check, entry, said),
                    None => unknown(entry),
                },
                _ if name == BASE_LIBRARY => pyz::base_library(check, entry),
                _ => match files.get(name) {
                    Some(said) => file(check, entry, said),
                    None => unknown(entry),
                },
            };
            (entry.file, outcome)
        })
        .collect();
    let (mut program, mut beside) = (Outcome::default(), Vec::new());
    for (file, outcome) in outcomes {
        match file {
            None => program.append(outcome),
            Some(number) => beside.push((number, outcome)),
        }
    }
    (program, beside)
}

/// The listing has a finding of it.
fn unknown(entry: &Entry) -> Outcome {
    Outcome { tiles: vec![tile(entry, &Owner::Permafreeze, Proof::Unproved)], findings: Vec::new() }
}

fn tile(entry: &Entry, owner: &Owner, proof: Proof) -> Tile {
    let owner = if owner.is_linker() { &Owner::Permafreeze } else { owner };
    let what = format!("entry `{}`", entry.name);
    // A link beside the program has no bytes.
    let has_bytes = entry.file.is_none() || entry.kind != EntryKind::Symlink;
    let (place, size) = if has_bytes { (entry.place.clone(), entry.size) } else { (0..0, 0) };
    Tile { place, what, owner: owner.clone(), size, proof }
}

/// Makes the outcome of comparing one entry.
fn settle(entry: &Entry, owner: &Owner, proof: Proof, compared: Result<(), String>) -> Outcome {
    match compared {
        Ok(()) => Outcome { tiles: vec![tile(entry, owner, proof)], findings: Vec::new() },
        Err(problem) => {
            let finding = Finding::new(format!("entry `{}`", entry.name), problem);
            let finding = if owner.is_linker() { finding } else { finding.blame(owner) };
            Outcome { tiles: vec![tile(entry, owner, Proof::Unproved)], findings: vec![finding] }
        }
    }
}

/// An option has no bytes; the listing knows its name.
fn option(check: Check<'_>, entry: &Entry) -> Outcome {
    settle(entry, &Owner::Linker, Proof::Rebuilt, compare(check, entry, &Expected::Stored(Vec::new())))
}

fn file(check: Check<'_>, entry: &Entry, said: &File) -> Outcome {
    if said.kind == FileKind::Symlink {
        return settle(entry, &Owner::Linker, Proof::Rebuilt, symlink(check, entry, said));
    }
    let compared = match &said.changed {
        Some(_) if is_hollowed(check, said) => hollowed(check, entry, said),
        Some(_) => macos::library(check, entry, said),
        None => expected_file(check, said).and_then(|expected| compare(check, entry, &expected)),
    };
    let compared = compared.and_then(|()| match entry.size == said.size {
        true => Ok(()),
        false => Err(format!("has `{}` bytes, the report says `{}`", entry.size, said.size)),
    });
    settle(entry, &said.source.owner, Proof::Source, compared)
}

fn is_hollowed(check: Check<'_>, said: &File) -> bool {
    code::source(check.sources, &said.source).is_ok_and(|source| source.file.hollowed.is_some())
}

/// A library as its owner's object has it, without what is never loaded.
fn hollowed(check: Check<'_>, entry: &Entry, said: &File) -> Result<(), String> {
    let source = code::source(check.sources, &said.source)?;
    hollow::check(&check.executable.data(entry).map_err(|error| error.to_string())?, source.file)?;
    compare(check, entry, &expected_file(check, said)?)
}

/// A file as its owner has it; a pyc is made of the owner's source.
fn expected_file<'c>(check: Check<'c>, said: &'c File) -> Result<Expected<'c>, String> {
    let source = code::source(check.sources, &said.source)?;
    match (said.name.strip_suffix(".pyc"), source.path.ends_with(".py")) {
        (Some(stem), true) => {
            let code = code::of_file(source, &format!("{stem}.py"))?;
            Ok(Expected::Bytes(base_library::pyc(check.sources.python()?, &code.plain)))
        }
        _ => Ok(Expected::File(source.reader, source.file.blob, source.file.size, source.file.stored_sha256())),
    }
}

/// A link's content is its target, which has to be a file of the executable.
fn symlink(check: Check<'_>, entry: &Entry, said: &File) -> Result<(), String> {
    let target = said.target.as_deref().unwrap_or_default();
    compare(check, entry, &Expected::Stored([target.as_bytes(), b"\0"].concat()))?;
    let folder = said.name.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
    match listing::unpacks(check.executable, &format!("{folder}{target}")) {
        true => Ok(()),
        false => Err(format!("points to `{target}`, which is not in the executable")),
    }
}

fn script(check: Check<'_>, entry: &Entry, said: &Script) -> Outcome {
    let compared =
        code::script(check.sources, said).and_then(|code| compare(check, entry, &Expected::Bytes(code.plain)));
    settle(entry, &said.source.owner, Proof::Source, compared)
}
