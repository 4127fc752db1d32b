//! What an executable holds, whose it is and what it needs: any of PyInstaller 6, ours or not, in any form.
//!
//! [`inspect`] gives an [`Inspection`]; [`crate::text::render`] and [`crate::html::render`] show it. Every byte of the
//! executable is in exactly one [`Part`], so that sizes add up.
use std::collections::BTreeMap;

use permafreeze_executable::report::Report;
use serde::Serialize;
use sha2::{Digest, Sha256};

use permafreeze_archive::{Entry, EntryKind, Executable, Result};

use crate::bundle::{self, BundleFacts};
use crate::needs::{self, Needs};
use crate::owners::{Owner, Owners};
use crate::pieces::{Builder, Piece};
pub use crate::rows::{Module, TableEntry};

/// The version of [`Inspection`]'s JSON.
pub const VERSION: u32 = 1;

/// What is in an executable.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Inspection {
    /// [`VERSION`].
    pub version: u32,
    /// The file's name, without its folder.
    pub name: String,
    /// How it is laid out: `onefile`, `bundle`, `onedir`.
    pub form: &'static str,
    /// Size in bytes; of a folder, of all its files.
    pub size: u64,
    /// sha256, lower-case hex; of a folder, of its program.
    pub sha256: String,
    /// Of a bundle: launcher, frames, and what it is unpacked to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bundle: Option<BundleFacts>,
    /// What it runs on, as `linux-amd64`, if its bootloader can be read.
    pub target: Option<String>,
    /// Python's version, as `3.13`.
    pub python: String,
    /// Python's library, as `libpython3.13.so.1.0`.
    pub python_library: String,
    /// Who says whose a part is: `report`, or `names` (RECORD files, then top-level names).
    pub owners_from: &'static str,
    /// What it needs of the machine.
    pub needs: Needs,
    /// Distributions and other owners, the biggest first.
    pub distributions: Vec<Distribution>,
    /// Every byte of the executable; of a onefile in the file's order.
    pub parts: Vec<Part>,
    /// The table of contents, in its order, and the files beside the program.
    pub entries: Vec<TableEntry>,
    /// Modules of the PYZ and of base_library.zip, by name.
    pub modules: Vec<Module>,
    /// What could not be read, a sentence each.
    pub notes: Vec<String>,
}

/// What one distribution takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Distribution {
    /// Name and, if known, version.
    #[serde(flatten)]
    pub owner: Owner,
    /// Bytes in the executable.
    pub stored: u64,
    /// Bytes unpacked.
    pub unpacked: u64,
    /// How many modules of the PYZ.
    pub modules: usize,
    /// How many entries of the table of contents.
    pub files: usize,
}

/// A run of the file's bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Part {
    /// Entry, module (dots as slashes) or a name in parentheses for what the format itself takes.
    pub path: String,
    /// What it is: `bootloader`, `module`, `native`, `data`, `script`, `link`, `format`.
    pub kind: &'static str,
    /// Index in [`Inspection::distributions`].
    pub distribution: usize,
    /// Bytes in the executable.
    pub stored: u64,
    /// Bytes unpacked.
    pub unpacked: u64,
}

/// Inspects an executable. `name` is the file's name; a report says whose each part is.
///
/// # Errors
/// [`permafreeze_archive::Error::Malformed`] if a PYZ has no readable table. What is only damaged in itself becomes a note.
pub fn inspect(name: &str, executable: &Executable, report: Option<&Report>) -> Result<Inspection> {
    let owners = Owners::new(executable, report);
    let mut notes: Vec<String> = executable.strays().iter().map(|path| stray(path)).collect();
    let mut entries: Vec<TableEntry> = executable.entries().iter().map(|entry| table_entry(entry, &owners)).collect();
    let mut builder = Builder::new(&owners);
    builder.program(executable, &mut notes)?;
    match executable.base_library() {
        Ok(library) => builder.base_library(library.as_ref()),
        Err(error) => notes.push(format!("base_library.zip: {error}")),
    }
    let (mut modules, pieces) = builder.finish(executable, &mut entries);
    modules.sort_by(|a, b| (&a.name, &a.place).cmp(&(&b.name, &b.place)));
    let (distributions, parts) = distributions(pieces);
    let needs = needs::needs(executable, &mut notes);
    Ok(Inspection {
        version: VERSION,
        name: name.to_owned(),
        form: executable.form().name(),
        size: executable.size(),
        sha256: Sha256::digest(executable.bytes()).iter().map(|byte| format!("{byte:02x}")).collect(),
        bundle: bundle::facts(executable, &mut notes),
        target: needs::target(executable),
        python: format!("{}.{}", executable.python().0, executable.python().1),
        python_library: executable.python_library().to_owned(),
        owners_from: if report.is_some() { "report" } else { "names" },
        needs,
        distributions,
        parts,
        entries,
        modules,
        notes,
    })
}

fn stray(path: &str) -> String {
    format!("`{}` is neither the program nor where the program looks for files", path.escape_debug())
}

/// Returns the words for an entry's kind.
pub fn kind_name(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::Binary => "native",
        EntryKind::Data => "data",
        EntryKind::ZipFile => "zip",
        EntryKind::Symlink => "link",
        EntryKind::Dependency => "dependency",
        EntryKind::BootstrapModule => "bootstrap-module",
        EntryKind::BootstrapPackage => "bootstrap-package",
        EntryKind::Script => "script",
        EntryKind::Pyz => "pyz",
        EntryKind::Option => "option",
        EntryKind::Splash => "splash",
    }
}

fn table_entry(entry: &Entry, owners: &Owners) -> TableEntry {
    TableEntry {
        name: entry.name.clone(),
        letter: entry.kind.letter(),
        kind: kind_name(entry.kind),
        offset: entry.place.start as u64,
        stored: entry.place.len() as u64,
        unpacked: entry.size,
        compressed: entry.compressed,
        owner: owners.of_entry(entry),
    }
}

/// Adds the pieces up by owner, the biggest first.
fn distributions(pieces: Vec<Piece>) -> (Vec<Distribution>, Vec<Part>) {
    let mut by_owner: BTreeMap<Owner, Distribution> = BTreeMap::new();
    for piece in &pieces {
        let new = || Distribution { owner: piece.owner.clone(), stored: 0, unpacked: 0, modules: 0, files: 0 };
        let distribution = by_owner.entry(piece.owner.clone()).or_insert_with(new);
        distribution.stored += piece.stored;
        distribution.unpacked += piece.unpacked;
        distribution.modules += usize::from(piece.kind == "module");
        distribution.files += usize::from(piece.is_entry);
    }
    let mut distributions: Vec<Distribution> = by_owner.into_values().collect();
    distributions.sort_by(|a, b| b.stored.cmp(&a.stored).then_with(|| a.owner.cmp(&b.owner)));
    let numbers: BTreeMap<Owner, usize> =
        distributions.iter().enumerate().map(|(number, each)| (each.owner.clone(), number)).collect();
    let part = |piece: Piece| Part {
        distribution: numbers[&piece.owner],
        path: piece.path,
        kind: piece.kind,
        stored: piece.stored,
        unpacked: piece.unpacked,
    };
    (distributions, pieces.into_iter().map(part).collect())
}
