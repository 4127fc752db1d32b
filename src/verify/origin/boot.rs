//! What is around the entries: bootloader, table of contents, cookie, trailer.
use permafreeze_packaging::target::Target;
use sha2::{Digest, Sha256};

use super::{Check, MADE, Outcome, Proof, Tile, difference, encode, hex};
use crate::finding::Finding;

/// Where PyInstaller's wheel has its bootloaders.
const BOOTLOADERS: &str = "PyInstaller/bootloader/";

/// The bootloader is a file of PyInstaller's wheel.
pub(super) fn bootloader(check: Check<'_>) -> Outcome {
    let place = check.archive.bootloader();
    let bytes = &check.archive.bytes()[place.clone()];
    let hash = hex(&Sha256::digest(bytes));
    let mut known = check.sources.below(BOOTLOADERS);
    let found = known.find(|(_, source)| source.file.sha256 == hash).map(|(owner, _)| owner.to_owned());
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
fn unknown_bootloader(check: Check<'_>, bytes: &[u8]) -> (String, Option<Finding>) {
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

fn pyinstaller(check: Check<'_>) -> String {
    check.sources.below(BOOTLOADERS).next().map_or("PyInstaller", |(owner, _)| owner).to_owned()
}

/// Table of contents, cookie and trailer.
pub(super) fn tables(check: Check<'_>) -> Outcome {
    let archive = check.archive;
    let mut outcome = Outcome::default();
    let table = encode::archive_table(archive.entries(), archive.package().start);
    made(&mut outcome, "the table of contents", archive.toc(), &archive.bytes()[archive.toc()], Some(table));
    let cookie = check.sources.runtime().map(|facts| {
        let mut parts = facts.version.split('.').map(|part| part.parse().unwrap_or(0));
        let python = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
        let libpython = facts.libpython.rsplit('/').next().unwrap_or_default();
        encode::cookie(archive, python, libpython)
    });
    if cookie.is_none() {
        outcome
            .findings
            .push(Finding::new("the cookie", "no object is a Python runtime, which would say what it holds"));
    }
    made(&mut outcome, "the cookie", archive.cookie(), &archive.bytes()[archive.cookie()], cookie);
    let trailer = archive.trailer();
    if !trailer.is_empty() {
        if check.report.target.parse::<Target>().is_ok_and(Target::is_linux) {
            let problem = format!("`{}` bytes follow it, expected none", trailer.len());
            outcome.findings.push(Finding::new("the cookie", problem));
        }
        made(&mut outcome, "what follows the cookie", trailer.clone(), &archive.bytes()[trailer], None);
    }
    outcome
}

/// Adds a tile of something that the linker makes; `None`: there is nothing to compare it with.
pub(super) fn made(
    outcome: &mut Outcome,
    what: &str,
    place: std::ops::Range<usize>,
    found: &[u8],
    expected: Option<Vec<u8>>,
) {
    let difference = expected.as_ref().map(|expected| difference(found, expected));
    let proof = if difference == Some(None) { Proof::Made } else { Proof::Unproved };
    if let Some(Some(difference)) = difference {
        outcome.findings.push(Finding::new(what, difference));
    }
    let size = place.len() as u64;
    outcome.tiles.push(Tile { place, what: what.to_owned(), owner: MADE.to_owned(), size, proof });
}
