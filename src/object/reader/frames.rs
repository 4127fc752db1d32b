//! What the frames of an object hold.
use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};

use permafreeze_bundle::Decoder;
use permafreeze_bundle::index::FRAME_LIMIT;

use super::{ReadError, Reader};
use crate::format::{Blob, Encoding, Frame, Index};

/// The most bytes that a file of frames may have: what is not stored costs an index nothing to claim.
const FILE_LIMIT: u64 = 4 << 30;

/// Returns a number that no other open object has.
pub(super) fn number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Checks that frames lie one after another in a file of blobs of `length` bytes, and that each blob of frames has some.
/// The error is what is wrong.
pub(super) fn check(index: &Index, length: u64) -> Result<(), String> {
    let mut end = 0;
    for frame in &index.frames {
        let Frame { offset, stored, size, .. } = *frame;
        if offset < end {
            return Err(format!("the frame at byte `{offset}` begins in the one before it"));
        }
        end = frame.end();
        if stored == 0 || end > length {
            return Err(format!("the frame at byte `{offset}` ends at byte `{end}` of `{length}`"));
        }
        if size > FRAME_LIMIT {
            return Err(format!(
                "the frame at byte `{offset}` has `{size}` bytes, at most `{FRAME_LIMIT}` are allowed"
            ));
        }
    }
    let blobs = index.files.iter().flat_map(|(path, file)| file.blobs().map(move |blob| (path, blob)));
    for (path, blob) in blobs {
        check_blob(index, blob)
            .map_err(|problem| format!("the blob of `{path}` at byte `{}` {problem}", blob.offset))?;
    }
    Ok(())
}

fn check_blob(index: &Index, blob: Blob) -> Result<(), String> {
    let frames = of(&index.frames, blob);
    match blob.encoding {
        Encoding::Stored | Encoding::Deflated => Ok(()),
        Encoding::Frames if length(frames) > FILE_LIMIT.into() => {
            Err(format!("has `{}` bytes, at most `{FILE_LIMIT}` are allowed", length(frames)))
        }
        Encoding::Frames if !frames.is_empty() => Ok(()),
        Encoding::Member { at, length } => match frames {
            [frame] if at.checked_add(length).is_some_and(|end| end <= frame.size.into()) => Ok(()),
            [_] => Err("leads out of its frame".to_owned()),
            _ => Err("is not one frame".to_owned()),
        },
        Encoding::Frames => Err("is no frame".to_owned()),
    }
}

/// How many bytes frames stand for.
fn length(frames: &[Frame]) -> u128 {
    frames.iter().map(|frame| u128::from(frame.length())).sum()
}

/// Returns the frames that a blob consists of; none if it does not.
pub(super) fn of(frames: &[Frame], blob: Blob) -> &[Frame] {
    if matches!(blob.encoding, Encoding::Stored | Encoding::Deflated) {
        return &[];
    }
    let first = frames.partition_point(|frame| frame.offset < blob.offset);
    let mut end = blob.offset;
    let count = frames[first..].iter().take_while(|frame| {
        let follows = frame.offset == end && end < blob.offset.saturating_add(blob.length);
        end = if follows { frame.end() } else { end };
        follows
    });
    let frames = &frames[first..first + count.count()];
    if end == blob.offset.saturating_add(blob.length) { frames } else { &[] }
}

/// The frame that a thread has decoded last.
struct Last {
    decoder: Decoder,
    /// Of which object, and its offset there.
    frame: Option<(u64, u64)>,
    bytes: Vec<u8>,
}

thread_local! {
    static LAST: RefCell<Option<Last>> = const { RefCell::new(None) };
}

impl Reader {
    /// Returns the bytes of a file that is stored as frames; `None` if they are not `size` bytes.
    pub(super) fn unframed(&self, blob: Blob, size: u64) -> Result<Option<Vec<u8>>, ReadError> {
        let frames = self.frames(blob);
        // Before anything is decoded: a lying index costs no more memory than the file that it speaks of.
        if length(frames) != u128::from(size) {
            return Ok(None);
        }
        let (mut decoder, mut decoded, mut bytes) = (Decoder::new(), Vec::new(), Vec::new());
        for frame in frames {
            self.decode(&mut decoder, frame, bytes.len() as u64, &mut decoded)?;
            bytes.extend_from_slice(&decoded);
            bytes.resize(bytes.len() + frame.zeros as usize, 0);
        }
        Ok(Some(bytes))
    }

    /// Gives a part of a blob's only frame to `take`; `None` if there is no such part.
    pub(super) fn member<T>(
        &self,
        blob: Blob,
        at: u64,
        length: u64,
        take: impl FnOnce(&[u8]) -> T,
    ) -> Result<Option<T>, ReadError> {
        let [frame] = self.frames(blob) else { return Ok(None) };
        let wanted = Some((self.number, frame.offset));
        LAST.with_borrow_mut(|last| {
            let new = || Last { decoder: Decoder::new(), frame: None, bytes: Vec::new() };
            let Last { decoder, frame: decoded, bytes } = last.get_or_insert_with(new);
            if *decoded != wanted {
                *decoded = None;
                self.decode(decoder, frame, 0, bytes)?;
                *decoded = wanted;
            }
            let part = bytes.get(at as usize..).and_then(|rest| rest.get(..length as usize));
            Ok(part.map(take))
        })
    }

    fn decode(&self, decoder: &mut Decoder, frame: &Frame, position: u64, to: &mut Vec<u8>) -> Result<(), ReadError> {
        let place = Blob { offset: frame.offset, length: frame.stored.into(), encoding: Encoding::Stored };
        decoder
            .decode(&self.stored(place)?, frame.size as usize, frame.filter, position, to)
            .map_err(|source| ReadError::Frame { path: self.path.clone(), offset: frame.offset, source })
    }
}
