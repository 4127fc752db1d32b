//! The encoder of frames. Its levels and version decide output bytes, so they are fixed here and in `Cargo.lock`.
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;

use permafreeze_bundle::Filter;
use structured_zstd::encoding::{CompressionLevel, FrameCompressor};

/// The most bytes of one frame that is made quickly.
///
/// Frames are what a bundle is unpacked by: each is decoded into memory that stays in a core's cache, and all cores have
/// work.
pub const SIZE: usize = 4 << 20;

/// How much is spent on making bytes small.
///
/// Measured on 51.9 MB of native libraries without debug sections and symbols, and on 25.2 MB of code of modules:
///
/// | level, frames of | native | seconds | code | seconds |
/// |---|---:|---:|---:|---:|
/// | 6, 4 MiB | 16.0 MB | 1.7 | 7.3 MB | 0.6 |
/// | 9, 4 MiB | 15.7 MB | 2.0 | 7.1 MB | 0.9 |
/// | 12, 4 MiB | 15.6 MB | 3.9 | 7.1 MB | 2.0 |
/// | 16, 4 MiB | 14.8 MB | 14.7 | 6.7 MB | 8.2 |
/// | 19, 16 MiB | 13.7 MB | 30.6 | 6.1 MB | 16.4 |
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effort {
    /// A clean build waits for it.
    #[default]
    Fast,
    /// The smallest, at ten to twenty times the time.
    Small,
}

impl Effort {
    fn level(self) -> i32 {
        match self {
            Effort::Fast => 9,
            Effort::Small => 19,
        }
    }

    /// The most bytes of one frame.
    pub fn frame_size(self) -> usize {
        match self {
            Effort::Fast => SIZE,
            Effort::Small => 16 << 20,
        }
    }
}

/// A frame that is not in a file yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// The frame.
    pub bytes: Vec<u8>,
    /// How many bytes it holds.
    pub size: u32,
    /// What was done to them.
    pub filter: Filter,
    /// How many zero bytes follow.
    pub zeros: u64,
}

thread_local! {
    /// A compressor per effort that is used again and again: its tables take several MB.
    static COMPRESSORS: RefCell<BTreeMap<Effort, FrameCompressor>> = const { RefCell::new(BTreeMap::new()) };
}

/// Returns bytes, at most [`Effort::frame_size`] of them, as one zstd frame (RFC 8878) with content size and checksum. `position` is their
/// offset in their file, from which the filter counts.
///
/// The output is the same on every machine: the compressor is built with portable code alone, and its state is reset for
/// each frame.
pub fn encode(bytes: &[u8], position: u64, filter: Filter, effort: Effort) -> Vec<u8> {
    COMPRESSORS.with_borrow_mut(|compressors| {
        let compressor = compressors.entry(effort).or_insert_with(|| compressor(effort));
        encode_with(compressor, bytes, position, filter)
    })
}

/// Runs of zero bytes from this length on are not stored: file systems store holes in pages.
const HOLE: usize = 64 << 10;

/// Returns a file in frames. `code` are its places that `filter` is for, sorted; frames end at their borders, so that the
/// filter leaves everything else alone.
pub fn encode_file(bytes: &[u8], code: &[Range<usize>], filter: Filter, effort: Effort) -> Vec<Encoded> {
    let mut frames = Vec::new();
    for (place, zeros) in pieces(bytes, code, effort.frame_size()) {
        let is_code = code.iter().any(|code| code.start <= place.start && place.end <= code.end);
        let filter = if is_code { filter } else { Filter::None };
        let stored = encode(&bytes[place.clone()], place.start as u64, filter, effort);
        frames.push(Encoded { bytes: stored, size: place.len() as u32, filter, zeros: zeros as u64 });
    }
    frames
}

/// Returns the places of frames of at most `most` bytes, and how many zeros follow each. The first frame begins with the file.
fn pieces(bytes: &[u8], code: &[Range<usize>], most: usize) -> Vec<(Range<usize>, usize)> {
    let mut borders: Vec<usize> =
        code.iter().flat_map(|code| [code.start, code.end].map(|at| at.min(bytes.len()))).collect();
    borders.push(bytes.len());
    let holes = holes(bytes);
    borders.extend(holes.iter().flat_map(|hole| [hole.start, hole.end]));
    borders.sort_unstable();
    borders.dedup();
    let mut pieces: Vec<(Range<usize>, usize)> = Vec::new();
    let mut at = 0;
    for border in borders {
        let is_hole = holes.iter().any(|hole| hole.start <= at && border <= hole.end);
        if let (true, Some((_, zeros))) = (is_hole, pieces.last_mut()) {
            *zeros += border - at;
            at = border;
        }
        while at < border {
            let end = border.min(at + most);
            pieces.push((at..end, 0));
            at = end;
        }
    }
    pieces
}

