//! A bundle made by hand, from the words of its format: nothing of the product writes it.
#![allow(dead_code)]

use sha2::{Digest, Sha256};
use structured_zstd::encoding::{CompressionLevel, FrameCompressor};

/// The launcher of [`bundle`].
pub(crate) const LAUNCHER: &[u8] = b"a launcher of 24 bytes..";
/// The program's name in [`bundle`].
pub(crate) const PROGRAM: &str = "app";

/// A file: its path, its mode (none: a link), its bytes or its target.
pub(crate) type File<'a> = (&'a str, Option<u32>, &'a [u8]);

/// A frame: which bytes of which files it has, as file, begin, length.
pub(crate) type Extents = Vec<(usize, usize, usize)>;

/// A bundle of a program and files, in frames of at most `most` bytes.
pub(crate) fn bundle(program: &[u8], files: &[File<'_>], most: usize) -> Vec<u8> {
    let mut all = files.to_vec();
    all.push((PROGRAM, Some(0o700), program));
    all.sort();
    let frames = frames(&all, most);
    with_frames(&all, &frames)
}

/// Cuts the files, one after another, into frames.
fn frames(files: &[File<'_>], most: usize) -> Vec<Extents> {
    let mut frames: Vec<Extents> = Vec::new();
    let mut room = 0;
    for (number, (_, mode, bytes)) in files.iter().enumerate() {
        let (mut at, end) = (0, if mode.is_some() { bytes.len() } else { 0 });
        while at < end {
            if room == 0 {
                frames.push(Vec::new());
                room = most;
            }
            let length = room.min(end - at);
            frames.last_mut().unwrap().push((number, at, length));
            (at, room) = (at + length, room - length);
        }
    }
    frames
}

/// A bundle of sorted files with these frames.
pub(crate) fn with_frames(files: &[File<'_>], frames: &[Extents]) -> Vec<u8> {
    let mut bytes = LAUNCHER.to_vec();
    let mut places = Vec::new();
    for extents in frames {
        let plain: Vec<u8> =
            extents.iter().flat_map(|(file, at, length)| files[*file].2[*at..at + length].to_vec()).collect();
        let stored = frame(&plain);
        places.push((bytes.len() as u64, stored.len() as u32, plain.len() as u32, extents.clone()));
        bytes.extend(stored);
    }
    finish(bytes, &index(files, &places))
}

/// A zstd frame with content size and checksum.
pub(crate) fn frame(plain: &[u8]) -> Vec<u8> {
    let mut compressor: FrameCompressor = FrameCompressor::new(CompressionLevel::from_level(3));
    compressor.set_content_checksum(true);
    compressor.compress_independent_frame(plain)
}

fn text(text: &str) -> Vec<u8> {
    [&(text.len() as u16).to_le_bytes()[..], text.as_bytes()].concat()
}

/// An index of files and frames: offset, stored length, length, extents.
pub(crate) fn index(files: &[File<'_>], frames: &[(u64, u32, u32, Extents)]) -> Vec<u8> {
    let mut index = 1u32.to_le_bytes().to_vec();
    for name in ["app", PROGRAM, "_internal"] {
        index.extend(text(name));
    }
    index.extend((files.len() as u32).to_le_bytes());
    for (path, mode, bytes) in files {
        index.extend(text(path));
        match mode {
            Some(mode) => {
                index.push(0);
                index.extend(mode.to_le_bytes());
                index.extend((bytes.len() as u64).to_le_bytes());
                index.extend(&Sha256::digest(bytes)[..]);
            }
            None => {
                index.push(1);
                index.extend(text(std::str::from_utf8(bytes).unwrap()));
            }
        }
    }
    index.extend((frames.len() as u32).to_le_bytes());
    for (offset, stored, size, extents) in frames {
        index.extend(offset.to_le_bytes());
        index.extend([stored.to_le_bytes(), size.to_le_bytes()].concat());
        index.push(0);
        index.extend((extents.len() as u32).to_le_bytes());
        for (file, at, length) in extents {
            index.extend((*file as u32).to_le_bytes());
            index.extend((*at as u64).to_le_bytes());
            index.extend((*length as u32).to_le_bytes());
        }
    }
    index
}

/// Puts index and footer to launcher and frames.
pub(crate) fn finish(mut bytes: Vec<u8>, index: &[u8]) -> Vec<u8> {
    let offset = bytes.len() as u64;
    bytes.extend(index);
    bytes.extend(b"PFBUNDLE");
    bytes.extend([offset.to_le_bytes(), (index.len() as u64).to_le_bytes()].concat());
    bytes.extend(&Sha256::digest(index)[..]);
    bytes
}
