//! Every byte of an executable is accounted for: by a wheel, the runtime, PyInstaller, the application, or as something
//! that follows from the rest (tables, headers, links, the entry script).
//!
//! [`account`] takes the executable as it was read, the report of the link, and the objects that were linked. It
//! * checks that entries, tables, cookie and, within, the PYZ's modules tile the file without gap or overlap;
//! * checks that the report and the executable name the same entries, modules and zip members, in the same order;
//! * compares each entry's bytes, as they are stored, with what the owner's object has;
//! * rebuilds tables, headers and base_library.zip of what is found in them, and compares.
//!
//! The executable is read by `permafreeze-archive`, which shares no code with the writers. What is expected of code and
//! tables is derived by the functions that the linker uses (`object::marshal`, `object::deflate`, `executable`): a match
//! proves that the bytes follow from the objects, not that the format is right. PyInstaller's own reader and a run of the
//! executable prove that.
//!
//! No byte can be changed unseen: what is not compared is counted as [`Proof::Unproved`].
use std::collections::BTreeMap;
use std::ops::Range;

use permafreeze_archive::Archive;
use permafreeze_base::sha256;
use permafreeze_executable::owner::Owner;
use permafreeze_executable::report::Report;
use serde::Serialize;

use crate::finding::Finding;

mod boot;
mod code;
mod compare;
mod entries;
mod hollow;
mod listing;
mod macos;
mod pyz;
mod sources;
mod tiles;
mod windows;

pub use sources::{SourceFile, Sources};

/// The result: who owns which bytes, and what is wrong.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Account {
    /// What is wrong, sorted; empty: every byte that is not [`Proof::Unproved`] is what it has to be.
    pub findings: Vec<Finding>,
    /// The executable's size in bytes.
    pub size: u64,
    /// Bytes by owner. The stored bytes sum up to [`Account::size`].
    pub owners: BTreeMap<Owner, Share>,
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
    /// They follow from the rest: rebuilt, they are the same.
    Rebuilt,
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

/// A range of the executable, and its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    /// Where it is in the file. Members of base_library.zip, which is compressed as a whole, have shares of its place.
    pub place: Range<usize>,
    /// What to call it.
    pub what: String,
    /// The owner; what the linker makes is [`Owner::Permafreeze`]'s.
    pub owner: Owner,
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
    let (mut owners, mut proofs) = (BTreeMap::<Owner, Share>::new(), BTreeMap::<Proof, Amount>::new());
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
        let found = (bytes.len() as u64, sha256::of(bytes), blake3::hash(bytes).to_hex().to_string());
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