/// Returns the long runs of zeros. Each begins after a byte that is stored.
fn holes(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut holes: Vec<Range<usize>> = Vec::new();
    // A long run has one of these.
    for at in (HOLE / 2..bytes.len()).step_by(HOLE / 2) {
        let last = holes.last().map_or(1, |hole| hole.end);
        if at < last || bytes[at] != 0 {
            continue;
        }
        let before = bytes[last..at].iter().rev().take_while(|byte| **byte == 0).count();
        let after = bytes[at..].iter().take_while(|byte| **byte == 0).count();
        if before + after >= HOLE {
            holes.push(at - before..at + after);
        }
    }
    holes
}

fn compressor(effort: Effort) -> FrameCompressor {
    let mut compressor = FrameCompressor::new(CompressionLevel::from_level(effort.level()));
    compressor.set_content_checksum(true);
    compressor.set_content_size_flag(true);
    compressor
}

fn encode_with(compressor: &mut FrameCompressor, bytes: &[u8], position: u64, filter: Filter) -> Vec<u8> {
    if filter == Filter::None {
        return compressor.compress_independent_frame(bytes);
    }
    let mut filtered = bytes.to_vec();
    filter.apply(&mut filtered, position);
    compressor.compress_independent_frame(&filtered)
}

#[cfg(test)]
mod tests {
    use permafreeze_base::sha256;
    use permafreeze_bundle::Decoder;

    use super::*;

    /// Bytes that look like code: instructions with distances, and text.
    fn code(length: usize) -> Vec<u8> {
        let mut seed = 7u32;
        let mut random = move || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            seed >> 16
        };
        let mut bytes = Vec::new();
        while bytes.len() < length {
            match random() % 4 {
                0 => bytes.extend([0xe8, random() as u8, 0, 0, 0]),
                1 => bytes.extend([0x48, 0x8b, 5, random() as u8, random() as u8, 0, 0]),
                2 => bytes.extend([0, 0, random() as u8, 0x94]),
                _ => bytes.extend(format!("name_{}", random() % 300).bytes()),
            }
        }
        bytes.truncate(length);
        bytes
    }

    #[test]
    fn frames_are_decoded() {
        let (mut decoder, mut to) = (Decoder::new(), Vec::new());
        for filter in [Filter::None, Filter::X86, Filter::Arm64] {
            for effort in [Effort::Fast, Effort::Small] {
                for bytes in [Vec::new(), vec![0; 100_000], code(1), code(70_001)] {
                    let frame = encode(&bytes, 0x1234, filter, effort);
                    decoder.decode(&frame, bytes.len(), filter, 0x1234, &mut to).expect("a frame");
                    assert!(to == bytes, "{filter:?}, {effort:?}, {} bytes", bytes.len());
                }
            }
        }
    }

    #[test]
    fn a_file_is_cut_at_code_and_at_holes() {
        let mut bytes = code(SIZE + 10);
        bytes.resize(SIZE + 10 + HOLE, 0);
        bytes.extend(b"end");
        bytes.resize(bytes.len() + 5 * HOLE, 0);
        let places = [0..100, 100..3000, 3000..3000 + SIZE, 3000 + SIZE..3007 + SIZE];
        let file = [vec![7; 3007], vec![7; SIZE]].concat();
        assert_eq!(pieces(&file, &places[1..2], SIZE), places.clone().map(|place| (place, 0)));
        let end = SIZE + 10 + HOLE;
        let last = bytes[..SIZE + 10].iter().rposition(|byte| *byte != 0).expect("code") + 1;
        let hole = end - last;
        assert_eq!(pieces(&bytes, &[], SIZE), [(0..SIZE, 0), (SIZE..last, hole), (end..end + 3, 5 * HOLE)]);
        for file in [bytes, vec![0; 3 * HOLE], vec![7; HOLE], Vec::new()] {
            let (mut decoder, mut to, mut whole) = (Decoder::new(), Vec::new(), Vec::new());
            for Encoded { bytes, size, filter, zeros } in encode_file(&file, &places[1..3], Filter::X86, Effort::Fast) {
                decoder.decode(&bytes, size as usize, filter, whole.len() as u64, &mut to).expect("a frame");
                whole.extend_from_slice(&to);
                whole.resize(whole.len() + zeros as usize, 0);
            }
            assert!(whole == file);
        }
    }

    /// Another hash means other objects and executables: the pins of everything that is built change.
    #[test]
    fn the_output_is_fixed() {
        let hash = |filter, effort| sha256::of(&encode(&code(600_000), 0x1000, filter, effort));
        assert_eq!(hash(Filter::X86, Effort::Fast), "df4e7c516ae006d0ea29f3f022041b674d02321d5cee76947079279eb21cabfc");
        assert_eq!(
            hash(Filter::None, Effort::Small),
            "92ad9c74bc7fba6e061e5d17833fd87b2e677dc673caaa63f9762f5057eca2da"
        );
    }

    #[test]
    fn a_used_compressor_gives_the_bytes_of_a_new_one() {
        for effort in [Effort::Fast, Effort::Small] {
            for length in [3, 300_000, 70_000, 1, 140_000, 20] {
                let bytes = code(length);
                let new = encode_with(&mut compressor(effort), &bytes, 0, Filter::X86);
                assert!(encode(&bytes, 0, Filter::X86, effort) == new, "{length} bytes, {effort:?}");
            }
        }
    }
}
