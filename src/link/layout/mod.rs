//! Decides everything about the executable's bytes: which entries, in which order, how compressed, at which offset.
//! The writer after it makes no choice.
//!
//! A file is a list of [`Part`]s, one after another: the archive's entries, its table and its cookie (PyInstaller:
//! `building/api.py`, `PKG`); the platform's [`Container`] puts the bootloader to it. Blobs of objects that are zlib
//! streams already are parts as they are; what is in memory is deflated here, and what an object has in frames.
use std::collections::BTreeMap;

use permafreeze_executable::base_library;
use permafreeze_executable::carchive::{self, Entry};
use permafreeze_executable::error::LayoutError;
use permafreeze_executable::format::{BASE_LIBRARY_NAME, EntryKind, ModuleKind, PYZ_NAME};
use permafreeze_executable::pyz::{self, Member};
use permafreeze_object::deflate::deflate;
use permafreeze_object::format::Encoding;
use permafreeze_object::reader::ReadError;
use permafreeze_packaging::target::Target;
use rayon::prelude::*;

use crate::collection::{Collection, Content, FileKind, PyzModule, Script};
use crate::output::{OutputFile, Part};
use crate::platform::names::Names;
use crate::platform::{Container, FrameError};

mod check;

/// Permission bits of an executable.
const EXECUTABLE: u32 = 0o755;

/// Why a collection is not an executable.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Two files would be unpacked to one path, or two modules have one name.
    #[error("{what} `{name}` is there twice: from {first} and from {second}")]
    Twice {
        /// `the file` or `the module`.
        what: &'static str,
        /// The path or dotted name.
        name: String,
        /// Owner and path of one.
        first: String,
        /// Owner and path of the other.
        second: String,
    },
    /// A file's path is also the folder of another file.
    #[error("`{parent}` is a file, from {first}, and the folder of `{child}`, from {second}")]
    FileAndFolder {
        /// The path that is both.
        parent: String,
        /// A file in that folder.
        child: String,
        /// Owner and path of the file.
        first: String,
        /// Owner and path of the one in the folder.
        second: String,
    },
    /// The target's file systems do not tell two files apart.
    #[error(
        "`{dest}`, from {first}, and `{other}`, from {second}, are one file on `{target}`: only case tells them apart"
    )]
    Case {
        /// The path of one.
        dest: String,
        /// The path of the other.
        other: String,
        /// Owner and path of one.
        first: String,
        /// Owner and path of the other.
        second: String,
        /// The target.
        target: Target,
    },
    /// A path would lead out of the unpacked folder, or cannot be a path.
    #[error("{origin} cannot be unpacked to `{dest}`: {reason}")]
    Dest {
        /// The path.
        dest: String,
        /// Owner and path.
        origin: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A module has no code, or a namespace package has some.
    #[error("the module `{name}`, from {origin}, must {must}")]
    Code {
        /// Its dotted name.
        name: String,
        /// Owner and path.
        origin: String,
        /// What it must do.
        must: &'static str,
    },
    /// The bootloader would find no libpython.
    #[error("the libpython `{name}` is not among the files")]
    NoLibpython {
        /// Its file name.
        name: String,
    },
    /// An object cannot be read.
    #[error("cannot read an object")]
    Object(#[from] ReadError),
    /// The format cannot hold it.
    #[error("the executable cannot be laid out")]
    Format(#[from] LayoutError),
    /// Bootloader and archive do not become a file.
    #[error("the bootloader and the archive cannot be put together")]
    Frame(#[from] FrameError),
}

/// The files of the executable, and what of them the report needs.
#[derive(Debug)]
pub struct Layout<'a> {
    /// All files; the first one is what is started. One-file: the only one.
    pub files: Vec<OutputFile<'a>>,
    /// base_library.zip.
    pub base_library: Vec<u8>,
}

/// An entry and its bytes.
struct Item<'a> {
    entry: Entry,
    parts: Vec<Part<'a>>,
}

/// Lays out the executable as one file.
///
/// # Errors
/// If the collection does not make an executable, or an object cannot be read.
pub fn lay_out<'c>(collection: &'c Collection, container: &dyn Container) -> Result<Layout<'c>, Error> {
    check::check(collection)?;
    let base_library = base_library(&collection.base_library)?;
    let mut items = sorted_items(collection, &base_library)?;
    let mut all = scripts(EntryKind::Module, &collection.bootstrap);
    all.extend(scripts(EntryKind::Script, &collection.scripts));
    all.append(&mut items);

    let bootloader = collection.bootloader.content.plain()?;
    let names = Names::of(collection.target);
    for item in all.iter_mut().filter(|item| item.entry.kind != EntryKind::Option) {
        item.entry.name = names.entry(&item.entry.name).into_owned();
    }
    let (entries, parts): (Vec<_>, Vec<_>) = all.into_iter().map(|item| (item.entry, item.parts)).unzip();
    let archive = carchive::lay_out(&entries, &collection.libpython, collection.python_version)?;
    let mut parts: Vec<_> = parts.into_iter().flatten().collect();
    parts.extend([Part::Bytes(archive.toc), Part::Bytes(archive.cookie.to_vec())]);
    let parts = container.frame(collection, bootloader, parts)?;
    let path = format!("{}{}", collection.name, collection.target.program_suffix()).into();
    let file = OutputFile { path, mode: EXECUTABLE, parts };
    Ok(Layout { files: vec![file], base_library })
}

