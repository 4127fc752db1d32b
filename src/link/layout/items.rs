//! Entries of the archive, each with its bytes (PyInstaller: `archive/writers.py`).
use permafreeze_executable::carchive::{self, Entry};
use permafreeze_executable::format::EntryKind;
use permafreeze_object::deflate::deflate;
use permafreeze_object::format::Encoding;
use rayon::prelude::*;

use super::Error;
use crate::collection::{Collection, Content, Script};
use crate::output::Part;
use crate::platform::Container;
use crate::platform::names::Names;

/// An entry and its bytes.
pub(super) struct Item<'a> {
    pub(super) entry: Entry,
    pub(super) parts: Vec<Part<'a>>,
}

/// Returns all parts of the program that has the items, in that order.
pub(super) fn program<'c>(
    collection: &'c Collection,
    container: &dyn Container,
    mut items: Vec<Item<'c>>,
) -> Result<Vec<Part<'c>>, Error> {
    let names = Names::of(collection.target);
    for item in items.iter_mut().filter(|item| item.entry.kind != EntryKind::Option) {
        item.entry.name = names.entry(&item.entry.name).into_owned();
    }
    let (entries, parts): (Vec<_>, Vec<_>) = items.into_iter().map(|item| (item.entry, item.parts)).unzip();
    let archive = carchive::lay_out(&entries, &collection.libpython, collection.python.version())?;
    let mut parts: Vec<_> = parts.into_iter().flatten().collect();
    parts.extend([Part::Bytes(archive.toc), Part::Bytes(archive.cookie.to_vec())]);
    let bootloader = collection.bootloader.content.plain()?;
    Ok(container.frame(collection, bootloader, parts)?)
}

/// Modules and scripts, which run in the order of the table.
pub(super) fn scripts<'a>(collection: &Collection, item: fn(&str, EntryKind, &[u8]) -> Item<'a>) -> Vec<Item<'a>> {
    let each = |kind, scripts: &[Script]| -> Vec<Item<'a>> {
        scripts.par_iter().map(|script| item(&script.name, kind, &script.code)).collect()
    };
    let modules = each(EntryKind::Module, &collection.bootstrap);
    modules.into_iter().chain(each(EntryKind::Script, &collection.scripts)).collect()
}

/// Options of the bootloader.
pub(super) fn options<'a>(collection: &Collection) -> impl Iterator<Item = Item<'a>> {
    collection.options.iter().map(|option| stored(option, EntryKind::Option, &[]))
}

/// A collected file's bytes, as an object has them where that is a form that an archive takes.
pub(super) fn content<'a>(name: &str, kind: EntryKind, content: &'a Content) -> Result<Item<'a>, Error> {
    let Content::Blob { object, blob, size } = content else { return Ok(deflated(name, kind, &content.plain()?)) };
    let is_deflated = match blob.encoding {
        Encoding::Deflated => true,
        Encoding::Stored => false,
        Encoding::Frames | Encoding::Member { .. } => return Ok(deflated(name, kind, &content.plain()?)),
    };
    let entry = Entry { name: name.to_owned(), kind, stored: blob.length, size: *size, deflated: is_deflated };
    Ok(Item { entry, parts: vec![Part::Blob(object, *blob)] })
}

/// Bytes in memory: deflated if that makes them smaller.
pub(super) fn deflated<'a>(name: &str, kind: EntryKind, bytes: &[u8]) -> Item<'a> {
    let stream = deflate(bytes);
    if stream.len() >= bytes.len() {
        return stored(name, kind, bytes);
    }
    let entry =
        Entry { name: name.to_owned(), kind, stored: stream.len() as u64, size: bytes.len() as u64, deflated: true };
    Item { entry, parts: vec![Part::Bytes(stream)] }
}

/// Bytes in memory, as they are.
pub(super) fn stored<'a>(name: &str, kind: EntryKind, bytes: &[u8]) -> Item<'a> {
    let length = bytes.len() as u64;
    let entry = Entry { name: name.to_owned(), kind, stored: length, size: length, deflated: false };
    Item { entry, parts: vec![Part::Bytes(bytes.to_vec())] }
}
