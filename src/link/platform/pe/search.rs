//! How Windows finds the libraries (DLLs) that a file imports, as far as a frozen program lets it (PyInstaller,
//! `depend/bindepend.py` and `depend/dylib.py`, without what is looked up on the machine that builds).
//!
//! At run time a library is looked for in the folder of the file that imports it, in the top folder, and in the folders that
//! packages add with `os.add_dll_directory`. Which these are cannot be seen without running code: any folder of the
//! same distribution may be one, and that of another distribution, if no other has a library of the name.
use std::collections::{BTreeSet, VecDeque};

use permafreeze_object::format::NativeFormat;
use permafreeze_packaging::windows;

use super::super::{Found, Needed, Place, Search, first_fitting};
use crate::load::{FileId, Objects};
use crate::tree::{DirId, Entry, Mount, Tree};

/// Folders of the runtime that have libraries: of Python itself, of the standard library's extension modules.
const RUNTIME: [&str; 2] = ["", "DLLs"];
/// The distribution that has the libraries of Microsoft's compiler.
const COMPILER: &str = "msvc-runtime";
/// Where a wheel has what pip puts beside the interpreter (PEP 427).
const FOR_ALL: &str = ".data/data/";
/// Libraries that PyInstaller never collects (`depend/dylib.py`), without `.dll`.
const EXCLUDED: [&str; 14] = [
    "advapi32", "coredll", "crypt32", "gdi32", "kernel32", "msvcrt", "ole32", "oleaut32", "rpcrt4", "shell32",
    "ucrtbase", "user32", "ws2_32", "ntdll",
];

/// The rules for one machine.
pub(super) struct Pe {
    pub(super) machine: &'static str,
}

impl Search for Pe {
    fn format(&self) -> NativeFormat {
        NativeFormat::Pe
    }

    fn machine(&self) -> &'static str {
        self.machine
    }

    /// A library that is loaded is not looked for again, whatever the file is that imports it. One that is wanted when it is
    /// called first may be missing: its caller may know what to do then.
    fn closure(&self, objects: &Objects, tree: &Tree, library: FileId) -> Vec<Needed> {
        let mut seen = BTreeSet::new();
        let mut all = Vec::new();
        let mut queue = VecDeque::from([library]);
        while let Some(file) = queue.pop_front() {
            let Some(native) = &objects.file(file).native else { continue };
            let needed = native.needed.iter().map(|name| (name, false));
            for (name, is_delayed) in needed.chain(native.delayed.iter().map(|name| (name, true))) {
                let key = name.to_ascii_lowercase();
                if self.is_excluded(name) || seen.contains(&key) {
                    continue;
                }
                let (name, found) = self.look_for(objects, tree, name, file);
                match found {
                    Found::Library(place) => queue.push_back(place.file),
                    _ if is_delayed => continue,
                    _ => {}
                }
                seen.insert(key);
                all.push(Needed { name, found });
            }
        }
        all
    }

    fn is_excluded(&self, library: &str) -> bool {
        let library = library.to_ascii_lowercase();
        let stem = library.strip_suffix(".dll").unwrap_or(&library);
        EXCLUDED.contains(&stem) || windows::is_api_set(&library)
    }

    fn is_provided(&self, library: &str) -> bool {
        windows::has_library(library)
    }

    fn provider(&self, library: &str) -> Option<&'static str> {
        windows::is_of_compiler(library).then_some(COMPILER)
    }

    /// A name without a dot gets `.dll` (`LoadLibrary`).
    fn file(&self, tree: &Tree, dir: DirId, name: &str) -> Option<(String, FileId)> {
        let name = if name.contains('.') { name.to_owned() } else { format!("{name}.dll") };
        in_folder(tree, dir, &name).map(|(name, file)| (name.to_owned(), file))
    }

    fn runtime_folders(&self) -> &'static [&'static str] {
        &RUNTIME
    }

    /// `find_library` adds `.dll` as the loader does.
    fn ctypes_file_name(&self, library: &str) -> String {
        library.to_owned()
    }

    fn is_library_name(&self, name: &str) -> bool {
        name.to_ascii_lowercase().ends_with(".dll")
    }

    fn has_links(&self) -> bool {
        false
    }

    fn checksum_files(&self, _: &str, _: &str) -> Vec<(String, String)> {
        Vec::new()
    }

    fn loader_modules(&self) -> &'static [&'static str] {
        &["pyimod04_pywin32"]
    }

    /// pywin32's, which has a `.pth` file (PyInstaller, `loader/pyimod04_pywin32.py`).
    fn keeps_extension(&self, path: &str) -> bool {
        let folder = path.split('/').next().unwrap_or_default().to_ascii_lowercase();
        ["win32", "pythonwin"].contains(&folder.as_str())
    }

    fn path_module(&self) -> &'static str {
        "ntpath"
    }
}

