//! A bundle (`permafreeze_bundle`), read as a whole: every frame is decoded once, into the files that it has parts of.
use std::ops::Range;

use permafreeze_bundle::footer::{FOOTER, MAGIC};
use permafreeze_bundle::{BundleError, Decoder, Extent, Footer, Frame, Index, Kind};

use crate::inflate::limit;
use crate::input::{disjoint, place};
use crate::share::divide;
use crate::toc::TOC_LIMIT;
use crate::unpacked::Unpacked;
use crate::{Error, Result};

/// The ranges of a bundle, and what its index says. Its files are those of the executable.
#[derive(Debug, Clone)]
pub struct Bundle {
    bytes: Vec<u8>,
    footer: Footer,
    index: Index,
    /// What is wrong with each frame.
    damages: Vec<Option<String>>,
}

/// A part of a frame: the bytes of one part of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// The number of the frame.
    pub frame: usize,
    /// The number of the file.
    pub file: usize,
    /// The number of the part of that file.
    pub part: usize,
    /// How many bytes of the part are in the frame, decoded.
    pub size: usize,
    /// Its share of the frame's bytes, which is compressed as a whole: a range of the bundle.
    pub place: Range<usize>,
}

impl Bundle {
    /// Tells whether a file ends as a bundle does.
    pub fn is_one(bytes: &[u8]) -> bool {
        bytes.len().checked_sub(FOOTER).is_some_and(|at| bytes[at..].starts_with(&MAGIC))
    }

    /// Reads a whole file. What of a frame cannot be decoded is in the files that have parts of it.
    ///
    /// # Errors
    /// [`Error::Malformed`] if footer or index are damaged, frames overlap, or they declare more than the bounds allow.
    pub(crate) fn parse(bytes: Vec<u8>) -> Result<(Bundle, Vec<Unpacked>)> {
        let end = bytes.len();
        let tail = end.checked_sub(FOOTER).and_then(|at| bytes[at..].first_chunk::<FOOTER>());
        let tail = tail.ok_or_else(|| bad("footer", 0, BundleError::NoFooter))?;
        let footer = Footer::parse(tail, end as u64).map_err(|error| bad("footer", end - FOOTER, error))?;
        let place = footer.offset as usize..end - FOOTER;
        if place.len() > TOC_LIMIT {
            let problem = format!("has `{}` bytes, `{TOC_LIMIT}` are the most", place.len());
            return Err(Error::malformed("index", footer.offset, problem));
        }
        let index =
            Index::parse(&bytes[place.clone()], footer.offset).map_err(|error| bad("index", place.start, error))?;
        check(&index, &place, end)?;
        let mut files = empty(&index);
        let damages =
            index.frames.iter().scan(State::default(), |state, frame| Some(state.fill(frame, &bytes, &mut files)));
        let damages = damages.collect();
        Ok((Bundle { bytes, footer, index, damages }, files))
    }

    /// The whole file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What the index says.
    pub fn contents(&self) -> &Index {
        &self.index
    }

    /// What the footer says.
    pub fn end(&self) -> &Footer {
        &self.footer
    }

    /// Where the launcher is: all before the first frame.
    pub fn launcher(&self) -> Range<usize> {
        let frames = self.index.frames.iter().map(|frame| frame.offset);
        0..frames.min().unwrap_or(self.footer.offset) as usize
    }

    /// Where a frame is.
    pub fn frame(&self, frame: &Frame) -> Range<usize> {
        let start = frame.offset as usize;
        start..start + frame.stored as usize
    }

    /// What is wrong with a frame, by its number.
    pub fn damage(&self, frame: usize) -> Option<&str> {
        self.damages.get(frame)?.as_deref()
    }

    /// Where the index is.
    pub fn index(&self) -> Range<usize> {
        self.footer.offset as usize..self.bytes.len() - FOOTER
    }

    /// Where the footer is.
    pub fn footer(&self) -> Range<usize> {
        self.bytes.len() - FOOTER..self.bytes.len()
    }

