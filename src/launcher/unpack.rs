//! Frames to files, in parallel.
use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt, symlink};
use std::path::Path;

use permafreeze_bundle::{Decoder, Extent, Frame, Index, Kind};

use crate::error::Error;
use crate::own::Own;
use crate::workers;

/// Runs of zero bytes of at least this length, at multiples of it, are not written: they become holes.
const BLOCK: usize = 64 * 1024;
/// The most bytes that all frames in work may have, stored and decoded.
const MEMORY: usize = 96 << 20;

/// Who may read what is unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// The user alone.
    Owner,
    /// Every user.
    All,
}

impl Readers {
    /// Returns the mode of a folder.
    pub fn folder(self) -> u32 {
        self.file(0o700)
    }

    /// Returns the mode of a file that its owner may use by `mode`.
    fn file(self, mode: u32) -> u32 {
        let read = mode & 0o500;
        if self == Readers::All { mode | read >> 3 | read >> 6 } else { mode }
    }
}

/// Returns how many bytes are written at most.
pub fn size(index: &Index) -> u64 {
    index.frames.iter().map(|frame| u64::from(frame.size)).sum()
}

/// Unpacks all files into an empty folder.
///
/// # Errors
/// [`Error::Damaged`], [`Error::Unreadable`]; [`Error::Place`] if they cannot be written there.
pub fn unpack(own: &Own, index: &Index, into: &Path, readers: Readers) -> Result<(), Error> {
    folders(index, into, readers)?;
    for file in &index.files {
        let path = into.join(&file.path);
        let made = match &file.kind {
            Kind::Link { target } => symlink(target, &path),
            Kind::Regular { mode, size, .. } => OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(readers.file(*mode))
                .open(&path)
                .and_then(|file| file.set_len(*size)),
        };
        made.map_err(Error::place(&path))?;
    }
    let largest = index.frames.iter().map(|frame| frame.stored as usize + 2 * frame.size as usize).max();
    let limit = (MEMORY / largest.unwrap_or(1).max(1)).max(1);
    let state = || (Decoder::new(), Vec::new(), Vec::new());
    workers::each(index.frames.len(), limit, state, |(decoder, stored, decoded), number| {
        let frame = &index.frames[number];
        decode(own, frame, decoder, stored, decoded)?;
        write(index, frame, decoded, into)
    })
}

fn folders(index: &Index, into: &Path, readers: Readers) -> Result<(), Error> {
    let parents =
        |path: &str| -> Vec<String> { path.match_indices('/').map(|(at, _)| path[..at].to_owned()).collect() };
    let folders: BTreeSet<String> = index.files.iter().flat_map(|file| parents(&file.path)).collect();
    for folder in folders {
        let path = into.join(folder);
        DirBuilder::new().mode(readers.folder()).create(&path).map_err(Error::place(&path))?;
    }
    Ok(())
}

fn decode(
    own: &Own,
    frame: &Frame,
    decoder: &mut Decoder,
    stored: &mut Vec<u8>,
    decoded: &mut Vec<u8>,
) -> Result<(), Error> {
    stored.resize(frame.stored as usize, 0);
    own.file.read_exact_at(stored, frame.offset).map_err(|source| own.unreadable(source))?;
    decoder
        .decode(stored, frame.size as usize, frame.filter, frame.position(), decoded)
        .map_err(|error| own.damaged(&format!("{error} (at byte {})", frame.offset)))
}

fn write(index: &Index, frame: &Frame, decoded: &[u8], into: &Path) -> Result<(), Error> {
    for (extent, range) in frame.parts() {
        let path = into.join(&index.files[extent.file as usize].path);
        let file = OpenOptions::new().write(true).open(&path).map_err(Error::place(&path))?;
        for (at, bytes) in written(extent, &decoded[range]) {
            file.write_all_at(bytes, at).map_err(Error::place(&path))?;
        }
    }
    Ok(())
}

/// Returns the runs of an extent's bytes that are not holes, each with its offset in the file.
fn written(extent: Extent, bytes: &[u8]) -> Vec<(u64, &[u8])> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    let mut from = 0;
    while from < bytes.len() {
        let into_block = (extent.at + from as u64) % BLOCK as u64;
        let to = bytes.len().min(from + BLOCK - into_block as usize);
        let is_hole = to - from == BLOCK && bytes[from..to].iter().all(|byte| *byte == 0);
        match runs.last_mut() {
            _ if is_hole => {}
            Some(last) if last.1 == from => last.1 = to,
            _ => runs.push((from, to)),
        }
        from = to;
    }
    runs.into_iter().map(|(from, to)| (extent.at + from as u64, &bytes[from..to])).collect()
}

/// Removes a folder and what is in it, or a file; what cannot be removed stays.
pub fn remove(path: &Path) {
    if fs::remove_dir_all(path).is_err() {
        let _ = fs::remove_file(path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(at: u64, bytes: &[u8]) -> Vec<(u64, usize)> {
        let extent = Extent { file: 0, at, length: bytes.len() as u32 };
        written(extent, bytes).into_iter().map(|(at, bytes)| (at, bytes.len())).collect()
    }

    #[test]
    fn whole_blocks_of_zeros_are_holes() {
        let mut bytes = vec![0; 4 * BLOCK];
        assert_eq!(runs(0, &bytes), []);
        bytes[BLOCK] = 1;
        assert_eq!(runs(0, &bytes), [(BLOCK as u64, BLOCK)]);
        bytes[2 * BLOCK + 5] = 1;
        assert_eq!(runs(0, &bytes), [(BLOCK as u64, 2 * BLOCK)]);
        // Blocks count from the file's beginning: what is less than one at both ends is written.
        let bytes = vec![0; 2 * BLOCK];
        assert_eq!(runs(10, &bytes), [(10, BLOCK - 10), (2 * BLOCK as u64, 10)]);
        assert_eq!(runs(3, &[]), []);
        assert_eq!(runs(0, &[0; 10]), [(0, 10)]);
    }

    #[test]
    fn what_all_may_read_has_their_bits() {
        assert_eq!((Readers::Owner.folder(), Readers::Owner.file(0o600)), (0o700, 0o600));
        assert_eq!((Readers::All.folder(), Readers::All.file(0o700), Readers::All.file(0o600)), (0o755, 0o755, 0o644));
    }
}
