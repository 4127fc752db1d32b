//! The folder that a bundle is unpacked to, or that is delivered: PyInstaller's one-folder layout (`building/api.py`, `COLLECT`).
//!
//! The program is bootloader and archive with scripts, options and PYZ; all other files are in the contents directory.
use permafreeze_executable::bundle::Names;
use permafreeze_executable::format::BASE_LIBRARY_NAME;
use permafreeze_object::format::{Blob, Encoding};

use super::items::{self, Item};
use super::{Error, pyz};
use crate::collection::{Collection, Content, FileKind};
use crate::output::Part;
use crate::platform::Container;

/// The contents directory, as PyInstaller calls it by default; the option `pyi-contents-directory` says it.
pub(crate) const INTERNAL: &str = "_internal";
/// Permission bits of programs and libraries, as the bootloader unpacks them.
const EXECUTABLE: u32 = 0o700;
/// Permission bits of data.
const DATA: u32 = 0o600;

/// The folder.
#[derive(Debug)]
pub(super) struct Folder<'c> {
    /// The executable's name.
    pub(super) name: &'c str,
    /// The program's path.
    pub(super) program: String,
    /// Its files, sorted by path.
    pub(super) files: Vec<File<'c>>,
}

/// A file of the folder.
#[derive(Debug)]
pub(super) struct File<'c> {
    /// Its path.
    pub(super) path: String,
    /// What it is.
    pub(super) kind: Kind<'c>,
}

/// What a file is.
#[derive(Debug)]
pub(super) enum Kind<'c> {
    /// A regular file: permission bits, bytes.
    Regular(u32, Vec<Part<'c>>),
    /// A symbolic link with this target.
    Link(&'c str),
}

impl Folder<'_> {
    /// What a bundle's index calls it and its parts.
    pub(super) fn names(&self) -> Names<'_> {
        Names { name: self.name, program: &self.program, internal: INTERNAL }
    }
}

/// Returns the folder of a collection.
pub(super) fn files<'c>(
    collection: &'c Collection,
    container: &dyn Container,
    base_library: &[u8],
) -> Result<Folder<'c>, Error> {
    let own = format!("{}{}", collection.name, collection.target.program_suffix());
    let mut files = vec![
        File { path: own.clone(), kind: Kind::Regular(EXECUTABLE, program(collection, container)?) },
        internal(BASE_LIBRARY_NAME, Kind::Regular(DATA, vec![Part::Bytes(base_library.to_vec())])),
    ];
    for file in &collection.files {
        let kind = match &file.kind {
            FileKind::Symlink { target } => Kind::Link(target),
            FileKind::Binary | FileKind::Extension | FileKind::ExecutableData => {
                Kind::Regular(EXECUTABLE, bytes(&file.content)?)
            }
            FileKind::Data => Kind::Regular(DATA, bytes(&file.content)?),
        };
        files.push(internal(&file.dest, kind));
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(Folder { name: &collection.name, program: own, files })
}

fn internal<'c>(path: &str, kind: Kind<'c>) -> File<'c> {
    File { path: format!("{INTERNAL}/{path}"), kind }
}

fn bytes(content: &Content) -> Result<Vec<Part<'_>>, Error> {
    Ok(match content {
        Content::Blob { object, blob: blob @ Blob { encoding: Encoding::Frames, .. }, .. } => {
            vec![Part::Frames(object, object.frames(*blob))]
        }
        content => vec![Part::Bytes(content.plain()?)],
    })
}

/// What is compressed as a whole is stored within.
fn program<'c>(collection: &'c Collection, container: &dyn Container) -> Result<Vec<Part<'c>>, Error> {
    let mut all = items::scripts(collection, items::stored);
    let mut rest: Vec<Item<'c>> = vec![pyz::framed(collection.python, &collection.modules)?];
    rest.extend(items::options(collection));
    rest.sort_by(|a, b| (a.entry.kind.letter(), &a.entry.name).cmp(&(b.entry.kind.letter(), &b.entry.name)));
    all.append(&mut rest);
    items::program(collection, container, all)
}
