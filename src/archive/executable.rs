//! An executable in any of its forms: one file that is unpacked at every start, one that is unpacked once, or a folder.
//!
//! All forms hold the same: a program (bootloader and package) with scripts and modules, and files. In a onefile the
//! files are entries of the package; else they lie beside the program, in the folder that the package names.
//! [`Executable::entries`] has all of it in one shape and one order.
use std::borrow::Cow;

use camino::{Utf8Path, Utf8PathBuf};

use crate::bundle::Bundle;
use crate::unpacked::Unpacked;
use crate::{Archive, BASE_LIBRARY, Entry, EntryKind, Error, Pyz, Result, Zip, folder, tarball};

/// The option that names the folder of files (PyInstaller's `building/api.py`).
const CONTENTS: &str = "pyi-contents-directory ";
/// What files are called that Windows loads or runs: their modes say nothing.
const LOADED: [&str; 3] = [".dll", ".pyd", ".exe"];

/// How an executable is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// One file that PyInstaller's bootloader unpacks at every start.
    Onefile,
    /// One file that the launcher unpacks once (`permafreeze_bundle`).
    Bundle,
    /// A folder: the program and the files beside it; or the archive of one.
    Onedir,
}

impl Form {
    /// The form in one word.
    pub fn name(self) -> &'static str {
        match self {
            Form::Onefile => "onefile",
            Form::Bundle => "bundle",
            Form::Onedir => "onedir",
        }
    }
}

/// An executable, in memory.
#[derive(Debug, Clone)]
pub struct Executable {
    form: Form,
    program: Archive,
    bundle: Option<Bundle>,
    /// The archive that the folder is in.
    tarball: Option<Vec<u8>>,
    files: Vec<Unpacked>,
    /// The number of the program among the files.
    own: Option<usize>,
    entries: Vec<Entry>,
    strays: Vec<String>,
}

impl Executable {
    /// Reads an executable: a folder, its archive, or a file in the form that its last bytes tell.
    ///
    /// # Errors
    /// [`Error::Unreadable`] if it cannot be read, [`Error::Malformed`] if it is larger than [`crate::FILE_LIMIT`] or
    /// no executable.
    pub fn open(path: &Utf8Path) -> Result<Executable> {
        if path.is_dir() {
            return Executable::of_folder(folder::read(path)?);
        }
        let (mut file, length) = crate::opened(path)?;
        let unreadable = |source| crate::unreadable(path, source);
        let is_whole = tarball::begins(&mut file).map_err(unreadable)?
            || folder::ends_as_bundle(&mut file, length).map_err(unreadable)?;
        match is_whole {
            true => Executable::parse(crate::contents(path, file, length)?),
            false => Archive::open(path).map(Executable::from),
        }
    }

    /// Reads a whole file.
    ///
    /// # Errors
    /// [`Error::Malformed`] if it is no executable.
    pub fn parse(bytes: Vec<u8>) -> Result<Executable> {
        if tarball::is_one(&bytes) {
            let executable = Executable::of_folder(tarball::read(&bytes)?)?;
            return match executable.strays.first() {
                None => Ok(Executable { tarball: Some(bytes), ..executable }),
                Some(stray) => {
                    let problem = format!("has the file `{}` beside the program", stray.escape_debug());
                    Err(Error::malformed("tar archive", 0, problem))
                }
            };
        }
        if !Bundle::is_one(&bytes) {
            return Archive::parse(bytes).map(Executable::from);
        }
        let (bundle, files) = Bundle::parse(bytes)?;
        let name = &bundle.contents().program;
        let own = files.iter().position(|file| file.path == *name && !file.is_link()).ok_or_else(|| {
            let problem = format!("says that the program is `{}`, which is no file of it", name.escape_debug());
            Error::malformed("index", bundle.end().offset, problem)
        })?;
        let program = Archive::parse(files[own].bytes()?.to_vec()).map_err(|error| within(name, error))?;
        let internal = bundle.contents().internal.clone();
        let executable = Executable::new(Form::Bundle, program, files, own, &internal);
        match executable.strays.first() {
            None => Ok(Executable { bundle: Some(bundle), ..executable }),
            Some(stray) => {
                let problem = format!("has the file `{}` outside of `{internal}`", stray.escape_debug());
                Err(Error::malformed("index", bundle.end().offset, problem))
            }
        }
    }

