//! What an executable holds, whose it is and what it needs: any of PyInstaller 6, ours or not.
//!
//! [`inspect`] gives an [`Inspection`]; [`crate::text::render`] and [`crate::html::render`] show it. Every byte of the file is in exactly
//! one [`Part`], so that sizes add up.
use std::collections::BTreeMap;

use permafreeze_executable::report::Report;
use serde::Serialize;
use sha2::{Digest, Sha256};

use permafreeze_archive::Result;
use permafreeze_archive::{Archive, Entry, EntryKind, Pyz, PyzKind};

use crate::needs::{self, Needs};
use crate::owners::{Owner, Owners};

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
    /// Size in bytes.
    pub size: u64,
    /// sha256, lower-case hex.
    pub sha256: String,
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
    /// Every byte of the file, in the file's order.
    pub parts: Vec<Part>,
    /// The table of contents, in its order.
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

/// An entry of the table of contents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct TableEntry {
    /// Its name.
    pub name: String,
    /// PyInstaller's type code.
    pub letter: char,
    /// The type code in words.
    pub kind: &'static str,
    /// Offset in the file, in bytes.
    pub offset: u64,
    /// Bytes in the executable.
    pub stored: u64,
    /// Bytes unpacked.
    pub unpacked: u64,
    /// Whether it is compressed.
    pub compressed: bool,
    /// The distribution.
    #[serde(flatten)]
    pub owner: Owner,
}

/// A module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Module {
    /// Its dotted name.
    pub name: String,
    /// `module`, `package`, `namespace-package`, `data`.
    pub kind: &'static str,
    /// The archive's entry that holds it.
    pub place: String,
    /// Bytes there; base_library.zip as a whole is compressed once more.
    pub stored: u64,
    /// Bytes of the marshalled code; absent if it cannot be decompressed.
    pub unpacked: Option<u64>,
    /// The distribution.
    #[serde(flatten)]
    pub owner: Owner,
}

