//! Two executables compared: which entries, modules, functions or bytes differ, by how much, and why most likely.
//!
//! Sizes and hashes first; entries of the table of contents by name; inside a PYZ and zip files, their members; contents
//! by what they are. [`cause`] draws the conclusion, [`text::render`] shows it all.
use std::collections::BTreeMap;
use std::ops::Range;

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::needs;
use crate::owners::{Owner, Owners};
use permafreeze_archive::{Archive, Bundle, EntryKind, Executable};

pub mod bytes;
pub mod cause;
pub mod code;
pub mod content;
mod items;
pub mod native;
pub mod order;
pub mod text;
mod zip_times;

use cause::Cause;
use content::Finding;
use items::{Item, Level};
use order::Moved;

/// The version of [`Difference`]'s JSON.
pub const VERSION: u32 = 1;

/// How two executables differ.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Difference {
    /// [`VERSION`].
    pub version: u32,
    /// Whether they are the same byte for byte.
    pub equal: bool,
    /// The first.
    pub a: Side,
    /// The second.
    pub b: Side,
    /// How the files' bytes differ; only for files of one size.
    pub bytes: Option<bytes::ByteDifference>,
    /// How many of each.
    pub counts: Counts,
    /// What differs, in the first's order; what only the second has at the end of its part.
    pub changes: Vec<Change>,
    /// What moved, by the archive that holds it.
    pub moved: Vec<Moved>,
    /// Why, the likeliest first; empty if they are equal.
    pub causes: Vec<Cause>,
    /// The likeliest cause in one sentence.
    pub conclusion: String,
}

/// One of the two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Side {
    /// The file or folder as it was named.
    pub name: String,
    /// `onefile`, `bundle` or `onedir`.
    pub form: &'static str,
    /// Size in bytes; of a folder, of all its files.
    pub size: u64,
    /// sha256, lower-case hex; of a folder, of its program.
    pub sha256: String,
    /// The target, as `linux-amd64`.
    pub target: Option<String>,
    /// Python's version.
    pub python: String,
    /// Python's library.
    pub python_library: String,
    /// Entries of the table of contents, and files beside the program.
    pub entries: usize,
}

/// How many entries, modules and members of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Counts {
    /// The same in both.
    pub equal: usize,
    /// In both, but different.
    pub changed: usize,
    /// Only in the second.
    pub added: usize,
    /// Only in the first.
    pub removed: usize,
    /// The same, but at another place among the others.
    pub moved: usize,
}

/// An entry, module or member that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Change {
    /// The archive that holds it: `PYZ.pyz`, `base_library.zip`; empty for the table of contents itself.
    pub place: String,
    /// Its name; in parentheses what is no entry.
    pub name: String,
    /// Whose it is.
    #[serde(flatten)]
    pub owner: Owner,
    /// `added`, `removed` or `changed`.
    pub change: Kind,
    /// Bytes in the first, unpacked.
    pub size_a: Option<u64>,
    /// Bytes in the second, unpacked.
    pub size_b: Option<u64>,
    /// What differs.
    pub findings: Vec<Finding>,
    /// Why, most likely.
    pub cause: cause::Kind,
}

/// What happened from the first to the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Only the second has it.
    Added,
    /// Only the first has it.
    Removed,
    /// Both have it.
    Changed,
}

/// An executable and what its owner calls it.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    /// The name.
    pub name: &'a str,
    /// The executable.
    pub executable: &'a Executable,
}

/// Compares two executables.
pub fn diff(a: Named<'_>, b: Named<'_>) -> Difference {
    let (left, right) = (a.executable, b.executable);
    let (bytes_a, bytes_b) = (left.bytes(), right.bytes());
    let same_form = left.form() == right.form();
    let equal = same_form && bytes_a == bytes_b && left.files() == right.files();
    let mut comparison = Comparison {
        python: [left.python(), right.python()],
        owners: [Owners::new(left, None), Owners::new(right, None)],
        same_form,
        counts: Counts::default(),
        changes: Vec::new(),
        moved: Vec::new(),
    };
    let bytes = if same_form && bytes_a.len() == bytes_b.len() { bytes::compare(bytes_a, bytes_b) } else { None };
    comparison.form(left, right);
    comparison.format_parts(left, right, ("(bootloader)", Archive::bootloader));
    comparison.level(items::of_executable(left), items::of_executable(right));
    if same_form {
        comparison.format_parts(left, right, ("(after the package)", Archive::trailer));
    }
    if !equal && comparison.changes.is_empty() && comparison.moved.is_empty() {
        // All contents agree: what is left is how they are laid out.
        comparison.layout(left, right);
    }
    let sides = [side(a), side(b)];
    let evidence = cause::Evidence {
        targets: [sides[0].target.as_deref(), sides[1].target.as_deref()],
        python: comparison.python,
        python_libraries: [left.python_library(), right.python_library()],
        owners: &comparison.owners,
        bytes: bytes.as_ref(),
        forms: [left.form().name(), right.form().name()],
    };
    let (causes, conclusion) = cause::find(&evidence, &mut comparison.changes, &comparison.moved);
    let [side_a, side_b] = sides;
    let Comparison { counts, changes, moved, .. } = comparison;
    Difference { version: VERSION, equal, a: side_a, b: side_b, bytes, counts, changes, moved, causes, conclusion }
}

