//! PyInstaller's one-file executable: bootloader, entries, table, cookie (`building/api.py`, `PKG`).
//!
//! The platform's [`Container`] puts the bootloader to the archive. Blobs of objects that are zlib streams already are parts
//! as they are; what is in memory is deflated here, and what an object has in frames.
use permafreeze_executable::format::{BASE_LIBRARY_NAME, EntryKind};
use rayon::prelude::*;

use super::items::{self, Item};
use super::{Error, pyz};
use crate::collection::{Collection, FileKind};
use crate::output::Part;
use crate::platform::Container;

/// Returns all parts of the executable.
pub(super) fn parts<'c>(
    collection: &'c Collection,
    container: &dyn Container,
    base_library: &[u8],
) -> Result<Vec<Part<'c>>, Error> {
    let mut all = items::scripts(collection, items::deflated);
    all.append(&mut sorted(collection, base_library)?);
    items::program(collection, container, all)
}

/// Everything but modules and scripts, which run in the order of the table: by kind and name.
fn sorted<'a>(collection: &'a Collection, base_library: &[u8]) -> Result<Vec<Item<'a>>, Error> {
    let mut items: Vec<_> = collection
        .files
        .par_iter()
        .map(|file| match &file.kind {
            FileKind::Symlink { target } => Ok(symlink(&file.dest, target)),
            kind => items::content(&file.dest, entry_kind(kind), &file.content),
        })
        .collect::<Result<_, Error>>()?;
    items.push(items::deflated(BASE_LIBRARY_NAME, EntryKind::Data, base_library));
    items.push(pyz::deflated(collection.python, &collection.modules)?);
    items.extend(items::options(collection));
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

fn symlink<'a>(dest: &str, target: &str) -> Item<'a> {
    items::stored(dest, EntryKind::Symlink, &[target.as_bytes(), b"\0"].concat())
}
