//! A bundle: the launcher is the toolchain's, frames are those of objects or what their files encode to, index and footer
//! follow from the rest.
use std::collections::BTreeMap;

use permafreeze_archive::Bundle;
use permafreeze_base::sha256;
use permafreeze_bundle::{Filter, Frame};
use permafreeze_executable::owner::Owner;
use permafreeze_object::format::{self, Blob, Encoding};
use permafreeze_object::frames::{Effort, encode};
use permafreeze_object::reader::Reader;
use rayon::prelude::*;

use super::compare::{difference, rebuilt};
use super::{Check, Outcome, Proof, Tile, index};
use crate::finding::Finding;

/// How a frame is proved.
pub(super) enum Framed {
    /// It is a frame of an object, byte for byte.
    Object(format::Frame),
    /// It is what its bytes encode to.
    Encoded,
    /// It is neither; the text says why.
    Unproved(String),
}

/// Returns the tiles of the whole bundle; `files` has those of each unpacked file by its number.
pub(super) fn tiles(check: Check<'_>, bundle: &Bundle, files: &[Vec<Tile>]) -> Outcome {
    let frames = frames(check, bundle);
    let mut outcome = launcher(check, bundle);
    for ((number, said), framed) in bundle.contents().frames.iter().enumerate().zip(&frames) {
        if let Framed::Unproved(problem) = framed {
            let subject = format!("frame `{number}` at byte `{}`", said.offset);
            outcome.findings.push(Finding::new(subject, problem.as_str()));
        }
    }
    let with_bytes = |tiles: &'_ Vec<Tile>| tiles.iter().filter(|tile| !tile.place.is_empty()).cloned().collect();
    let files_with_bytes: Vec<Vec<Tile>> = files.iter().map(with_bytes).collect();
    let ends: Vec<Vec<usize>> =
        files_with_bytes.iter().map(|tiles| tiles.iter().map(|tile| tile.place.end).collect()).collect();
    for share in bundle.shares(&ends) {
        let Some(tile) = files_with_bytes.get(share.file).and_then(|tiles| tiles.get(share.part)) else { continue };
        let proof = match frames.get(share.frame) {
            Some(Framed::Object(_) | Framed::Encoded) => tile.proof,
            _ => Proof::Unproved,
        };
        outcome.tiles.push(Tile { place: share.place, size: share.size as u64, proof, ..tile.clone() });
    }
    let start = bundle.launcher().end;
    let empty = files.iter().flatten().filter(|tile| tile.place.is_empty());
    outcome.tiles.extend(empty.map(|tile| Tile { place: start..start, ..tile.clone() }));
    let expected = index::index(check, bundle, &frames, &ends);
    let place = bundle.index();
    let footer = index::footer(place.start, &bundle.bytes()[place.clone()]);
    rebuilt(&mut outcome, "the index", place.clone(), &bundle.bytes()[place], Some(&expected));
    rebuilt(&mut outcome, "the footer", bundle.footer(), &bundle.bytes()[bundle.footer()], Some(&footer));
    outcome
}

/// The launcher is the toolchain's, and the one that the report names.
fn launcher(check: Check<'_>, bundle: &Bundle) -> Outcome {
    let place = bundle.launcher();
    let found = &bundle.bytes()[place.clone()];
    let compared = match (check.sources.launcher(), &check.report.launcher) {
        (None, _) => Err("cannot be compared: the link's job names no launcher".to_owned()),
        (_, None) => Err("is not in the report".to_owned()),
        (Some(own), Some(said)) => {
            let hash = sha256::of(own);
            match said.sha256.as_ref() == Some(&hash) {
                false => Err(format!(
                    "has sha256 `{}` in the report, the toolchain's has `{hash}`",
                    said.sha256.as_deref().unwrap_or_default()
                )),
                true => {
                    difference(found, own).map_or(Ok(()), |problem| Err(format!("is not the toolchain's: {problem}")))
                }
            }
        }
    };
    let proof = if compared.is_ok() { Proof::Source } else { Proof::Unproved };
    let (what, size) = ("the launcher".to_owned(), place.len() as u64);
    let findings = compared.err().map(|problem| Finding::new("the launcher", problem)).into_iter().collect();
    Outcome { tiles: vec![Tile { place, what, owner: Owner::Permafreeze, size, proof }], findings }
}

/// An object's frame.
type Own<'s> = (&'s Reader, format::Frame);

/// Proves every frame.
fn frames(check: Check<'_>, bundle: &Bundle) -> Vec<Framed> {
    let mut known: BTreeMap<(u32, u32), Vec<Own<'_>>> = BTreeMap::new();
    for reader in check.sources.objects() {
        for frame in &reader.index().frames {
            known.entry((frame.stored, frame.size)).or_default().push((reader, *frame));
        }
    }
    let frames: Vec<(usize, &Frame)> = bundle.contents().frames.iter().enumerate().collect();
    let prove = |(number, frame): &(usize, &Frame)| match bundle.damage(*number) {
        Some(damage) => Framed::Unproved(damage.to_owned()),
        None => framed(check, bundle, frame, known.get(&(frame.stored, frame.size)).map_or(&[], Vec::as_slice)),
    };
    frames.par_iter().map(prove).collect()
}

fn framed(check: Check<'_>, bundle: &Bundle, frame: &Frame, known: &[Own<'_>]) -> Framed {
    let stored = &bundle.bytes()[bundle.frame(frame)];
    if frame.extents.len() == 1 {
        for (reader, own) in known {
            let blob = Blob { offset: own.offset, length: own.stored.into(), encoding: Encoding::Stored };
            if reader.stored(blob).is_ok_and(|bytes| bytes == stored) {
                return match own.filter == frame.filter {
                    true => Framed::Object(*own),
                    false => Framed::Unproved(format!(
                        "has the filter `{:?}`, its object says `{:?}`",
                        frame.filter, own.filter
                    )),
                };
            }
        }
    }
    if frame.filter != Filter::None {
        return Framed::Unproved("is filtered, and no object has it".to_owned());
    }
    let mut plain = Vec::with_capacity(frame.size as usize);
    for extent in &frame.extents {
        let file = check.executable.files().get(extent.file as usize);
        let place = extent.at as usize..extent.at as usize + extent.length as usize;
        plain.extend_from_slice(file.and_then(|file| file.raw().get(place)).unwrap_or_default());
    }
    match difference(stored, &encode(&plain, 0, Filter::None, Effort::Fast)) {
        None => Framed::Encoded,
        Some(problem) => Framed::Unproved(format!("is of no object, and not what its bytes encode to: {problem}")),
    }
}