fn side(named: Named<'_>) -> Side {
    let Named { name, executable } = named;
    Side {
        name: name.to_owned(),
        form: executable.form().name(),
        size: executable.size(),
        sha256: Sha256::digest(executable.bytes()).iter().map(|byte| format!("{byte:02x}")).collect(),
        target: needs::target(executable),
        python: format!("{}.{}", executable.python().0, executable.python().1),
        python_library: executable.python_library().to_owned(),
        entries: executable.entries().len(),
    }
}

struct Comparison {
    python: [(u8, u8); 2],
    owners: [Owners; 2],
    /// Whether both store alike: what is compressed in one form is not in another.
    same_form: bool,
    counts: Counts,
    changes: Vec<Change>,
    moved: Vec<Moved>,
}

impl Comparison {
    /// Compares the items of an archive with those of another one.
    fn level(&mut self, a: Level<'_>, b: Level<'_>) {
        let places: BTreeMap<(&str, usize), usize> = b.keys().enumerate().map(|(at, key)| (key, at)).collect();
        let mut matched = vec![false; b.items.len()];
        let (mut names, mut positions) = (Vec::new(), Vec::new());
        for (item, key) in a.items.iter().zip(a.keys()) {
            let Some(&at) = places.get(&key) else {
                self.one_sided(&a, item, Kind::Removed);
                continue;
            };
            matched[at] = true;
            names.push(item.name.as_str());
            positions.push(at);
            self.pair(&a, item, &b, &b.items[at]);
        }
        for (item, _) in b.items.iter().zip(matched).filter(|(_, matched)| !matched) {
            self.one_sided(&b, item, Kind::Added);
        }
        let moved = order::moved(&a.place, &names, &positions);
        self.counts.moved += moved.as_ref().map_or(0, |moved| moved.names.len());
        self.moved.extend(moved);
    }

    fn one_sided(&mut self, level: &Level<'_>, item: &Item, kind: Kind) {
        let owners = &self.owners[usize::from(kind == Kind::Added)];
        let size = Some(item.size);
        let (size_a, size_b) = if kind == Kind::Added { (None, size) } else { (size, None) };
        match kind {
            Kind::Added => self.counts.added += 1,
            _ => self.counts.removed += 1,
        }
        self.changes.push(Change {
            place: level.place.clone(),
            name: item.name.clone(),
            owner: level.owner(item, owners),
            change: kind,
            size_a,
            size_b,
            findings: Vec::new(),
            cause: cause::Kind::Unknown,
        });
    }

    fn pair(&mut self, level_a: &Level<'_>, a: &Item, level_b: &Level<'_>, b: &Item) {
        let (raw_a, raw_b) = (level_a.raw(a), level_b.raw(b));
        let stored_alike = a.compressed == b.compressed || !self.same_form;
        if raw_a == raw_b && a.letter == b.letter && stored_alike && a.time == b.time {
            self.counts.equal += 1;
            return;
        }
        let mut findings = Vec::new();
        if a.letter != b.letter {
            findings.push(Finding::Letter { a: a.letter, b: b.letter });
        }
        if a.time != b.time {
            findings.push(Finding::Time { a: a.time.clone(), b: b.time.clone() });
        }
        match (level_a.data(a), level_b.data(b)) {
            (Ok(data_a), Ok(data_b)) => {
                if data_a != data_b {
                    if let (Some(inner_a), Some(inner_b)) = (level_a.inside(a, &data_a), level_b.inside(b, &data_b)) {
                        let before = (self.changes.len(), self.moved.len());
                        self.level(inner_a, inner_b);
                        // Its difference is that of what it holds.
                        let within = before != (self.changes.len(), self.moved.len());
                        if findings.is_empty() && (within || !self.same_form) {
                            return;
                        }
                    }
                    findings.extend(content::compare(a.form, self.python, &data_a, &data_b));
                } else if self.same_form && (raw_a != raw_b || !stored_alike) {
                    findings.push(Finding::Compressor { a: raw_a.len() as u64, b: raw_b.len() as u64 });
                }
            }
            (left, right) => {
                for (side, result) in [('a', left), ('b', right)] {
                    if let Err(error) = result {
                        let stored = bytes::compare(raw_a, raw_b);
                        findings.push(Finding::Damaged { side, problem: error.to_string(), stored });
                    }
                }
            }
        }
        if findings.is_empty() {
            self.counts.equal += 1;
            return;
        }
        let owner = level_a.owner(a, &self.owners[0]);
        self.changed(&level_a.place, &a.name, owner, (a.size, b.size), findings);
    }

