//! The bundle: launcher, frames, index, footer.
//!
//! Frames of objects are taken as they are; what is in memory is put together and encoded here.
use std::borrow::Cow;

use permafreeze_bundle::Filter;
use permafreeze_executable::bundle::{self, Extent, Frame};
use permafreeze_object::format::{self as object, Blob, Encoding};
use permafreeze_object::frames::{Effort, SIZE, encode};
use permafreeze_object::reader::Reader;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::Error;
use super::folder::{self, Folder, Kind};
use crate::output::{Part, stream};

/// A frame with its bytes.
type Framed<'c> = (Frame, Part<'c>);

/// Returns all parts of the bundle of a folder.
pub(super) fn parts<'c>(launcher: &[u8], folder: &Folder<'c>) -> Result<Vec<Part<'c>>, Error> {
    let files = folder.files.par_iter().map(listed).collect::<Result<Vec<_>, Error>>()?;
    let (mut frames, loose) = split(folder)?;
    frames.extend(encoded(&loose));
    let (frames, parts): (Vec<_>, Vec<_>) = frames.into_iter().unzip();
    let layout = bundle::lay_out(launcher.len() as u64, folder.names(), &files, &frames)?;
    let mut all = vec![Part::Bytes(launcher.to_vec())];
    all.extend(parts);
    all.extend([Part::Bytes(layout.index), Part::Bytes(layout.footer.to_vec())]);
    Ok(all)
}

/// A file as the index lists it.
fn listed(file: &folder::File<'_>) -> Result<bundle::File, Error> {
    let kind = match &file.kind {
        Kind::Link(target) => bundle::Kind::Link { target: (*target).to_owned() },
        Kind::Regular(mode, parts) => {
            let (mut hash, mut size) = (Sha256::new(), 0);
            stream::<Error>(parts, |bytes| {
                hash.update(bytes);
                size += bytes.len() as u64;
                Ok(())
            })?;
            bundle::Kind::Regular { mode: *mode, size, sha256: hash.finalize().into() }
        }
    };
    Ok(bundle::File { path: file.path.clone(), kind })
}

/// Bytes that are in no frame yet.
struct Loose<'f> {
    file: u32,
    at: u64,
    bytes: Cow<'f, [u8]>,
}

/// Returns the frames that objects have, and what else files are made of.
fn split<'f, 'c>(folder: &'f Folder<'c>) -> Result<(Vec<Framed<'c>>, Vec<Loose<'f>>), Error> {
    let (mut frames, mut loose) = (Vec::new(), Vec::new());
    for (file, kind) in (0u32..).zip(folder.files.iter().map(|file| &file.kind)) {
        let Kind::Regular(_, parts) = kind else { continue };
        let mut at = 0;
        for part in parts {
            match part {
                Part::Bytes(bytes) => loose.push(Loose { file, at, bytes: bytes.into() }),
                Part::Blob(reader, blob) => loose.push(Loose { file, at, bytes: reader.stored(*blob)?.into() }),
                Part::Frames(reader, own) => frames.extend(taken(reader, own, file, at)),
            }
            at += part.length();
        }
    }
    Ok((frames, loose))
}

/// Frames of an object as they are; their bytes go to a file, from `at` on.
fn taken<'c>(reader: &'c Reader, frames: &[object::Frame], file: u32, mut at: u64) -> Vec<Framed<'c>> {
    let mut all = Vec::new();
    for frame in frames {
        let extents = vec![Extent { file, at, length: frame.size }];
        let stored = Blob { offset: frame.offset, length: frame.stored.into(), encoding: Encoding::Stored };
        let framed = Frame { stored: frame.stored, size: frame.size, filter: frame.filter as u8, extents };
        all.push((framed, Part::Blob(reader, stored)));
        at += frame.length();
    }
    all
}

/// Puts loose bytes together to frames and encodes these.
fn encoded<'c>(loose: &[Loose<'_>]) -> Vec<Framed<'c>> {
    gathered(loose)
        .into_par_iter()
        .map(|(bytes, extents)| {
            let stored = encode(&bytes, 0, Filter::None, Effort::Fast);
            let frame =
                Frame { stored: stored.len() as u32, size: bytes.len() as u32, filter: Filter::None as u8, extents };
            (frame, Part::Bytes(stored))
        })
        .collect()
}

/// Cuts bytes into pieces that are as long as frames may be.
fn gathered(loose: &[Loose<'_>]) -> Vec<(Vec<u8>, Vec<Extent>)> {
    let mut all: Vec<(Vec<u8>, Vec<Extent>)> = Vec::new();
    for Loose { file, at, bytes } in loose {
        let mut done = 0;
        while done < bytes.len() {
            if all.last().is_none_or(|(bytes, _)| bytes.len() == SIZE) {
                all.push(Default::default());
            }
            let Some((frame, extents)) = all.last_mut() else { break };
            let length = (bytes.len() - done).min(SIZE - frame.len());
            frame.extend(&bytes[done..done + length]);
            extents.push(Extent { file: *file, at: at + done as u64, length: length as u32 });
            done += length;
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loose_bytes_fill_frames() {
        let (small, large) = (vec![1; 10], vec![2; SIZE]);
        let loose = |file, at, bytes| Loose { file, at, bytes: Cow::Borrowed(bytes) };
        let frames = gathered(&[loose(0, 5, &small), loose(1, 0, &[]), loose(2, 0, &large)]);
        let lengths: Vec<_> = frames.iter().map(|(bytes, _)| bytes.len()).collect();
        assert_eq!(lengths, [SIZE, 10]);
        let extent = |file, at, length| Extent { file, at, length };
        assert_eq!(frames[0].1, [extent(0, 5, 10), extent(2, 0, SIZE as u32 - 10)]);
        assert_eq!(frames[1].1, [extent(2, SIZE as u64 - 10, 10)]);
        assert!(frames[0].0[..10] == small && frames[1].0 == large[..10]);
    }
}