    /// The program is the one file beside the others that has a package.
    fn of_folder(files: Vec<Unpacked>) -> Result<Executable> {
        let mut found = Vec::new();
        for (number, file) in files.iter().enumerate().filter(|(_, file)| !file.path.contains('/') && !file.is_link()) {
            if crate::cookie::is_within(file.raw()) {
                found.push(number);
            }
        }
        let [own] = found[..] else {
            let names: Vec<&str> = found.iter().map(|number| files[*number].path.as_str()).collect();
            let problem = match names.as_slice() {
                [] => "no file in it is a program of PyInstaller".to_owned(),
                names => format!("has several programs: `{}`", names.join("`, `")),
            };
            return Err(Error::malformed("folder", 0, problem));
        };
        let program = Archive::parse(files[own].raw().to_vec()).map_err(|error| within(&files[own].path, error))?;
        let options = program.entries().iter().filter(|entry| entry.kind == EntryKind::Option);
        let internal = options.filter_map(|entry| entry.name.strip_prefix(CONTENTS)).next().unwrap_or("_internal");
        let internal = internal.to_owned();
        Ok(Executable::new(Form::Onedir, program, files, own, &internal))
    }

    fn new(form: Form, program: Archive, files: Vec<Unpacked>, own: usize, internal: &str) -> Executable {
        let prefix = if internal == "." { String::new() } else { format!("{internal}/") };
        let is_code = |entry: &&Entry| entry.kind.is_code();
        let mut rest: Vec<Entry> = program.entries().iter().filter(|entry| !is_code(entry)).cloned().collect();
        let mut strays = Vec::new();
        for (number, file) in files.iter().enumerate().filter(|(number, _)| *number != own) {
            match file.path.strip_prefix(&prefix) {
                Some(name) => rest.push(entry(name, file, number, program.is_for_windows())),
                None => strays.push(file.path.clone()),
            }
        }
        // As PyInstaller's onefile has them.
        rest.sort_by(|a, b| (a.kind.letter(), &a.name).cmp(&(b.kind.letter(), &b.name)));
        let entries = program.entries().iter().filter(is_code).cloned().chain(rest).collect();
        Executable { form, program, bundle: None, tarball: None, files, own: Some(own), entries, strays }
    }

    /// Its form.
    pub fn form(&self) -> Form {
        self.form
    }

    /// The program: bootloader and package. A onefile is one as a whole.
    pub fn program(&self) -> &Archive {
        &self.program
    }

    /// The file that a user gets, as a whole: the one that is started, or the archive; of a folder on disk the program.
    pub fn bytes(&self) -> &[u8] {
        match (&self.bundle, &self.tarball) {
            (Some(bundle), _) => bundle.bytes(),
            (None, Some(tarball)) => tarball,
            (None, None) => self.program.bytes(),
        }
    }

    /// Tells whether it is the archive of a folder: what is started is in no file of its own yet.
    pub fn is_packed(&self) -> bool {
        self.tarball.is_some()
    }

    /// Returns the path of the file that a user starts, of the executable at `path`: in a folder the program.
    pub fn start(&self, path: &Utf8Path) -> Utf8PathBuf {
        let own = self
            .own
            .filter(|_| self.form == Form::Onedir && !self.is_packed())
            .and_then(|number| self.files.get(number));
        own.map_or_else(|| path.to_owned(), |file| path.join(&file.path))
    }

    /// The ranges of a bundle.
    pub fn bundle(&self) -> Option<&Bundle> {
        self.bundle.as_ref()
    }

    /// The files that are unpacked, the program among them, sorted by path; none of a onefile.
    pub fn files(&self) -> &[Unpacked] {
        &self.files
    }

    /// The number of the program among the files.
    pub fn own(&self) -> Option<usize> {
        self.own
    }

