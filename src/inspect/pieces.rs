//! The parts of an executable: a piece for everything that takes bytes of it.
use std::collections::BTreeMap;
use std::ops::Range;

use permafreeze_archive::{Bundle, Entry, EntryKind, Executable, Pyz, PyzKind, Result, Zip};

use crate::owners::{Owner, Owners};
use crate::rows::{Module, TableEntry};

/// A part before distributions have their numbers.
pub(crate) struct Piece {
    pub path: String,
    pub kind: &'static str,
    pub owner: Owner,
    pub stored: u64,
    pub unpacked: u64,
    pub is_entry: bool,
    place: Place,
    /// The entry and the module that it is, by their numbers.
    entry: Option<usize>,
    module: Option<usize>,
}

/// Where a piece is: in the program, in a file beside it, or only in a bundle itself.
enum Place {
    Program(Range<usize>),
    File(usize, Range<usize>),
    Bundle,
}

/// Collects pieces and modules.
pub(crate) struct Builder<'a> {
    owners: &'a Owners,
    modules: Vec<Module>,
    pieces: Vec<Piece>,
}

impl<'a> Builder<'a> {
    /// Makes an empty one.
    pub(crate) fn new(owners: &'a Owners) -> Builder<'a> {
        Builder { owners, modules: Vec::new(), pieces: Vec::new() }
    }

    /// Adds the program and the files beside it.
    ///
    /// # Errors
    /// [`permafreeze_archive::Error::Malformed`] if a PYZ has no readable table.
    pub(crate) fn program(&mut self, executable: &Executable, notes: &mut Vec<String>) -> Result<()> {
        let program = executable.program();
        self.format("(bootloader)", "bootloader", program.bootloader());
        let entries = || executable.entries().iter().enumerate();
        for (number, entry) in entries().filter(|(_, entry)| entry.kind != EntryKind::Pyz) {
            self.entry(number, entry);
        }
        for (number, entry) in entries().filter(|(_, entry)| entry.kind == EntryKind::Pyz) {
            let base = if entry.compressed { 0 } else { entry.place.start };
            self.pyz((number, entry), &Pyz::parse_at(program.data(entry)?, base)?, notes);
        }
        self.format("(table of contents)", "format", program.toc());
        self.format("(cookie)", "format", program.cookie());
        self.format("(after the package)", "format", program.trailer());
        Ok(())
    }

    fn format(&mut self, path: &str, kind: &'static str, place: Range<usize>) {
        if !place.is_empty() {
            let owner = if kind == "bootloader" { "pyinstaller" } else { "(archive format)" };
            self.add(path, kind, Owner::named(owner), Place::Program(place));
        }
    }

    fn add(&mut self, path: &str, kind: &'static str, owner: Owner, place: Place) -> &mut Piece {
        let size = match &place {
            Place::Program(range) | Place::File(_, range) => range.len() as u64,
            Place::Bundle => 0,
        };
        let (path, stored, unpacked) = (path.to_owned(), size, size);
        self.pieces.push(Piece {
            path,
            kind,
            owner,
            stored,
            unpacked,
            is_entry: false,
            place,
            entry: None,
            module: None,
        });
        let last = self.pieces.len() - 1;
        &mut self.pieces[last]
    }

    fn entry(&mut self, number: usize, entry: &Entry) {
        let place = match entry.file {
            None => Place::Program(entry.place.clone()),
            Some(file) => Place::File(file, entry.place.clone()),
        };
        let owner = self.owners.of_entry(entry);
        let piece = self.add(&entry.name, part_kind(entry.kind), owner, place);
        (piece.unpacked, piece.is_entry, piece.entry) = (entry.size, true, Some(number));
    }

    fn pyz(&mut self, (number, entry): (usize, &Entry), pyz: &Pyz, notes: &mut Vec<String>) {
        let start = entry.place.start;
        // Of one that is compressed as a whole, only the whole has a place.
        let place = |place: Range<usize>| match entry.compressed {
            false => Place::Program(start + place.start..start + place.end),
            true => Place::Program(entry.place.end..entry.place.end),
        };
        let mut sum = 0;
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
            sum += module.place.len();
            let of = self.modules.len();
            let path = module_path(&module.name, module.kind);
            let piece = self.add(&path, "module", owner.clone(), place(module.place.clone()));
            (piece.stored, piece.unpacked) = (stored, unpacked.unwrap_or_default());
            (piece.entry, piece.module) = (Some(number), Some(of));
            let (name, place) = (module.name.clone(), entry.name.clone());
            self.modules.push(Module { name, kind, place, stored, unpacked, owner });
        }
        let overhead = pyz.bytes().len().saturating_sub(sum);
        if overhead > 0 {
            let table = if entry.compressed { Place::Program(entry.place.clone()) } else { place(pyz.toc()) };
            let path = format!("({}: header and table)", entry.name);
            let piece = self.add(&path, "format", Owner::named("(archive format)"), table);
            (piece.stored, piece.unpacked, piece.entry) = (overhead as u64, overhead as u64, Some(number));
        }
    }