/// Everything but modules and scripts, which run in the order of the table: by kind and name.
fn sorted_items<'a>(collection: &'a Collection, base_library: &[u8]) -> Result<Vec<Item<'a>>, Error> {
    let mut items: Vec<_> = collection
        .files
        .par_iter()
        .map(|file| match &file.kind {
            FileKind::Symlink { target } => Ok(symlink(&file.dest, target)),
            kind => content_item(&file.dest, entry_kind(kind), &file.content),
        })
        .collect::<Result<_, Error>>()?;
    items.push(bytes_item(BASE_LIBRARY_NAME, EntryKind::Data, base_library));
    items.push(pyz_item(&collection.modules)?);
    items.extend(collection.options.iter().map(|option| stored_item(option, EntryKind::Option, Vec::new())));
    items.sort_by(|a, b| (a.entry.kind.letter(), &a.entry.name).cmp(&(b.entry.kind.letter(), &b.entry.name)));
    Ok(items)
}

fn entry_kind(kind: &FileKind) -> EntryKind {
    match kind {
        // Data with the executable bit is unpacked as a binary: nothing else gets the bit at run time.
        FileKind::Binary | FileKind::Extension | FileKind::ExecutableData => EntryKind::Binary,
        FileKind::Data => EntryKind::Data,
        FileKind::Symlink { .. } => EntryKind::Symlink,
    }
}

fn scripts<'a>(kind: EntryKind, scripts: &[Script]) -> Vec<Item<'a>> {
    scripts.par_iter().map(|script| bytes_item(&script.name, kind, &script.code)).collect()
}

fn symlink<'a>(dest: &str, target: &str) -> Item<'a> {
    stored_item(dest, EntryKind::Symlink, [target.as_bytes(), b"\0"].concat())
}

fn content_item<'a>(name: &str, kind: EntryKind, content: &'a Content) -> Result<Item<'a>, Error> {
    Ok(match content {
        Content::Bytes(bytes) => bytes_item(name, kind, bytes),
        Content::Blob { object, blob, size } => {
            let deflated = match blob.encoding {
                Encoding::Deflated => true,
                Encoding::Stored => false,
                Encoding::Frames | Encoding::Member { .. } => return Ok(bytes_item(name, kind, &content.plain()?)),
            };
            let entry = Entry { name: name.to_owned(), kind, stored: blob.length, size: *size, deflated };
            Item { entry, parts: vec![Part::Blob(object, *blob)] }
        }
    })
}

/// Bytes in memory: deflated if that makes them smaller.
fn bytes_item<'a>(name: &str, kind: EntryKind, bytes: &[u8]) -> Item<'a> {
    let stream = deflate(bytes);
    if stream.len() >= bytes.len() {
        return stored_item(name, kind, bytes.to_vec());
    }
    let entry =
        Entry { name: name.to_owned(), kind, stored: stream.len() as u64, size: bytes.len() as u64, deflated: true };
    Item { entry, parts: vec![Part::Bytes(stream)] }
}

fn stored_item<'a>(name: &str, kind: EntryKind, bytes: Vec<u8>) -> Item<'a> {
    let length = bytes.len() as u64;
    let entry = Entry { name: name.to_owned(), kind, stored: length, size: length, deflated: false };
    Item { entry, parts: vec![Part::Bytes(bytes)] }
}

/// The PYZ: stored, because the importer reads it in place; its modules are streams already.
fn pyz_item(modules: &[PyzModule]) -> Result<Item<'_>, Error> {
    let streams: BTreeMap<_, _> = modules
        .par_iter()
        .map(|module| Ok((module.name.as_str(), (module.kind, stream(module)?))))
        .collect::<Result<_, Error>>()?;
    let members = streams
        .iter()
        .map(|(name, (kind, part))| (*name, Member { kind: *kind, stored: part.as_ref().map_or(0, Part::length) }))
        .collect();
    let layout = pyz::lay_out(&members)?;
    let entry = Entry {
        name: PYZ_NAME.to_owned(),
        kind: EntryKind::Pyz,
        stored: layout.length,
        size: layout.length,
        deflated: false,
    };
    let streams = streams.into_values().filter_map(|(_, part)| part);
    let parts =
        [Part::Bytes(layout.header.to_vec())].into_iter().chain(streams).chain([Part::Bytes(layout.toc)]).collect();
    Ok(Item { entry, parts })
}

fn stream(module: &PyzModule) -> Result<Option<Part<'_>>, Error> {
    Ok(match &module.code {
        None => None,
        Some(Content::Blob { object, blob, .. }) if blob.encoding == Encoding::Deflated => {
            Some(Part::Blob(object, *blob))
        }
        Some(content) => Some(Part::Bytes(deflate(&content.plain()?))),
    })
}

fn base_library(modules: &[PyzModule]) -> Result<Vec<u8>, Error> {
    let members: BTreeMap<_, _> = modules
        .par_iter()
        .filter(|module| module.kind != ModuleKind::NamespacePackage)
        .filter_map(|module| module.code.as_ref().map(|code| (module, code)))
        .map(|(module, code)| {
            let path = base_library::path(&module.name, module.kind);
            Ok((path, base_library::pyc(&code.plain()?)))
        })
        .collect::<Result<_, Error>>()?;
    Ok(base_library::write(&members)?)
}