    fn changed(&mut self, place: &str, name: &str, owner: Owner, sizes: (u64, u64), findings: Vec<Finding>) {
        self.counts.changed += 1;
        self.changes.push(Change {
            place: place.to_owned(),
            name: name.to_owned(),
            owner,
            change: Kind::Changed,
            size_a: Some(sizes.0),
            size_b: Some(sizes.1),
            findings,
            cause: cause::Kind::Unknown,
        });
    }

    /// Compares how the two are laid out, and the launchers of bundles.
    fn form(&mut self, a: &Executable, b: &Executable) {
        let own = || Owner::named("permafreeze");
        if !self.same_form {
            let finding = Finding::Form { a: a.form().name(), b: b.form().name() };
            self.changed("", "(form)", own(), (a.size(), b.size()), vec![finding]);
        }
        if let (Some(a), Some(b)) = (a.bundle(), b.bundle()) {
            let (launcher_a, launcher_b) = (&a.bytes()[a.launcher()], &b.bytes()[b.launcher()]);
            let findings = content::compare(content::Form::Any, self.python, launcher_a, launcher_b);
            if launcher_a != launcher_b {
                self.changed("", "(launcher)", own(), (launcher_a.len() as u64, launcher_b.len() as u64), findings);
            }
        }
    }

    /// Compares tables, and how bundles are compressed.
    fn layout(&mut self, a: &Executable, b: &Executable) {
        if let (Some(left), Some(right)) = (a.bundle(), b.bundle()) {
            let frames = |bundle: &Bundle| bundle.index().start - bundle.launcher().end;
            let range = |bundle: &Bundle| bundle.launcher().end..bundle.index().start;
            if left.bytes()[range(left)] != right.bytes()[range(right)] {
                let sizes = (frames(left) as u64, frames(right) as u64);
                let finding = Finding::Compressor { a: sizes.0, b: sizes.1 };
                return self.changed("", "(frames)", Owner::named("permafreeze"), sizes, vec![finding]);
            }
            let (index_a, index_b) = (left.index().start, right.index().start);
            return self.format_part("(index and footer)", &left.bytes()[index_a..], &right.bytes()[index_b..]);
        }
        let table = |archive: &Archive| archive.toc().start..archive.bytes().len();
        self.format_parts(a, b, ("(table of contents and cookie)", table));
        self.format_parts(a, b, ("(whole file)", |archive: &Archive| 0..archive.bytes().len()));
    }

    /// Compares a part of the programs.
    fn format_parts(&mut self, a: &Executable, b: &Executable, (name, place): (&str, fn(&Archive) -> Range<usize>)) {
        let part = |executable: &'_ Executable| place(executable.program());
        self.format_part(name, &a.program().bytes()[part(a)], &b.program().bytes()[part(b)]);
    }

    /// Compares what is no entry.
    fn format_part(&mut self, name: &str, a: &[u8], b: &[u8]) {
        if a != b && self.changes.iter().all(|change| change.name != "(table of contents and cookie)") {
            let findings = content::compare(content::Form::Any, self.python, a, b);
            let owner = Owner::named("pyinstaller");
            self.changed("", name, owner, (a.len() as u64, b.len() as u64), findings);
        }
    }
}

/// Returns the form in which an entry's content is compared.
fn form(kind: EntryKind, name: &str) -> content::Form {
    match kind {
        kind if kind.is_code() => content::Form::Code,
        EntryKind::Data if name.ends_with(".pyc") => content::Form::Pyc,
        _ => content::Form::Any,
    }
}
