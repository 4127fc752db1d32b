//! Every byte of an executable is accounted for: by a wheel, the runtime, PyInstaller, the application, or as something
//! that follows from the rest (tables, headers, links, the entry script).
//!
//! [`account`] takes the executable as it was read, the report of the link, and the objects that were linked. It
//! * checks that entries, tables, cookie and, within, the PYZ's modules tile the file without gap or overlap; of a bundle,
//!   that launcher, frames, index and footer do, and that the tiles of the unpacked files are what frames decode to;
//! * checks that the report and the executable name the same entries, modules and zip members, in the same order;
//! * compares each entry's bytes, as they are stored, with what the owner's object has;
//! * rebuilds tables, headers and base_library.zip of what is found in them, and compares; of a bundle also the index, and
//!   the frames that no object has.
//!
//! The executable is read by `permafreeze-archive`, which shares no code with the writers. What is expected of code and
//! tables is derived by the functions that the linker uses (`object::marshal`, `object::deflate`, `executable`): a match
//! proves that the bytes follow from the objects, not that the format is right. PyInstaller's own reader and a run of the
//! executable prove that.
//!
//! No byte can be changed unseen: what is not compared is counted as [`Proof::Unproved`].
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use permafreeze_archive::{Archive, Executable, Form};
use permafreeze_base::sha256;
use permafreeze_executable::owner::Owner;
use permafreeze_executable::report::Report;
use permafreeze_plan::form;
use serde::Serialize;

use crate::finding::Finding;

mod boot;
mod bundle;
mod code;
mod compare;
mod entries;
mod hollow;
mod index;
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
    /// The executable's size in bytes; of a folder, of all its files.
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
    /// Entries, modules, tables and headers; one that several frames have parts of is one.
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
    /// Where it is in the file. Members of base_library.zip, which is compressed as a whole, have shares of its place, and
    /// so have parts of a bundle's frames. The files of a folder count as one after another, by path.
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
    executable: &'c Executable,
    /// Its program.
    archive: &'c Archive,
    report: &'c Report,
    sources: &'c Sources,
}

/// Accounts for every byte of an executable.
pub fn account(executable: &Executable, report: &Report, sources: &Sources) -> Account {
    let check = Check { executable, archive: executable.program(), report, sources };
    let mut outcome = Outcome { tiles: Vec::new(), findings: check.hash() };
    outcome.findings.extend(check.form());
    outcome.findings.extend(listing::entries(check));
    let (mut program, beside) = entries::entries(check);
    program.append(boot::bootloader(check));
    program.append(boot::tables(check));
    tiles::fill(&mut program, check.archive.bytes().len());
    match (executable.bundle(), executable.own()) {
        (None, None) => outcome.append(program),
        (bundle, own) => {
            let files = files(check, (own.unwrap_or_default(), program), beside, &mut outcome.findings);
            match bundle {
                Some(bundle) => outcome.append(bundle::tiles(check, bundle, &files)),
                None => outcome.tiles.extend(one_after_another(files)),
            }
        }
    }
    let size = executable.size();
    tiles::fill(&mut outcome, size as usize);
    let Outcome { tiles, mut findings } = outcome;
    let (owners, proofs) = sums(&tiles);
    findings.sort();
    findings.dedup();
    Account { findings, size, owners, proofs, tiles }
}

/// Returns the tiles of each file by its number, and adds what was found.
fn files(
    check: Check<'_>,
    (own, program): (usize, Outcome),
    beside: Vec<(usize, Outcome)>,
    findings: &mut Vec<Finding>,
) -> Vec<Vec<Tile>> {
    let mut outcomes: Vec<Outcome> = check.executable.files().iter().map(|_| Outcome::default()).collect();
    for (number, outcome) in beside.into_iter().chain([(own, program)]) {
        if let Some(known) = outcomes.get_mut(number) {
            known.append(outcome);
        }
    }
    for (file, outcome) in check.executable.files().iter().zip(&mut outcomes) {
        tiles::fill(outcome, if file.is_link() { 0 } else { file.raw().len() });
        findings.append(&mut outcome.findings);
    }
    outcomes.into_iter().map(|outcome| outcome.tiles).collect()
}

/// The tiles of a folder.
fn one_after_another(files: Vec<Vec<Tile>>) -> Vec<Tile> {
    let mut all = Vec::new();
    let mut before = 0;
    for tiles in files {
        let end = tiles.last().map_or(0, |tile| tile.place.end);
        let moved = |tile: Tile| Tile { place: before + tile.place.start..before + tile.place.end, ..tile };
        all.extend(tiles.into_iter().map(moved));
        before += end;
    }
    all
}

/// Adds the tiles up by owner and by proof.
fn sums(tiles: &[Tile]) -> (BTreeMap<Owner, Share>, BTreeMap<Proof, Amount>) {
    let (mut owners, mut proofs) = (BTreeMap::<Owner, Share>::new(), BTreeMap::<Proof, Amount>::new());
    let mut names = BTreeSet::new();
    for tile in tiles {
        let share = owners.entry(tile.owner.clone()).or_default();
        share.parts += u64::from(names.insert((&tile.owner, tile.what.as_str())));
        share.size += tile.size;
        share.stored += tile.place.len() as u64;
        let amount = proofs.entry(tile.proof).or_default();
        amount.ranges += 1;
        amount.bytes += tile.place.len() as u64;
    }
    (owners, proofs)
}

impl Check<'_> {
    fn form(&self) -> Option<Finding> {
        let said = match self.report.form {
            form::Form::Onefile => Form::Onefile,
            form::Form::Bundle => Form::Bundle,
            form::Form::Onedir => Form::Onedir,
        };
        let found = self.executable.form();
        let problem = format!("is a {}, its report says {}", found.name(), said.name());
        (found != said).then(|| Finding::new("the executable", problem))
    }

    fn hash(&self) -> Vec<Finding> {
        let (bytes, said) = (self.executable.bytes(), &self.report.executable);
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
