//! The code of modules in frames: which module is where, and its frame encoded.
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use permafreeze_bundle::Filter;
use permafreeze_object::format::{Blob, Encoding, File};
use permafreeze_object::frames::{Effort, Encoded, encode};
use permafreeze_object::reader::Reader;
use permafreeze_object::writer::Writer;

use crate::chunks::{Code, chunks};
use crate::error::Error;

/// A module whose code waits for that of the others.
pub(crate) struct Pending {
    /// Its path in the object.
    pub path: String,
    /// Its `co_filename`.
    pub name: String,
    /// What the index says of it, but where its code is.
    pub file: File,
    /// Its code, a zlib stream of level 0.
    pub stream: Vec<u8>,
}

/// Writes the code of modules, sorted by path, and adds them to the index. Frames are made with `effort`; frames of `known` are taken where they are the
/// same: encoding takes most of the time.
pub(crate) fn write(
    mut pending: Vec<Pending>,
    effort: Effort,
    cores: usize,
    known: Option<&Reader>,
    writer: &mut Writer,
) -> Result<(), Error> {
    let codes = pending.iter().map(|Pending { name, file, stream, .. }| {
        file.module.as_ref().map(|module| Code { path: name, size: stream.len(), module })
    });
    let codes: Vec<Code<'_>> = codes.collect::<Option<_>>().unwrap_or_default();
    let chunks = chunks(&codes, effort.frame_size());
    for (chunk, frame) in chunks.iter().zip(encoded(&chunks, &pending, (effort, cores), known)?) {
        let place = writer.frames(&format!("code of {}", pending[chunk[0]].path), &[frame])?;
        let mut at = 0;
        for number in chunk {
            let Pending { file, stream, .. } = &mut pending[*number];
            let length = stream.len() as u64;
            if let Some(module) = &mut file.module {
                module.code = Some(Blob { encoding: Encoding::Member { at, length }, ..place });
            }
            at += length;
        }
    }
    for Pending { path, file, .. } in pending {
        writer.file(path, file);
    }
    Ok(())
}

/// Encodes chunks on all cores, each in one frame.
fn encoded(
    chunks: &[Vec<usize>],
    pending: &[Pending],
    (effort, cores): (Effort, usize),
    known: Option<&Reader>,
) -> Result<Vec<Encoded>, Error> {
    let next = AtomicUsize::new(0);
    let frames: Mutex<Vec<(usize, Result<Encoded, Error>)>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..cores.clamp(1, chunks.len().max(1)) {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(chunk) = chunks.get(number) else { break };
                    let frame = frame(chunk, pending, effort, known);
                    frames.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((number, frame));
                }
            });
        }
    });
    let mut frames = frames.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    frames.sort_by_key(|(number, _)| *number);
    frames.into_iter().map(|(_, frame)| frame).collect()
}

fn frame(chunk: &[usize], pending: &[Pending], effort: Effort, known: Option<&Reader>) -> Result<Encoded, Error> {
    let streams: Vec<&[u8]> = chunk.iter().map(|number| pending[*number].stream.as_slice()).collect();
    let bytes = streams.concat();
    let same = known.map(|known| same(known, &pending[chunk[0]].name, &bytes)).transpose()?.flatten();
    let stored = same.unwrap_or_else(|| encode(&bytes, 0, Filter::None, effort));
    // A chunk is no longer than a frame may be, but for a module of more, which `write` would refuse.
    Ok(Encoded { bytes: stored, size: bytes.len() as u32, filter: Filter::None, zeros: 0 })
}

/// Returns the frame that a module is in in another object, if it holds these bytes.
fn same(known: &Reader, module: &str, bytes: &[u8]) -> Result<Option<Vec<u8>>, Error> {
    let code = known.index().files.get(module).and_then(|file| file.module.as_ref()?.code);
    let Some(blob) = code.filter(|code| matches!(code.encoding, Encoding::Member { at: 0, .. })) else {
        return Ok(None);
    };
    let [frame] = known.frames(blob) else { return Ok(None) };
    let whole = Blob { encoding: Encoding::Frames, ..blob };
    let is_same = u64::from(frame.size) == bytes.len() as u64 && known.plain(whole, frame.size.into())? == bytes;
    Ok(is_same.then(|| known.stored(whole)).transpose()?)
}
