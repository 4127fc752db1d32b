//! What depends on the target's file format, in two halves: how its loader finds libraries ([`Search`]), and how a
//! bootloader and an archive become a file that it starts ([`Container`]).
//!
//! To add a format: a module beside [`elf`] with both halves, and its targets in [`Platform::of`].
pub mod elf;
pub mod macho;
pub mod names;
pub mod pe;

use std::collections::BTreeMap;

use permafreeze_object::format::{Native, NativeFormat};
use permafreeze_object::reader::ReadError;
use permafreeze_packaging::target::{Os, Target};

use crate::collection::Collection;
use crate::error::LinkError;
use crate::load::{FileId, Objects};
use crate::output::Part;
use crate::tree::{DirId, Tree};

/// The rules of one target.
pub struct Platform {
    /// How libraries are found.
    pub search: Box<dyn Search + Send + Sync>,
    /// How the executable's file is made.
    pub container: Box<dyn Container + Send + Sync>,
}

impl Platform {
    /// Chooses the rules of a target.
    pub fn of(target: Target) -> Platform {
        let machine = target.architecture().machine();
        match target.os() {
            Os::Linux => elf::platform(machine),
            Os::Darwin => macho::platform(machine),
            Os::Windows => pe::platform(machine),
        }
    }
}

/// What a needed name means, for one file format and machine.
pub trait Search {
    /// Returns the format of native files.
    fn format(&self) -> NativeFormat;

    /// Returns the machine, in Nix's words (`x86_64`).
    fn machine(&self) -> &'static str;

    /// Returns what the dynamic loader would look for on behalf of a library, each needed name once, and what it would
    /// find in the tree.
    fn closure(&self, objects: &Objects, tree: &Tree, library: FileId) -> Vec<Needed>;

    /// Tells whether a library is never collected, wherever it is found.
    fn is_excluded(&self, library: &str) -> bool;

    /// Tells whether every system that the target stands for has the library.
    fn is_provided(&self, library: &str) -> bool;

    /// Returns the distribution to lock if no locked one has the library, but the target's systems may lack it, too.
    fn provider(&self, _library: &str) -> Option<&'static str> {
        None
    }

    /// Returns the file that the loader takes in a folder for a name, and its name there.
    fn file(&self, tree: &Tree, dir: DirId, name: &str) -> Option<(String, FileId)> {
        Some((name.to_owned(), tree.file(dir, name)?))
    }

    /// Returns the runtime's folders that have libraries, by path in it.
    fn runtime_folders(&self) -> &'static [&'static str] {
        &["lib"]
    }

    /// Returns the file name that `ctypes.util.find_library` looks for.
    fn ctypes_file_name(&self, library: &str) -> String;

    /// Tells whether a name that is given to ctypes can be a library's file name here.
    fn is_library_name(&self, name: &str) -> bool;

    /// Tells whether a library of a package gets a link in the top folder, where the loader looks at run time.
    fn has_links(&self) -> bool;

    /// Returns the paths beside a library where a checksum of it may lie, and where each goes: relative to the
    /// library's folder and to the executable's. `name` and `folder` are the library's in the executable.
    fn checksum_files(&self, folder: &str, name: &str) -> Vec<(String, String)>;

    /// Returns the modules of PyInstaller's loader that are for this system alone, in the order in which they run.
    fn loader_modules(&self) -> &'static [&'static str] {
        &[]
    }

    /// Tells whether a top-level extension module at a path of site-packages keeps it, for the loader's modules put its
    /// folder on `sys.path`.
    fn keeps_extension(&self, _path: &str) -> bool {
        false
    }

    /// Returns the file name of a library by which another one needs it.
    fn file_name<'n>(&self, needed: &'n str) -> &'n str {
        needed
    }

    /// Returns the libraries that the target would not load as they are where they lie, changed so that it does, by
    /// their destinations. Most formats need none.
    ///
    /// # Errors
    /// [`LinkError::Change`] if one cannot be changed; if an object cannot be read.
    fn changes(&self, _objects: &Objects, _collected: &Collected) -> Result<BTreeMap<String, Change>, LinkError> {
        Ok(BTreeMap::new())
    }

    /// Returns the module that `os.path` is another name of.
    fn path_module(&self) -> &'static str;

    /// Tells whether the target can load a library.
    fn fits(&self, native: &Native) -> bool {
        native.format == self.format() && native.machines.iter().any(|machine| machine == self.machine())
    }

    /// Tells whether a library is of the target's format, but for another machine.
    fn is_foreign(&self, native: &Native) -> bool {
        native.format == self.format() && !self.fits(native)
    }
}

/// How bootloader and archive become one file, for one file format.
pub trait Container {
    /// Returns all parts of the collection's executable. A format may change the bootloader's head and add a tail.
    ///
    /// # Errors
    /// If a part cannot be read, or the bootloader is not what the format expects.
    fn frame<'a>(
        &self,
        collection: &Collection,
        bootloader: Vec<u8>,
        archive: Vec<Part<'a>>,
    ) -> Result<Vec<Part<'a>>, FrameError>;
}

/// Why bootloader and archive do not become a file.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// A part cannot be read.
    #[error("cannot read an object")]
    Object(#[from] ReadError),
    /// The bootloader cannot be edited.
    #[error("the bootloader is not one of PyInstaller's: {problem}")]
    Bootloader {
        /// What is wrong with it.
        problem: String,
    },
    /// The format cannot say its length.
    #[error("the executable would have `{length}` bytes, `{}` are the most", u32::MAX)]
    TooLarge {
        /// Its length in bytes.
        length: u64,
    },
}

/// Where a library lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The library.
    pub file: FileId,
    /// The folder in which it was found.
    pub dir: DirId,
}

/// Returns the first library of `places` that the target loads; if none is, the first one for another machine.
fn first_fitting<S: Search>(search: &S, objects: &Objects, places: impl IntoIterator<Item = Place>) -> Found {
    let mut foreign = None;
    for place in places {
        match &objects.file(place.file).native {
            Some(native) if search.fits(native) => return Found::Library(place),
            Some(native) if search.is_foreign(native) => foreign = foreign.or(Some(place.file)),
            _ => {}
        }
    }
    foreign.map_or(Found::Missing, Found::Foreign)
}

/// A name that a library needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needed {
    /// The name.
    pub name: String,
    /// What it means.
    pub found: Found,
}

/// What a needed name means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// A library of the tree.
    Library(Place),
    /// Only libraries for another machine: this is the first. The loader passes over it.
    Foreign(FileId),
    /// Different libraries of other distributions: these are the first two.
    Several(FileId, FileId),
    /// Nothing of the tree.
    Missing,
}

/// What lies in the executable's folder at run time.
#[derive(Debug, Default)]
pub struct Collected {
    /// Files by path.
    pub files: BTreeMap<String, FileId>,
    /// Links and where they lead, both as paths in the executable's folder.
    pub links: BTreeMap<String, String>,
}

/// A library that differs from its owner's.
#[derive(Debug)]
pub struct Change {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Why and how it was changed.
    pub reason: String,
}