    /// Adds the modules of base_library.zip.
    pub(crate) fn base_library(&mut self, library: Option<&Zip>) {
        for member in library.map(Zip::members).unwrap_or_default() {
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

    /// Returns the modules and the pieces, whose stored bytes are those of the executable. In a bundle that is their
    /// share of the frames, of entries and modules too.
    pub(crate) fn finish(mut self, executable: &Executable, entries: &mut [TableEntry]) -> (Vec<Module>, Vec<Piece>) {
        if let (Some(bundle), Some(own)) = (executable.bundle(), executable.own()) {
            self.share(bundle, own, executable.files().len());
            entries.iter_mut().for_each(|entry| entry.stored = 0);
            for piece in &self.pieces {
                if let Some(entry) = piece.entry.and_then(|number| entries.get_mut(number)) {
                    entry.stored += piece.stored;
                }
                if let Some(module) = piece.module.and_then(|number| self.modules.get_mut(number)) {
                    module.stored = piece.stored;
                }
            }
        }
        let covered: u64 = self.pieces.iter().map(|piece| piece.stored).sum();
        let gaps = executable.size().saturating_sub(covered);
        if gaps > 0 {
            let piece = self.add("(gaps)", "format", Owner::named("(archive format)"), Place::Bundle);
            (piece.stored, piece.unpacked) = (gaps, gaps);
        }
        (self.modules, self.pieces)
    }

    /// Gives each piece what falls to it of the frames, and adds the bundle's own parts.
    fn share(&mut self, bundle: &Bundle, own: usize, files: usize) {
        let mut by_file: Vec<Vec<(Range<usize>, usize)>> = vec![Vec::new(); files];
        for (number, piece) in self.pieces.iter_mut().enumerate() {
            piece.stored = 0;
            let (file, place) = match &piece.place {
                Place::Program(place) => (own, place),
                Place::File(file, place) => (*file, place),
                Place::Bundle => continue,
            };
            if !place.is_empty() {
                by_file[file].push((place.clone(), number));
            }
        }
        let mut ends = Vec::new();
        let mut pieces_of: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        for (file, places) in by_file.iter_mut().enumerate() {
            places.sort_by_key(|(place, _)| (place.start, place.end));
            let mut cuts = Vec::new();
            for (place, piece) in places.iter() {
                if place.start > cuts.last().copied().unwrap_or(0) {
                    cuts.push(place.start);
                }
                pieces_of.insert((file, cuts.len()), *piece);
                cuts.push(place.end);
            }
            ends.push(cuts);
        }
        for share in bundle.shares(&ends) {
            if let Some(piece) = pieces_of.get(&(share.file, share.part)) {
                self.pieces[*piece].stored += share.place.len() as u64;
            }
        }
        let own_parts = [("(launcher)", "bootloader", bundle.launcher()), ("(index)", "format", bundle.index())];
        for (path, kind, place) in own_parts.into_iter().chain([("(footer)", "format", bundle.footer())]) {
            let owner = if kind == "bootloader" { "permafreeze" } else { "(archive format)" };
            let piece = self.add(path, kind, Owner::named(owner), Place::Bundle);
            (piece.stored, piece.unpacked) = (place.len() as u64, place.len() as u64);
        }
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
