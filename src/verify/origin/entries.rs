//! Entries of the archive: each one's stored bytes against the owner's object, or made again.
use std::collections::BTreeMap;

use permafreeze_executable::report::{File, FileKind, Script};
use permafreeze_object::format::Blob;
use permafreeze_object::reader::Reader;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::listing::{self, BASE_LIBRARY};
use super::{Check, MADE, Outcome, Proof, Tile, code, difference, encode, entry_script, hex, pyz};
use crate::finding::Finding;
use permafreeze_archive::{Entry, EntryKind};

/// The owner that the report gives to what the linker makes.
const LINKER: &str = "the linker";

/// What an entry has to hold.
pub(super) enum Expected<'e> {
    /// A file of an object: its blob, its size in bytes, its sha256.
    File(&'e Reader, Blob, u64, &'e str),
    /// Bytes, compressed if that makes them smaller.
    Bytes(Vec<u8>),
    /// Bytes that are never compressed.
    Stored(Vec<u8>),
}

/// Looks at every entry.
pub(super) fn entries(check: Check<'_>) -> Outcome {
    let files: BTreeMap<&str, &File> = check.report.files.iter().map(|file| (file.name.as_str(), file)).collect();
    let scripts: BTreeMap<&str, &Script> =
        check.report.scripts.iter().map(|script| (script.name.as_str(), script)).collect();
    let outcomes: Vec<Outcome> = check
        .archive
        .entries()
        .par_iter()
        .map(|entry| {
            let name = listing::name(check.report, entry);
            match entry.kind {
                EntryKind::Pyz => pyz::pyz(check, entry),
                EntryKind::Option => option(check, entry),
                EntryKind::BootstrapModule | EntryKind::Script => match scripts.get(name.as_str()) {
                    Some(said) => script(check, entry, said),
                    None => unknown(entry),
                },
                _ if name == BASE_LIBRARY => pyz::base_library(check, entry),
                _ => match files.get(name.as_str()) {
                    Some(said) => file(check, entry, said),
                    None => unknown(entry),
                },
            }
        })
        .collect();
    let mut all = Outcome::default();
    outcomes.into_iter().for_each(|outcome| all.append(outcome));
    all
}

/// The listing has a finding of it.
fn unknown(entry: &Entry) -> Outcome {
    Outcome { tiles: vec![tile(entry, MADE, Proof::Unproved)], findings: Vec::new() }
}

fn tile(entry: &Entry, owner: &str, proof: Proof) -> Tile {
    let owner = if owner == LINKER { MADE } else { owner };
    let what = format!("entry `{}`", entry.name);
    Tile { place: entry.place.clone(), what, owner: owner.to_owned(), size: entry.size, proof }
}

/// Makes the outcome of comparing one entry.
fn settle(entry: &Entry, owner: &str, proof: Proof, compared: Result<(), String>) -> Outcome {
    match compared {
        Ok(()) => Outcome { tiles: vec![tile(entry, owner, proof)], findings: Vec::new() },
        Err(problem) => {
            let finding = Finding::new(format!("entry `{}`", entry.name), problem);
            let finding = if owner == LINKER { finding } else { finding.blame(owner) };
            Outcome { tiles: vec![tile(entry, owner, Proof::Unproved)], findings: vec![finding] }
        }
    }
}

/// An option has no bytes; the listing knows its name.
fn option(check: Check<'_>, entry: &Entry) -> Outcome {
    settle(entry, LINKER, Proof::Made, compare(check, entry, &Expected::Stored(Vec::new())))
}

fn file(check: Check<'_>, entry: &Entry, said: &File) -> Outcome {
    if said.kind == FileKind::Symlink {
        return settle(entry, LINKER, Proof::Made, symlink(check, entry, said));
    }
    let compared = expected_file(check, said).and_then(|expected| compare(check, entry, &expected));
    let compared = compared.and_then(|()| match entry.size == said.size {
        true => Ok(()),
        false => Err(format!("has `{}` bytes, the report says `{}`", entry.size, said.size)),
    });
    settle(entry, &said.source.owner, Proof::Source, compared)
}