    /// Divides every frame among the parts of files: `parts` has the ends of each file's parts in order, by the file's
    /// number. Bytes after the last end are a part of their own.
    pub fn shares(&self, parts: &[Vec<usize>]) -> Vec<Share> {
        let mut all = Vec::new();
        for (number, frame) in self.index.frames.iter().enumerate() {
            let pieces: Vec<(usize, usize, usize)> = frame
                .extents
                .iter()
                .flat_map(|extent| pieces(extent, parts.get(extent.file as usize).map_or(&[][..], Vec::as_slice)))
                .collect();
            let sizes: Vec<usize> = pieces.iter().map(|(_, _, size)| *size).collect();
            let mut start = frame.offset as usize;
            for ((file, part, size), stored) in pieces.into_iter().zip(divide(frame.stored as usize, &sizes)) {
                all.push(Share { frame: number, file, part, size, place: start..start + stored });
                start += stored;
            }
        }
        all
    }
}

/// Cuts an extent at the ends of its file's parts: file, part, length.
fn pieces(extent: &Extent, ends: &[usize]) -> Vec<(usize, usize, usize)> {
    let (mut at, end) = (extent.at as usize, extent.at as usize + extent.length as usize);
    let mut part = ends.partition_point(|end| *end <= at);
    let mut pieces = Vec::new();
    while at < end {
        let next = ends.get(part).map_or(end, |next| (*next).min(end));
        if next > at {
            pieces.push((extent.file as usize, part, next - at));
        }
        (at, part) = (next, part + 1);
    }
    pieces
}

fn bad(what: &str, offset: usize, error: BundleError) -> Error {
    Error::malformed(what, offset as u64, error.to_string())
}

/// Frames share no byte, no byte of a file comes from two, and all is in proportion to the file's size.
fn check(index: &Index, end: &Range<usize>, size: usize) -> Result<()> {
    let at = end.start as u64;
    let frames = index
        .frames
        .iter()
        .map(|frame| ("a frame", frame.offset as usize..frame.offset as usize + frame.stored as usize));
    disjoint("frames overlap", frames)?;
    let most = limit(size as u64);
    let sizes = index.files.iter().map(|file| if let Kind::Regular { size, .. } = file.kind { size } else { 0 });
    let declared = sizes.fold(0, u64::saturating_add);
    if declared > most {
        let problem = format!("declares files of `{declared}` bytes, `{size}` stored ones become `{most}` at most");
        return Err(Error::malformed("index", at, problem));
    }
    let extents = index.frames.iter().flat_map(|frame| &frame.extents).filter(|extent| extent.length > 0);
    let mut extents: Vec<&Extent> = extents.collect();
    extents.sort_by_key(|extent| (extent.file, extent.at));
    for pair in extents.windows(2) {
        if pair[0].file == pair[1].file && pair[0].at + u64::from(pair[0].length) > pair[1].at {
            let path = index.files.get(pair[1].file as usize).map_or("", |file| file.path.as_str());
            let problem = format!("two frames have byte `{}` of `{}`", pair[1].at, path.escape_debug());
            return Err(Error::malformed("index", at, problem));
        }
    }
    Ok(())
}

/// The files, all zero.
fn empty(index: &Index) -> Vec<Unpacked> {
    let file = |file: &permafreeze_bundle::File| match &file.kind {
        Kind::Regular { mode, size, .. } => Unpacked::regular(&file.path, *mode, vec![0; *size as usize]),
        Kind::Link { target } => Unpacked::link(&file.path, target),
    };
    index.files.iter().map(file).collect()
}

#[derive(Default)]
struct State {
    number: usize,
    decoder: Decoder,
    decoded: Vec<u8>,
}

impl State {
    /// Decodes a frame into its files; returns what is wrong with it.
    fn fill(&mut self, frame: &Frame, bytes: &[u8], files: &mut [Unpacked]) -> Option<String> {
        let number = self.number;
        self.number += 1;
        let within = 0..bytes.len();
        let stored = place("frame", 0, frame.offset, frame.stored.into(), &within).map(|place| &bytes[place]);
        let decoded = stored.map_err(|error| error.to_string()).and_then(|stored| {
            let (size, filter) = (frame.size as usize, frame.filter);
            let decoded = self.decoder.decode(stored, size, filter, frame.position(), &mut self.decoded);
            decoded.map_err(|error| error.to_string())
        });
        let problem = decoded.err();
        for (extent, range) in frame.parts() {
            let Some(file) = files.get_mut(extent.file as usize) else { continue };
            match &problem {
                Some(problem) => file.damage(&format!("frame `{number}` at byte `{}`: {problem}", frame.offset)),
                None => file.put(extent.at as usize, &self.decoded[range]),
            }
        }
        problem
    }
}
