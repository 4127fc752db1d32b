//! A folder, read: every file below it, links as links.
use std::fs;
use std::io::{self, Read, Seek, SeekFrom};

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_bundle::footer::{FOOTER, MAGIC};

use crate::unpacked::Unpacked;
use crate::{Error, FILE_LIMIT, Result, contents, opened, unreadable};

/// The most files of a folder.
const COUNT_LIMIT: usize = 1 << 20;

/// Tells whether a file of so many bytes ends as a bundle does.
pub(crate) fn ends_as_bundle(file: &mut (impl Read + Seek), length: u64) -> io::Result<bool> {
    let Some(at) = length.checked_sub(FOOTER as u64) else { return Ok(false) };
    let mut magic = [0; MAGIC.len()];
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(&mut magic)?;
    Ok(magic == MAGIC)
}

/// Reads the files below a folder, sorted by path.
///
/// # Errors
/// [`Error::Unreadable`] if one is neither a regular file nor a link, or cannot be read; [`Error::Malformed`] if they
/// have more than [`FILE_LIMIT`] bytes together, or are too many.
pub(crate) fn read(folder: &Utf8Path) -> Result<Vec<Unpacked>> {
    let mut files = Vec::new();
    let mut left = FILE_LIMIT;
    let mut waiting = vec![String::new()];
    while let Some(below) = waiting.pop() {
        let place = if below.is_empty() { folder.to_owned() } else { folder.join(&below) };
        for name in names(&place)? {
            let path = if below.is_empty() { name } else { format!("{below}/{name}") };
            if waiting.len() + files.len() >= COUNT_LIMIT {
                return Err(Error::malformed("folder", 0, format!("has more than `{COUNT_LIMIT}` files")));
            }
            match file(&folder.join(&path), &path, &mut left)? {
                Some(file) => files.push(file),
                None => waiting.push(path),
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn names(folder: &Utf8Path) -> Result<Vec<String>> {
    let failed = |source| unreadable(folder, source);
    let name = |entry: io::Result<fs::DirEntry>| {
        let name = entry?.file_name();
        name.into_string().map_err(|name| io::Error::other(format!("`{}` is not UTF-8", name.display())))
    };
    fs::read_dir(folder).map_err(failed)?.map(|entry| name(entry).map_err(failed)).collect()
}

/// Reads one file; nothing is a folder. `left` is how many bytes may be read.
fn file(place: &Utf8PathBuf, path: &str, left: &mut u64) -> Result<Option<Unpacked>> {
    let failed = |source| unreadable(place, source);
    let metadata = fs::symlink_metadata(place).map_err(failed)?;
    if metadata.is_dir() {
        return Ok(None);
    }
    if metadata.is_symlink() {
        let target = place.read_link_utf8().map_err(failed)?;
        return Ok(Some(Unpacked::link(path, target.as_str())));
    }
    let (file, length) = opened(place)?;
    if length > *left {
        return Err(Error::malformed("folder", 0, format!("has more than `{FILE_LIMIT}` bytes")));
    }
    let bytes = contents(place, file, length)?;
    *left -= bytes.len() as u64;
    Ok(Some(Unpacked::regular(path, mode(&metadata), bytes)))
}

#[cfg(unix)]
fn mode(metadata: &fs::Metadata) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o777
}

#[cfg(not(unix))]
fn mode(_metadata: &fs::Metadata) -> u32 {
    0o600
}