    /// Paths of files of a folder that are neither its program nor where the program looks for files.
    pub fn strays(&self) -> &[String] {
        &self.strays
    }

    /// How many bytes it has on disk: of a folder all its files.
    pub fn size(&self) -> u64 {
        match self.form {
            Form::Onedir => self.unpacked().unwrap_or_default(),
            Form::Onefile | Form::Bundle => self.bytes().len() as u64,
        }
    }

    /// How many bytes the files have together that are unpacked, the program among them; nothing is said of a onefile.
    pub fn unpacked(&self) -> Option<u64> {
        let regular = self.files.iter().filter(|file| !file.is_link());
        (self.form != Form::Onefile).then(|| regular.map(|file| file.raw().len() as u64).sum())
    }

    /// The entries of the package and the files beside the program: scripts as the package has them, then the others,
    /// of a bundle or folder by letter and name as PyInstaller's onefile has them. A link's content is its target and a
    /// NUL, as there.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The stored bytes of an entry of this executable; of a file its bytes.
    pub fn raw(&self, entry: &Entry) -> &[u8] {
        match entry.file {
            None => self.program.raw(entry),
            Some(number) => self.files.get(number).map(Unpacked::raw).unwrap_or_default(),
        }
    }

    /// The content of an entry: exactly [`Entry::size`] bytes.
    ///
    /// # Errors
    /// Those of [`Archive::data`] and [`Unpacked::bytes`].
    pub fn data(&self, entry: &Entry) -> Result<Cow<'_, [u8]>> {
        match entry.file.and_then(|number| self.files.get(number)) {
            None => self.program.data(entry).map(Cow::Owned),
            Some(file) => file.bytes().map(Cow::Borrowed),
        }
    }

    /// Every PYZ with its entry's name.
    ///
    /// # Errors
    /// [`Error::Malformed`] if one cannot be read.
    pub fn pyz(&self) -> Result<Vec<(String, Pyz)>> {
        self.program.pyz()
    }

    /// `base_library.zip`: what Python needs before it can import from the PYZ.
    ///
    /// # Errors
    /// [`Error::Malformed`] if it cannot be read.
    pub fn base_library(&self) -> Result<Option<Zip>> {
        let found = self.entries.iter().find(|entry| entry.name == BASE_LIBRARY && entry.kind.is_extracted());
        found.map(|entry| Zip::parse(self.data(entry)?.into_owned())).transpose()
    }

    /// The version of Python, as `(3, 13)`.
    pub fn python(&self) -> (u8, u8) {
        self.program.python()
    }

    /// The file name of Python's library, as `libpython3.13.so.1.0`.
    pub fn python_library(&self) -> &str {
        self.program.python_library()
    }
}

impl From<Archive> for Executable {
    /// A onefile.
    fn from(program: Archive) -> Executable {
        let entries = program.entries().to_vec();
        let (bundle, tarball, files, strays) = (None, None, Vec::new(), Vec::new());
        Executable { form: Form::Onefile, program, bundle, tarball, files, own: None, entries, strays }
    }
}

/// A file as an entry of a package.
fn entry(name: &str, file: &Unpacked, number: usize, windows: bool) -> Entry {
    let lower = name.to_ascii_lowercase();
    let loaded = match windows {
        true => LOADED.iter().any(|suffix| lower.ends_with(suffix)),
        false => file.mode.unwrap_or_default() & 0o111 != 0,
    };
    let kind = match (file.is_link(), loaded) {
        (true, _) => EntryKind::Symlink,
        (false, true) => EntryKind::Binary,
        (false, false) => EntryKind::Data,
    };
    let place = 0..file.raw().len();
    Entry { name: name.to_owned(), kind, size: place.len() as u64, place, compressed: false, file: Some(number) }
}

/// An error of the program's file: its offsets count from that file's begin.
fn within(name: &str, error: Error) -> Error {
    match error {
        Error::Malformed { what, offset, problem } => {
            Error::Malformed { what: format!("program `{}`: {what}", name.escape_debug()), offset, problem }
        }
        other => other,
    }
}