/// A file as its owner has it; a pyc is made of the owner's source.
fn expected_file<'c>(check: Check<'c>, said: &'c File) -> Result<Expected<'c>, String> {
    let source = code::source(check.sources, &said.source)?;
    match (said.name.strip_suffix(".pyc"), source.path.ends_with(".py")) {
        (Some(stem), true) => {
            let code = code::of_file(source, &format!("{stem}.py"))?;
            Ok(Expected::Bytes(encode::pyc(&code.plain)))
        }
        _ => Ok(Expected::File(source.reader, source.file.blob, source.file.size, &source.file.sha256)),
    }
}

/// A link's content is its target, which has to be a file of the executable.
fn symlink(check: Check<'_>, entry: &Entry, said: &File) -> Result<(), String> {
    let target = said.target.as_deref().unwrap_or_default();
    compare(check, entry, &Expected::Stored([target.as_bytes(), b"\0"].concat()))?;
    let folder = said.name.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
    match listing::unpacks(check.archive, &format!("{folder}{target}")) {
        true => Ok(()),
        false => Err(format!("points to `{target}`, which is not in the executable")),
    }
}

fn script(check: Check<'_>, entry: &Entry, said: &Script) -> Outcome {
    if said.source.owner == LINKER {
        return made_script(check, entry, said);
    }
    let compared =
        code::script(check.sources, said).and_then(|code| compare(check, entry, &Expected::Bytes(code.plain)));
    settle(entry, &said.source.owner, Proof::Source, compared)
}

/// The entry point's script is compiled again by hand.
fn made_script(check: Check<'_>, entry: &Entry, said: &Script) -> Outcome {
    let (module, function) = said.source.path.split_once(':').unwrap_or_default();
    let Some(code) = entry_script::code(&said.name, module, function) else {
        return settle(entry, LINKER, Proof::Unproved, hashed(check, entry, said));
    };
    let compared = compare(check, entry, &Expected::Bytes(code));
    settle(entry, LINKER, Proof::Made, compared.and_then(|()| hashed(check, entry, said)))
}

fn hashed(check: Check<'_>, entry: &Entry, said: &Script) -> Result<(), String> {
    let found = check.archive.data(entry).map_err(|error| error.to_string())?;
    let (found, said) = (hex(&Sha256::digest(found)), said.source.sha256.as_deref().unwrap_or("nothing"));
    if found == said { Ok(()) } else { Err(format!("has sha256 `{found}`, the report says `{said}`")) }
}

/// Compares an entry's stored bytes, its flag and its size with what it has to hold; the error is the difference.
pub(super) fn compare(check: Check<'_>, entry: &Entry, expected: &Expected<'_>) -> Result<(), String> {
    let (stored, compressed, size) = match expected {
        Expected::File(reader, blob, size, sha256) => {
            let plain = check.archive.data(entry).map_err(|error| error.to_string())?;
            let found = hex(&Sha256::digest(&plain));
            if found != *sha256 {
                return Err(format!("has sha256 `{found}`, its owner's file has `{sha256}`"));
            }
            (reader.stored(*blob).map_err(|error| error.to_string())?, blob.deflated, *size)
        }
        Expected::Bytes(bytes) => {
            let stream = encode::stream(bytes).ok_or("the compressor refuses the expected bytes")?;
            let smaller = stream.len() < bytes.len();
            (if smaller { stream } else { bytes.clone() }, smaller, bytes.len() as u64)
        }
        Expected::Stored(bytes) => (bytes.clone(), false, bytes.len() as u64),
    };
    if entry.size != size {
        return Err(format!("has `{}` bytes, expected `{size}`", entry.size));
    }
    if entry.compressed != compressed {
        let words = |compressed| if compressed { "compressed" } else { "not compressed" };
        return Err(format!("is {}, expected {}", words(entry.compressed), words(compressed)));
    }
    difference(check.archive.raw(entry), &stored).map_or(Ok(()), |difference| Err(format!("as stored: {difference}")))
}
