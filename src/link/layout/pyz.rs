//! The PYZ: stored in the archive, because the importer reads it in place; each of its modules is a zlib stream.
use std::collections::BTreeMap;
use std::sync::Arc;

use permafreeze_executable::carchive::Entry;
use permafreeze_executable::format::{EntryKind, PYZ_NAME};
use permafreeze_executable::pyz::{self, Member};
use permafreeze_object::deflate::{deflate, store};
use permafreeze_object::format::{Blob, Encoding};
use permafreeze_object::reader::Reader;
use permafreeze_packaging::python::Python;
use rayon::prelude::*;

use super::Error;
use super::items::Item;
use crate::collection::{Content, PyzModule};
use crate::output::Part;

/// Modules' streams, one after another, as one part.
struct Group<'c> {
    modules: Vec<(&'c PyzModule, u64)>,
    part: Option<Part<'c>>,
}

/// Returns the PYZ of deflated modules of a Python, in the order of their names.
pub(super) fn deflated(python: Python, modules: &[PyzModule]) -> Result<Item<'_>, Error> {
    let mut groups: Vec<Group<'_>> = modules
        .par_iter()
        .map(|module| {
            let part = deflated_stream(module)?;
            Ok(Group { modules: vec![(module, part.as_ref().map_or(0, Part::length))], part })
        })
        .collect::<Result<_, Error>>()?;
    groups.sort_by(|a, b| first_name(a).cmp(first_name(b)));
    item(python, groups)
}

fn first_name<'c>(group: &Group<'c>) -> &'c str {
    group.modules.first().map_or("", |(module, _)| &module.name)
}

fn deflated_stream(module: &PyzModule) -> Result<Option<Part<'_>>, Error> {
    Ok(match &module.code {
        None => None,
        Some(Content::Blob { object, blob, .. }) if blob.encoding == Encoding::Deflated => {
            Some(Part::Blob(object, *blob))
        }
        Some(content) => Some(Part::Bytes(deflate(&content.plain()?))),
    })
}

/// Returns a Python's PYZ of streams of level 0, which the frames around them compress: whole frames of objects, in the order of
/// their first modules' names, then what else there is.
pub(super) fn framed(python: Python, modules: &[PyzModule]) -> Result<Item<'_>, Error> {
    let (mut by_frame, mut single) = (BTreeMap::<_, Vec<&PyzModule>>::new(), Vec::new());
    for module in modules {
        match &module.code {
            Some(Content::Blob { object, blob: Blob { offset, encoding: Encoding::Member { .. }, .. }, .. }) => {
                by_frame.entry((Arc::as_ptr(object), *offset)).or_default().push(module);
            }
            _ => single.push(module),
        }
    }
    let mut groups = Vec::new();
    for members in by_frame.into_values() {
        match whole_frame(&members) {
            Some(group) => groups.push(group),
            None => single.extend(members),
        }
    }
    groups.sort_by(|a, b| first_name(a).cmp(first_name(b)));
    single.sort_by(|a, b| a.name.cmp(&b.name));
    groups.extend(single.par_iter().map(|module| stored(module)).collect::<Result<Vec<_>, Error>>()?);
    item(python, groups)
}

/// Returns the group of modules that are all that is in a frame of an object; `None` if there is more in it.
fn whole_frame<'c>(modules: &[&'c PyzModule]) -> Option<Group<'c>> {
    let mut members: Vec<(u64, u64, &PyzModule)> = Vec::new();
    let mut frame: Option<(&Reader, Blob)> = None;
    for module in modules {
        let Some(Content::Blob { object, blob, .. }) = &module.code else { return None };
        let Encoding::Member { at, length } = blob.encoding else { return None };
        members.push((at, length, module));
        frame = Some((object, Blob { encoding: Encoding::Frames, ..*blob }));
    }
    let (object, blob) = frame?;
    members.sort_by_key(|(at, ..)| *at);
    let mut end = 0;
    for (at, length, _) in &members {
        if *at != end {
            return None;
        }
        end += length;
    }
    let frames = object.frames(blob);
    let size: u64 = frames.iter().map(|frame| frame.length()).sum();
    let modules = members.into_iter().map(|(_, length, module)| (module, length)).collect();
    (size == end).then_some(Group { modules, part: Some(Part::Frames(object, frames)) })
}

fn stored(module: &PyzModule) -> Result<Group<'_>, Error> {
    let part = match &module.code {
        Some(content) => Some(Part::Bytes(store(&content.plain()?))),
        None => None,
    };
    Ok(Group { modules: vec![(module, part.as_ref().map_or(0, Part::length))], part })
}

/// Returns a Python's PYZ of groups, in their order.
fn item(python: Python, groups: Vec<Group<'_>>) -> Result<Item<'_>, Error> {
    let members: Vec<_> = groups
        .iter()
        .flat_map(|group| &group.modules)
        .map(|(module, stored)| (module.name.as_str(), Member { kind: module.kind, stored: *stored }))
        .collect();
    let layout = pyz::lay_out(python, &members)?;
    let entry = Entry {
        name: PYZ_NAME.to_owned(),
        kind: EntryKind::Pyz,
        stored: layout.length,
        size: layout.length,
        deflated: false,
    };
    let streams = groups.into_iter().filter_map(|group| group.part);
    let parts =
        [Part::Bytes(layout.header.to_vec())].into_iter().chain(streams).chain([Part::Bytes(layout.toc)]).collect();
    Ok(Item { entry, parts })
}