impl Pe {
    /// Returns what a name means that a file imports, and the name as the found file has it.
    fn look_for(&self, objects: &Objects, tree: &Tree, name: &str, importer: FileId) -> (String, Found) {
        let candidates = candidates(objects, tree, name, importer).into_iter();
        let places = candidates.filter_map(|file| Some(Place { file, dir: tree.place(file)? }));
        let found = match first_fitting(self, objects, places) {
            // What an unrelated distribution has of Windows' own libraries is for itself.
            Found::Missing if !self.is_provided(name) => self.of_others(objects, tree, name, importer),
            found => found,
        };
        match found {
            Found::Library(place) => (base_name(objects.path(place.file)).to_owned(), found),
            _ => (name.to_owned(), found),
        }
    }

    /// Looks for a library in all other distributions. Of two with the same bytes either will do. Of the compiler's libraries
    /// only one counts that is installed for all: others have copies in their own folders, which are not searched for this one.
    fn of_others(&self, objects: &Objects, tree: &Tree, name: &str, importer: FileId) -> Found {
        let others = (0..objects.packages).filter(|object| *object != importer.object);
        let named = others.flat_map(|object| named(objects, object, name));
        let is_private = |path: &str| windows::is_of_compiler(name) && !path.contains(FOR_ALL);
        let fits = |file: &FileId| {
            let native = objects.file(*file).native.as_ref();
            native.is_some_and(|native| self.fits(native)) && !is_private(objects.path(*file))
        };
        let mut places = named.filter(fits).filter_map(|file| Some(Place { file, dir: tree.place(file)? }));
        let Some(first) = places.next() else { return Found::Missing };
        let sha256 = |place: &Place| &objects.file(place.file).sha256;
        match places.find(|other| sha256(other) != sha256(&first)) {
            Some(second) => Found::Several(first.file, second.file),
            None => Found::Library(first),
        }
    }
}

/// Returns the files of a name in the order in which they count: the importer's folder, its distribution's folders of
/// libraries (`numpy.libs`), its other folders, the runtime's.
fn candidates(objects: &Objects, tree: &Tree, name: &str, importer: FileId) -> Vec<FileId> {
    let mut files: Vec<FileId> = Vec::new();
    if let Some(dir) = tree.place(importer) {
        files.extend(in_folder(tree, dir, name).map(|(_, file)| file));
    }
    let (libraries, others): (Vec<_>, Vec<_>) =
        named(objects, importer.object, name).partition(|file| objects.path(*file).contains(".libs/"));
    files.extend(libraries.into_iter().chain(others));
    let runtime = tree.root(Mount::Runtime);
    let folders = RUNTIME.iter().filter_map(|folder| match tree.below(runtime, (*folder).as_ref())? {
        Entry::Dir(dir) => Some(dir),
        Entry::File(_) => None,
    });
    files.extend(folders.filter_map(|dir| in_folder(tree, dir, name)).map(|(_, file)| file));
    files
}

/// Returns the file of a folder whose name differs in case at most, and its name.
fn in_folder<'t>(tree: &'t Tree, dir: DirId, name: &str) -> Option<(&'t str, FileId)> {
    tree.entries(dir).find_map(|(known, entry)| match entry {
        Entry::File(file) if known.eq_ignore_ascii_case(name) => Some((known, file)),
        _ => None,
    })
}

/// Returns the native files of an object whose names differ in case at most, sorted by path.
fn named<'o>(objects: &'o Objects, object: u32, name: &'o str) -> impl Iterator<Item = FileId> + 'o {
    let natives = objects.files(object).filter(|(_, _, file)| file.native.is_some());
    natives.filter(move |(_, path, _)| base_name(path).eq_ignore_ascii_case(name)).map(|(file, _, _)| file)
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
