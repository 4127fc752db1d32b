//! Every byte of an executable is accounted for: by a wheel, the runtime, PyInstaller, the application, or as something
//! that follows from the rest (tables, headers, links, the entry script).
//!
//! [`account`] takes the executable as it was read, the report of the link, and the objects that were linked. It
//! * checks that entries, tables, cookie and, within, the PYZ's modules tile the file without gap or overlap;
//! * checks that the report and the executable name the same entries, modules and zip members, in the same order;
//! * compares each entry's bytes, as they are stored, with what the owner's object or the formats' rules demand.
//!
//! No byte can be changed unseen: what is not compared is counted as [`Proof::Unproved`].
use std::collections::BTreeMap;
use std::ops::Range;

use permafreeze_executable::report::Report;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::finding::Finding;
use permafreeze_archive::Archive;

mod boot;
mod code;
mod encode;
mod entries;
mod entry_script;
mod listing;
mod pyz;
mod sources;
mod tiles;

pub use sources::{SourceFile, Sources, folders};

/// The owner of what the linker makes: tables, headers, links, the entry script.
pub const MADE: &str = "permafreeze";

/// The result: who owns which bytes, and what is wrong.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Account {
    /// What is wrong, sorted; empty: every byte that is not [`Proof::Unproved`] is what it has to be.
    pub findings: Vec<Finding>,
    /// The executable's size in bytes.
    pub size: u64,
    /// Bytes by owner. The stored bytes sum up to [`Account::size`].
    pub owners: BTreeMap<String, Share>,
    /// Bytes by how they are proved. They sum up to [`Account::size`].
    pub proofs: BTreeMap<Proof, Amount>,
    /// Every range, in the file's order.
    #[serde(skip)]
    pub tiles: Vec<Tile>,
}

/// What an owner has in an executable.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Share {
    /// Entries, modules, tables and headers.
    pub parts: u64,
    /// Their size in bytes, decompressed.
    pub size: u64,
    /// Their size in bytes in the executable.
    pub stored: u64,
}

/// How bytes are proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// They are the bytes of the owner's object, or made of them by rule (another file name in code).
    Source,
    /// They follow from the rest: made again, they are the same.
    Made,
    /// They were compared with nothing, or differ.
    Unproved,
}

/// A number of byte ranges and their length.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Amount {
    /// Ranges.
    pub ranges: u64,
    /// Bytes.
    pub bytes: u64,
}

/// A range of the executable, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    /// Where it is in the file. Members of base_library.zip, which is compressed as a whole, have shares of its place.
    pub place: Range<usize>,
    /// What to call it.
    pub what: String,
    /// Whose it is.
    pub owner: String,
    /// Size in bytes, decompressed.
    pub size: u64,
    /// How it is proved.
    pub proof: Proof,
}

/// What looking at a part gave.
#[derive(Debug, Default)]
struct Outcome {
    tiles: Vec<Tile>,
    findings: Vec<Finding>,
}

impl Outcome {
    fn append(&mut self, mut other: Outcome) {
        self.tiles.append(&mut other.tiles);
        self.findings.append(&mut other.findings);
    }
}

/// What is compared with what.
#[derive(Clone, Copy)]
struct Check<'c> {
    archive: &'c Archive,
    report: &'c Report,
    sources: &'c Sources,
}

/// Accounts for every byte of an executable.
pub fn account(archive: &Archive, report: &Report, sources: &Sources) -> Account {
    let check = Check { archive, report, sources };
    let mut outcome = Outcome { tiles: Vec::new(), findings: check.hash() };
    outcome.findings.extend(listing::entries(check));
    outcome.append(boot::bootloader(check));
    outcome.append(entries::entries(check));
    outcome.append(boot::tables(check));
    let size = archive.bytes().len();
    tiles::fill(&mut outcome, size);
    let (mut owners, mut proofs) = (BTreeMap::<String, Share>::new(), BTreeMap::<Proof, Amount>::new());
    for tile in &outcome.tiles {
        let share = owners.entry(tile.owner.clone()).or_default();
        share.parts += 1;
        share.size += tile.size;
        share.stored += tile.place.len() as u64;
        let amount = proofs.entry(tile.proof).or_default();
        amount.ranges += 1;
        amount.bytes += tile.place.len() as u64;
    }
    outcome.findings.sort();
    outcome.findings.dedup();
    Account { findings: outcome.findings, size: size as u64, owners, proofs, tiles: outcome.tiles }
}

impl Check<'_> {
    fn hash(&self) -> Vec<Finding> {
        let (bytes, said) = (self.archive.bytes(), &self.report.executable);
        let found = (bytes.len() as u64, hex(&Sha256::digest(bytes)), blake3::hash(bytes).to_hex().to_string());
        if found == (said.size, said.sha256.clone(), said.blake3.clone()) {
            return Vec::new();
        }
        let problem = format!(
            "has `{}` bytes with sha256 `{}`, its report says `{}` with `{}`",
            found.0, found.1, said.size, said.sha256
        );
        let hint = "it was changed after it was linked, or the report is another one's; build it again";
        vec![Finding::new("the executable", problem).hint(hint)]
    }
}

/// Returns lower-case hex.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Says where bytes differ from what they have to be; `None` if they do not.
fn difference(found: &[u8], expected: &[u8]) -> Option<String> {
    let at = found.iter().zip(expected).position(|(found, expected)| found != expected);
    match at {
        Some(at) => Some(format!("byte `{at}` is `{:02x}`, expected `{:02x}`", found[at], expected[at])),
        None if found.len() != expected.len() => {
            Some(format!("has `{}` bytes, expected `{}`", found.len(), expected.len()))
        }
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_named() {
        assert_eq!(difference(b"abc", b"abc"), None);
        assert_eq!(difference(b"abc", b"abd").as_deref(), Some("byte `2` is `63`, expected `64`"));
        assert_eq!(difference(b"ab", b"abd").as_deref(), Some("has `2` bytes, expected `3`"));
    }
}
