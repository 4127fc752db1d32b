//! The files that a link writes, as lists of bytes and blobs.
use std::borrow::Cow;

use camino::Utf8PathBuf;
use permafreeze_object::format::{Blob, Encoding, Frame};
use permafreeze_object::reader::{ReadError, Reader};

/// Bytes that are taken at once.
const STEP: usize = 2 << 20;

/// One file.
#[derive(Debug)]
pub struct OutputFile<'a> {
    /// Its path below the output.
    pub path: Utf8PathBuf,
    /// What it is.
    pub kind: OutputKind<'a>,
}

/// What a file is.
#[derive(Debug)]
pub enum OutputKind<'a> {
    /// A regular file: its permission bits, and all its bytes, in order.
    Regular(u32, Vec<Part<'a>>),
    /// A symbolic link with this target.
    Link(String),
}

/// Returns the length of a file of these parts, in bytes.
pub fn length(parts: &[Part<'_>]) -> u64 {
    parts.iter().map(Part::length).sum()
}

/// Bytes of a file.
#[derive(Debug)]
pub enum Part<'a> {
    /// In memory.
    Bytes(Vec<u8>),
    /// In an object, taken as stored.
    Blob(&'a Reader, Blob),
    /// In an object's frames: what they hold, and the zero bytes that follow each.
    Frames(&'a Reader, &'a [Frame]),
}

impl Part<'_> {
    /// Returns the length in bytes.
    pub fn length(&self) -> u64 {
        match self {
            Part::Bytes(bytes) => bytes.len() as u64,
            Part::Blob(_, blob) => blob.length,
            Part::Frames(_, frames) => frames.iter().map(Frame::length).sum(),
        }
    }
}

/// Gives all bytes of the parts to `take`, in pieces of 2 MiB; the last one may be shorter.
///
/// # Errors
/// If a part cannot be read, or as `take`.
pub fn stream<E: From<ReadError>>(parts: &[Part<'_>], mut take: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
    let mut buffer = Vec::with_capacity(STEP);
    for part in parts {
        let source = Source::of(part)?;
        let mut done = 0;
        while done < part.length() {
            let length = (part.length() - done).min((STEP - buffer.len()) as u64) as usize;
            source.append(done, length, &mut buffer)?;
            done += length as u64;
            if buffer.len() == STEP {
                take(&buffer)?;
                buffer.clear();
            }
        }
    }
    if buffer.is_empty() { Ok(()) } else { take(&buffer) }
}

/// Where the bytes of a part are read.
enum Source<'p> {
    Memory(Cow<'p, [u8]>),
    Object(&'p Reader, Blob),
}

impl<'p> Source<'p> {
    fn of(part: &'p Part<'_>) -> Result<Source<'p>, ReadError> {
        Ok(match part {
            Part::Bytes(bytes) => Source::Memory(bytes.into()),
            Part::Blob(reader, blob) => Source::Object(reader, *blob),
            Part::Frames(reader, frames) => {
                let (Some(first), Some(last)) = (frames.first(), frames.last()) else {
                    return Ok(Source::Memory(Cow::default()));
                };
                let blob = Blob { offset: first.offset, length: last.end() - first.offset, encoding: Encoding::Frames };
                Source::Memory(reader.plain(blob, part.length())?.into())
            }
        })
    }

    fn append(&self, from: u64, length: usize, buffer: &mut Vec<u8>) -> Result<(), ReadError> {
        match self {
            Source::Memory(bytes) => buffer.extend(&bytes[from as usize..from as usize + length]),
            Source::Object(reader, blob) => {
                let filled = buffer.len();
                buffer.resize(filled + length, 0);
                reader.read_stored(*blob, from, &mut buffer[filled..])?;
            }
        }
        Ok(())
    }
}