/// Inspects an executable. `name` is the file's name; a report says whose each part is.
///
/// # Errors
/// [`permafreeze_archive::Error::Malformed`] if a PYZ has no readable table. What is only damaged in itself becomes a note.
pub fn inspect(name: &str, archive: &Archive, report: Option<&Report>) -> Result<Inspection> {
    let owners = Owners::new(archive, report);
    let mut notes = Vec::new();
    let mut builder = Builder { owners: &owners, modules: Vec::new(), pieces: Vec::new() };
    let entries = archive.entries().iter().map(|entry| table_entry(entry, &owners)).collect();
    builder.format("(bootloader)", "bootloader", archive.bootloader().len());
    for entry in archive.entries().iter().filter(|entry| entry.kind != EntryKind::Pyz) {
        builder.entry(entry);
    }
    for (entry, pyz) in archive.pyz()? {
        builder.pyz(&entry, &pyz, &mut notes);
    }
    match archive.base_library() {
        Ok(library) => builder.base_library(library.as_ref()),
        Err(error) => notes.push(format!("base_library.zip: {error}")),
    }
    builder.format("(table of contents)", "format", archive.toc().len());
    builder.format("(cookie)", "format", archive.cookie().len());
    builder.format("(after the package)", "format", archive.trailer().len());
    let covered: u64 = builder.pieces.iter().map(|piece| piece.stored).sum();
    let size = archive.bytes().len() as u64;
    builder.format("(gaps)", "format", size.saturating_sub(covered) as usize);
    let mut modules = builder.modules;
    modules.sort_by(|a, b| (&a.name, &a.place).cmp(&(&b.name, &b.place)));
    let (distributions, parts) = distributions(builder.pieces);
    Ok(Inspection {
        version: VERSION,
        name: name.to_owned(),
        size,
        sha256: Sha256::digest(archive.bytes()).iter().map(|byte| format!("{byte:02x}")).collect(),
        target: needs::target(archive),
        python: format!("{}.{}", archive.python().0, archive.python().1),
        python_library: archive.python_library().to_owned(),
        owners_from: if report.is_some() { "report" } else { "names" },
        needs: needs::needs(archive, &mut notes),
        distributions,
        parts,
        entries,
        modules,
        notes,
    })
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

fn part_kind(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::Binary => "native",
        EntryKind::Symlink => "link",
        EntryKind::BootstrapModule | EntryKind::BootstrapPackage | EntryKind::Script => "script",
        EntryKind::Option | EntryKind::Pyz => "format",
        EntryKind::Data | EntryKind::ZipFile | EntryKind::Dependency | EntryKind::Splash => "data",
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

/// A part before distributions have their numbers.
struct Piece {
    path: String,
    kind: &'static str,
    owner: Owner,
    stored: u64,
    unpacked: u64,
    is_entry: bool,
}

struct Builder<'a> {
    owners: &'a Owners,
    modules: Vec<Module>,
    pieces: Vec<Piece>,
}

impl Builder<'_> {
    fn format(&mut self, path: &str, kind: &'static str, length: usize) {
        if length > 0 {
            let size = length as u64;
            let owner =
                if kind == "bootloader" { Owner::named("pyinstaller") } else { Owner::named("(archive format)") };
            let path = path.to_owned();
            self.pieces.push(Piece { path, kind, owner, stored: size, unpacked: size, is_entry: false });
        }
    }

    fn entry(&mut self, entry: &Entry) {
        self.pieces.push(Piece {
            path: entry.name.clone(),
            kind: part_kind(entry.kind),
            owner: self.owners.of_entry(entry),
            stored: entry.place.len() as u64,
            unpacked: entry.size,
            is_entry: true,
        });
    }

    fn pyz(&mut self, entry: &str, pyz: &Pyz, notes: &mut Vec<String>) {
        let mut modules = 0;
        for module in pyz.modules() {
            let unpacked = match pyz.code(module) {
                Ok(code) => Some(code.len() as u64),
                Err(error) => {
                    notes.push(format!("{error}"));
                    None
                }
            };
            let (kind, stored) = (module_kind(module.kind), module.place.len() as u64);
            let owner = self.owners.of_module(&module.name);
            modules += module.place.len();
            self.pieces.push(Piece {
                path: module_path(&module.name, module.kind),
                kind: "module",
                owner: owner.clone(),
                stored,
                unpacked: unpacked.unwrap_or_default(),
                is_entry: false,
            });
            let (name, place) = (module.name.clone(), entry.to_owned());
            self.modules.push(Module { name, kind, place, stored, unpacked, owner });
        }
        self.format(&format!("({entry}: header and table)"), "format", pyz.bytes().len().saturating_sub(modules));
    }

    fn base_library(&mut self, library: Option<&permafreeze_archive::Zip>) {
        for member in library.map(permafreeze_archive::Zip::members).unwrap_or_default() {
            let path = member.name.strip_suffix(".pyc").unwrap_or(&member.name);
            let package = path.strip_suffix("/__init__");
            let name = package.unwrap_or(path).replace('/', ".");
            self.modules.push(Module {
                owner: self.owners.of_module(&name),
                name,
                kind: if package.is_some() { "package" } else { "module" },
                place: "base_library.zip".into(),
                stored: member.place.len() as u64,
                unpacked: Some(member.size),
            });
        }
    }
}

fn module_kind(kind: PyzKind) -> &'static str {
    match kind {
        PyzKind::Module => "module",
        PyzKind::Package => "package",
        PyzKind::NamespacePackage => "namespace-package",
        PyzKind::Data => "data",
    }
}

fn module_path(name: &str, kind: PyzKind) -> String {
    let path = name.replace('.', "/");
    match kind {
        PyzKind::Module | PyzKind::Data => format!("{path}.py"),
        PyzKind::Package | PyzKind::NamespacePackage => format!("{path}/__init__.py"),
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
