//! Changes an executable in every way that `origin` must see: `tamper EXECUTABLE REPORT JOB [COUNT]`, with the job of
//! its link derivation. Prints `N passed, N failed`.
//!
//! Single bytes: COUNT of them, spread over all kinds of ranges. Those of different entries and modules are changed at
//! once and looked at together, since each one must show in its own range; tables and headers are changed one by one.
use std::collections::BTreeMap;
use std::error::Error;
use std::process::ExitCode;

use camino::Utf8Path;
use permafreeze_archive::{self as archive, Executable, Form};
use permafreeze_executable::carchive::{self, Entry};
use permafreeze_executable::format::EntryKind;
use permafreeze_executable::report::Report;
use permafreeze_plan::jobs::LinkJob;
use permafreeze_verify::origin::{self, Account, Proof, Sources, Tile};

use crate::Outcome;

type Failure = Box<dyn Error>;

/// The hash sees everything; here is asked whether the rest sees it too.
const HASH: &str = "the executable";
/// Ranges that are changed in one go.
const TOGETHER: usize = 40;

struct Subject {
    executable: Executable,
    report: Report,
    sources: Sources,
    random: u64,
    passed: usize,
    failed: usize,
}

/// Runs the tool.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let [executable, report, job, count @ ..] = arguments else {
        return Err("usage: tamper EXECUTABLE REPORT JOB [COUNT]".into());
    };
    let count = count.first().map_or(Ok(200), |count| count.parse())?;
    let job: LinkJob = serde_json::from_slice(&std::fs::read(job)?)?;
    let executable = Executable::open(Utf8Path::new(executable))?;
    let report = serde_json::from_slice(&std::fs::read(report)?)?;
    let sources = Sources::open(&job.objects(), job.target)?.with_loader(&job.loader)?;
    let sources = sources.showing(job.executable.windows.clone()).launching(job.launcher.as_deref())?;
    let mut subject = Subject { executable, report, sources, random: 1, passed: 0, failed: 0 };
    subject.untouched();
    subject.bytes(count);
    // A bundle's files have hashes of their own in the index: a test of these tools makes such bundles.
    if subject.executable.form() == Form::Onefile {
        subject.entries()?;
    }
    println!("{} passed, {} failed", subject.passed, subject.failed);
    Ok(if subject.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl Subject {
    fn account(&self, executable: &Executable) -> Account {
        let mut account = origin::account(executable, &self.report, &self.sources);
        account.findings.retain(|finding| finding.subject != HASH);
        account
    }

    fn expect(&mut self, holds: bool, what: &str) {
        if holds {
            self.passed += 1;
        } else {
            self.failed += 1;
            println!("not as expected: {what}");
        }
    }

    /// A number below `bound`: the same ones in every run.
    fn below(&mut self, bound: usize) -> usize {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) as usize % bound.max(1)
    }

    fn untouched(&mut self) {
        let account = self.account(&self.executable);
        for finding in &account.findings {
            println!("{}: {}", finding.subject, finding.problem);
        }
        self.expect(account.findings.is_empty(), "findings in the executable as it was linked");
        self.expect(!account.proofs.contains_key(&Proof::Unproved), "bytes without proof");
        let sum: u64 = account.owners.values().map(|share| share.stored).sum();
        self.expect(sum == self.executable.bytes().len() as u64, "the owners' bytes do not sum up to the size");
    }

    fn bytes(&mut self, count: usize) {
        let tiles = self.account(&self.executable).tiles;
        let tiles: Vec<Tile> = tiles.into_iter().filter(|tile| !tile.place.is_empty()).collect();
        let alone: Vec<&Tile> = tiles.iter().filter(|tile| is_alone(tile)).collect();
        let together: Vec<&Tile> = tiles.iter().filter(|tile| !is_alone(tile) && !is_zipped(tile)).collect();
        // Several places in each table and header.
        for tile in alone.iter().copied() {
            for _ in 0..3 {
                let at = tile.place.start + self.below(tile.place.len());
                self.change(&[(at, tile)]);
            }
        }
        let left = count.saturating_sub(3 * alone.len());
        // Each frame has parts of many.
        let together_at_once = if self.executable.form() == Form::Onefile { TOGETHER } else { 1 };
        for _ in 0..left.div_ceil(together_at_once) {
            let mut chosen = BTreeMap::new();
            for _ in 0..together_at_once {
                let tile = together[self.below(together.len())];
                // Small modules are many, large libraries are few: the next one comes from anywhere in the file.
                let anywhere = self.below(self.executable.bytes().len());
                let large = together.iter().find(|tile| tile.place.contains(&anywhere)).map_or(tile, |tile| *tile);
                for tile in [tile, large].into_iter().take(together_at_once) {
                    chosen.insert(tile.place.start, (tile.place.start + self.below(tile.place.len()), tile));
                }
            }
            let chosen: Vec<_> = chosen.into_values().collect();
            self.change(&chosen);
        }
    }

    /// Changes one byte in each of the ranges; each has to be unproved then, or the file unreadable.
    fn change(&mut self, places: &[(usize, &Tile)]) {
        let mut bytes = self.executable.bytes().to_vec();
        for (at, _) in places {
            bytes[*at] ^= 1 << self.below(8);
        }
        let found = Executable::parse(bytes).map(|executable| self.account(&executable));
        for (at, tile) in places {
            let caught = match &found {
                Err(_) => true,
                Ok(account) => {
                    let unproved = |found: &Tile| found.place.contains(at) && found.proof == Proof::Unproved;
                    let named = account.findings.iter().any(|finding| finding.subject == tile.what);
                    // A table with another name in it is a good table; then the name is what is wrong.
                    !account.findings.is_empty() && (places.len() == 1 || named && account.tiles.iter().any(unproved))
                }
            };
            self.expect(caught, &format!("byte {at} of {} was changed, and nothing is said of it", tile.what));
        }
    }

    /// Executables that are well made, but not of this report.
    fn entries(&mut self) -> Result<(), Failure> {
        let parts: Vec<(archive::Entry, Vec<u8>)> = self
            .executable
            .entries()
            .iter()
            .map(|entry| (entry.clone(), self.executable.raw(entry).to_vec()))
            .collect();
        let same = self.linked(&parts)?;
        self.expect(same.bytes() == self.executable.bytes(), "the same entries do not make the same file");
        let last = parts.len() - 1;
        let libraries: Vec<usize> =
            (0..parts.len()).filter(|at| parts[*at].0.kind == archive::EntryKind::Binary).take(2).collect();
        let [first, second] = libraries.as_slice() else { return Err("there are no two libraries".into()) };

        let mut added = parts.clone();
        let mut extra = parts[last].clone();
        extra.0.name = "extra".to_owned();
        added.push(extra);
        self.refused(&added, "entry `extra`", "an entry was added")?;

        let mut removed = parts.clone();
        let name = format!("entry `{}`", removed.remove(*first).0.name);
        self.refused(&removed, &name, "an entry was removed")?;

        let mut swapped = parts.clone();
        let (a, b) = (parts[*first].clone(), parts[*second].clone());
        (swapped[*first].0.name, swapped[*second].0.name) = (b.0.name, a.0.name.clone());
        swapped.swap(*first, *second);
        self.refused(&swapped, &format!("entry `{}`", a.0.name), "two libraries were swapped")?;

        let mut order = parts;
        order.swap(0, 1);
        self.refused(&order, "the table of contents", "two modules run in another order")
    }

    fn refused(&mut self, parts: &[(archive::Entry, Vec<u8>)], subject: &str, what: &str) -> Result<(), Failure> {
        let account = self.account(&self.linked(parts)?);
        let named = account.findings.iter().any(|finding| finding.subject.starts_with(subject));
        self.expect(named, &format!("{what}, and nothing is said of {subject}"));
        Ok(())
    }

    fn linked(&self, parts: &[(archive::Entry, Vec<u8>)]) -> Result<Executable, Failure> {
        let program = self.executable.program();
        let entry = |(entry, bytes): &(archive::Entry, Vec<u8>)| Entry {
            name: program.stored_name(entry),
            kind: EntryKind::ALL
                .into_iter()
                .find(|kind| char::from(kind.letter()) == entry.kind.letter())
                .unwrap_or(EntryKind::Data),
            stored: bytes.len() as u64,
            size: entry.size,
            deflated: entry.compressed,
        };
        let entries: Vec<Entry> = parts.iter().map(entry).collect();
        let layout = carchive::lay_out(&entries, program.python_library(), program.python())?;
        let mut bytes = program.bytes()[program.bootloader()].to_vec();
        parts.iter().for_each(|(_, part)| bytes.extend_from_slice(part));
        bytes.extend_from_slice(&layout.toc);
        bytes.extend_from_slice(&layout.cookie);
        bytes.extend_from_slice(&program.bytes()[program.trailer()]);
        Ok(Executable::parse(bytes)?)
    }
}

/// Tables and headers; and one member of base_library.zip, whose members share one stream.
fn is_alone(tile: &Tile) -> bool {
    let table = tile.proof == Proof::Rebuilt && !tile.what.starts_with("entry") && !is_zipped(tile);
    table || tile.what == "the bootloader" || tile.what == "`abc.pyc` in base_library.zip"
}

fn is_zipped(tile: &Tile) -> bool {
    tile.what.ends_with(" in base_library.zip")
}
