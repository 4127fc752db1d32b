//! The archive of a folder, read: tar in zstd frames (RFC 8878), which hold nothing but files and links below one folder.
//!
//! Everything in it is accounted for: a member that has an owner, a time or an extension that no file needs is refused, and
//! so is what follows its end.
use std::io::Read;

use structured_zstd::decoding::FrameDecoder;
use tar::{Archive, Entry, EntryType};

use crate::unpacked::Unpacked;
use crate::{Error, FILE_LIMIT, Result};

/// What a zstd frame begins with.
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// The most members.
const COUNT_LIMIT: usize = 1 << 20;
/// How much is decoded at once, in bytes.
const STEP: usize = 1 << 20;
/// A member's header and its padding end at multiples of this.
const BLOCK: u64 = 512;
/// Zero bytes at the end: two blocks.
const END: usize = 2 * BLOCK as usize;
/// How often larger the archive may be than its frames, beyond [`FREE`]: zstd's own limit is higher by far.
const RATIO: u64 = 1000;
/// Bytes that any archive may have.
const FREE: u64 = 64 << 20;

/// Tells whether an open file is one, by its first bytes.
pub(crate) fn begins(file: &mut impl Read) -> std::io::Result<bool> {
    let mut first = Vec::new();
    file.take(MAGIC.len() as u64).read_to_end(&mut first)?;
    Ok(is_one(&first))
}

/// Tells whether a file is one, by its first bytes.
pub(crate) fn is_one(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}

/// Reads the files of an archive, sorted by path below its folder.
///
/// # Errors
/// [`Error::Malformed`] if it is no such archive.
pub(crate) fn read(bytes: &[u8]) -> Result<Vec<Unpacked>> {
    let tar = decoded(bytes)?;
    let mut archive = Archive::new(tar.as_slice());
    let (mut files, mut folder, mut end) = (Vec::new(), None, 0);
    for entry in archive.entries().map_err(|error| broken(0, error))? {
        let mut entry = entry.map_err(|error| broken(end, error))?;
        if files.len() == COUNT_LIMIT {
            return Err(broken(end, format!("has more than `{COUNT_LIMIT}` members")));
        }
        end = entry.raw_file_position() + entry.size().next_multiple_of(BLOCK);
        let (top, file) = member(&mut entry)?;
        if *folder.get_or_insert_with(|| top.clone()) != top {
            return Err(broken(entry.raw_header_position(), format!("has the folder `{top}` besides another")));
        }
        files.push(file);
    }
    if tar.get(end as usize..) != Some(&[0; END][..]) {
        return Err(broken(end, format!("does not end with `{END}` zero bytes")));
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    match files.windows(2).find(|pair| pair[0].path == pair[1].path) {
        Some(pair) => Err(broken(0, format!("has `{}` twice", pair[0].path.escape_debug()))),
        None => Ok(files),
    }
}

/// Returns the name of the folder that a member is in, and the member.
fn member(entry: &mut Entry<'_, &[u8]>) -> Result<(String, Unpacked)> {
    let at = entry.raw_header_position();
    let path = text(at, &entry.path_bytes())?;
    let is_part = |part: &str| !part.is_empty() && part != "." && part != "..";
    let (folder, below) = match path.split_once('/') {
        Some((folder, below)) if is_part(folder) && below.split('/').all(is_part) => (folder, below),
        _ => return Err(broken(at, format!("has the path `{}`", path.escape_debug()))),
    };
    let header = entry.header().clone();
    let number = |read: std::io::Result<u64>| read.map_err(|error| broken(at, error));
    let names = [header.username_bytes(), header.groupname_bytes()];
    let owned = names.into_iter().flatten().any(|name| !name.is_empty());
    if owned || number(header.uid())? != 0 || number(header.gid())? != 0 || number(header.mtime())? != 0 {
        return Err(broken(at, format!("has an owner or a time of `{}`", path.escape_debug())));
    }
    let file = match header.entry_type() {
        EntryType::Regular => {
            let mode = header.mode().map_err(|error| broken(at, error))?;
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).map_err(|error| broken(at, error))?;
            Unpacked::regular(below, mode & 0o777, bytes)
        }
        EntryType::Symlink if entry.size() == 0 => {
            let target = entry.link_name_bytes().unwrap_or_default();
            Unpacked::link(below, &text(at, &target)?)
        }
        kind => return Err(broken(at, format!("has `{}`, which is a `{kind:?}`", path.escape_debug()))),
    };
    Ok((folder.to_owned(), file))
}

fn text(at: u64, bytes: &[u8]) -> Result<String> {
    String::from_utf8(bytes.to_vec()).map_err(|_| broken(at, "has a path that is not UTF-8"))
}

/// Decodes all frames. Each must have a checksum and be whole.
fn decoded(mut bytes: &[u8]) -> Result<Vec<u8>> {
    let limit = FREE.max(bytes.len() as u64 * RATIO).min(FILE_LIMIT);
    let (mut all, mut frames, whole) = (Vec::new(), FrameDecoder::new(), bytes.len());
    while !bytes.is_empty() {
        let at = (whole - bytes.len()) as u64;
        let bad = |problem: String| Error::malformed("frame", at, problem);
        if !is_one(bytes) {
            return Err(bad("is none of zstd".to_owned()));
        }
        frames.reset(&mut bytes).map_err(|error| bad(error.to_string()))?;
        while !frames.is_finished() || frames.can_collect() > 0 {
            let step = structured_zstd::decoding::BlockDecodingStrategy::UptoBytes(STEP);
            if !frames.is_finished() {
                frames.decode_blocks(&mut bytes, step).map_err(|error| bad(error.to_string()))?;
            }
            let piece = frames.collect().unwrap_or_default();
            if all.len() as u64 + piece.len() as u64 > limit {
                return Err(bad(format!("grows beyond `{limit}` bytes")));
            }
            all.extend(piece);
        }
        let said = frames.get_checksum_from_data();
        if said.is_none() || said != frames.get_calculated_checksum() {
            return Err(bad("its checksum is another one".to_owned()));
        }
    }
    Ok(all)
}

fn broken(at: u64, problem: impl ToString) -> Error {
    Error::malformed("tar archive", at, problem.to_string())
}
