//! The compressor of blobs. Its level and version decide output bytes, so they are fixed here and in `Cargo.lock`.
use std::cell::RefCell;
use std::collections::BTreeMap;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

/// The level of what goes into an executable: code and data.
///
/// Measured on 4173 modules' code (42.5 MB), 111 native libraries (143.5 MB) and 1242 data files (16.7 MB), MB after and
/// CPU seconds: zlib-rs 6: 70.4, 5.5; 7: 70.0, 10.0; 8: 69.8, 20.9; **9: 68.5, 13.1**; zlib 1.2.13 at 9: 68.6, 20.8.
/// Code at a lower level makes executables larger than with zlib at 9.
const LEVEL: u32 = 9;
/// The level of native libraries, which take most of the time and gain least: 61 libraries (163.7 MB) become 52.5 MB in
/// 2.7 s, at 9 50.5 MB in 16.8 s.
const NATIVE_LEVEL: u32 = 6;
/// The level of the text of modules, which hardly ever goes into one: 32 MB become 7.8 in 0.8 s, at 9 7.4 in 2.2 s.
const TEXT_LEVEL: u32 = 3;
/// The level of the whole of universal libraries, of which executables get one part: 63.8 MB become 26.3 MB in 0.3 s, at 6
/// 20.4 MB in 0.9 s.
const UNIVERSAL_LEVEL: u32 = 1;

/// Returns `bytes` as a zlib stream (RFC 1950), made in one step so that no buffer size shows in the output.
///
/// The output is the same on every machine: zlib-rs chooses instructions at run time only for comparing bytes, moving
/// the hash table and checksums, whose results do not depend on the choice; its hash functions are portable.
pub fn deflate(bytes: &[u8]) -> Vec<u8> {
    deflate_at(bytes, LEVEL)
}

/// Does as [`deflate`], for native libraries.
pub fn deflate_native(bytes: &[u8]) -> Vec<u8> {
    deflate_at(bytes, NATIVE_LEVEL)
}

/// Does as [`deflate`], quicker and not as small, for the text of modules.
pub fn deflate_text(bytes: &[u8]) -> Vec<u8> {
    deflate_at(bytes, TEXT_LEVEL)
}

/// Does as [`deflate`], quickest and least small, for the whole of universal libraries.
pub fn deflate_universal(bytes: &[u8]) -> Vec<u8> {
    deflate_at(bytes, UNIVERSAL_LEVEL)
}

/// Returns bytes as a zlib stream (RFC 1950) of level 0: what it holds is not compressed, so that a frame around many of
/// them is.
pub fn store(bytes: &[u8]) -> Vec<u8> {
    deflate_at(bytes, 0)
}

thread_local! {
    /// A compressor per level that is used again and again: to allocate and clear its 270 KB for every small file
    /// costs more than to compress it.
    static COMPRESSORS: RefCell<BTreeMap<u32, Compress>> = const { RefCell::new(BTreeMap::new()) };
}

fn deflate_at(bytes: &[u8], level: u32) -> Vec<u8> {
    COMPRESSORS.with_borrow_mut(|compressors| {
        let compress = compressors.entry(level).or_insert_with(|| Compress::new(Compression::new(level), true));
        compress.reset();
        deflate_with(compress, bytes)
    })
}

fn deflate_with(compress: &mut Compress, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() / 2 + 64);
    loop {
        let taken = compress.total_in() as usize;
        // The in-memory compressor has no failing case besides misuse of its state.
        let status =
            compress.compress_vec(&bytes[taken..], &mut out, FlushCompress::Finish).expect("deflate to memory");
        if status == Status::StreamEnd {
            return out;
        }
        out.reserve(out.capacity().max(64));
    }
}

/// Returns what a zlib stream holds, or `None` if it is not a whole stream of exactly `size` bytes.
pub fn inflate(stream: &[u8], size: usize) -> Option<Vec<u8>> {
    let mut inflater = Decompress::new(true);
    // A lying size costs no more memory than the stream could ever fill (deflate gains at most 1032:1).
    let mut out = Vec::with_capacity(size.min(stream.len().saturating_mul(1032)));
    let status = inflater.decompress_vec(stream, &mut out, FlushDecompress::Finish).ok()?;
    let whole = status == Status::StreamEnd && inflater.total_in() as usize == stream.len() && out.len() == size;
    whole.then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip() {
        for level in [0, LEVEL, NATIVE_LEVEL, TEXT_LEVEL, UNIVERSAL_LEVEL] {
            for bytes in [Vec::new(), vec![7; 100_000], (0..100_000u32).flat_map(u32::to_le_bytes).collect()] {
                let stream = deflate_at(&bytes, level);
                assert_eq!(inflate(&stream, bytes.len()), Some(bytes));
            }
        }
    }

    #[test]
    fn a_used_compressor_gives_the_bytes_of_a_new_one() {
        let mut seed = 1u32;
        let mut random = move || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            seed >> 16
        };
        for level in [0, LEVEL, NATIVE_LEVEL, TEXT_LEVEL, UNIVERSAL_LEVEL] {
            for _ in 0..60 {
                let length = random() as usize % 90_000;
                let spread = random() % 40 + 1;
                let bytes: Vec<u8> = (0..length).map(|_| (random() % spread) as u8).collect();
                let mut new = Compress::new(Compression::new(level), true);
                assert!(deflate_at(&bytes, level) == deflate_with(&mut new, &bytes), "{length} bytes at {level}");
            }
        }
    }

    #[test]
    fn a_stored_stream_holds_the_bytes_as_they_are() {
        let stream = store(b"some text");
        assert_eq!(stream, b"\x78\x01\x01\x09\x00\xf6\xffsome text\x11\xe8\x03\x9a");
        assert_eq!(inflate(&stream, 9).as_deref(), Some(&b"some text"[..]));
    }

    #[test]
    fn inflate_refuses_wrong_sizes_and_cut_streams() {
        let stream = deflate(b"some text, some text, some text");
        assert_eq!(inflate(&stream, 30), None);
        assert_eq!(inflate(&stream, 32), None);
        assert_eq!(inflate(&stream[..stream.len() - 1], 31), None);
        assert_eq!(inflate(b"no stream", 9), None);
    }
}
