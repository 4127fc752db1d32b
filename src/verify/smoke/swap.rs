//! A copy of an executable that runs another script, by appending alone: every byte of the original stays.
//!
//! The bootloader looks for the cookie from the file's end, and offsets count from the package's begin, so a script, a
//! table of contents with one changed entry and a cookie behind the original make a package that holds all that the
//! original holds (PyInstaller's `bootloader/src/pyi_archive.c`).
use permafreeze_archive::Archive;
use permafreeze_archive::{Error, Result};

/// Bytes of a TOC entry before its name: length, offset, stored length, length, compressed, type.
const HEADER: usize = 18;
const OFFSET_AT: usize = 4;
const TYPE_AT: usize = 17;
/// Where in a cookie the package's length is; the table's offset and length follow.
const LENGTH_AT: usize = 8;

/// Returns what must be appended to the executable so that it runs `code` (marshalled) in place of its last script, the
/// application's.
///
/// # Errors
/// [`Error::Malformed`] if it has no script, or becomes too large for the format.
pub fn appendix(archive: &Archive, code: &[u8]) -> Result<Vec<u8>> {
    let bytes = archive.bytes();
    let start = archive.package().start;
    let too_large =
        |_| Error::malformed("package", start as u64, "with a probe it has more bytes than the format allows");
    let number = |value: usize| u32::try_from(value).map(u32::to_be_bytes).map_err(too_large);
    let mut toc = bytes[archive.toc()].to_vec();
    let Some(at) = last_script(&toc) else {
        return Err(Error::malformed("table of contents", archive.toc().start as u64, "has no script to run"));
    };
    let (offset, length) = (number(bytes.len() - start)?, number(code.len())?);
    let fields = [offset, length, length].concat();
    toc[at + OFFSET_AT..at + OFFSET_AT + fields.len()].copy_from_slice(&fields);
    toc[at + TYPE_AT - 1] = 0;
    let mut cookie = bytes[archive.cookie()].to_vec();
    let toc_offset = bytes.len() - start + code.len();
    let fields = [number(toc_offset + toc.len() + cookie.len())?, number(toc_offset)?, number(toc.len())?].concat();
    cookie[LENGTH_AT..LENGTH_AT + fields.len()].copy_from_slice(&fields);
    Ok([code, &toc, &cookie].concat())
}

/// Returns where in the table the last entry of type `s` begins.
fn last_script(toc: &[u8]) -> Option<usize> {
    let (mut at, mut last) = (0, None);
    while let Some(header) = toc.get(at..at + HEADER) {
        if header[TYPE_AT] == b's' {
            last = Some(at);
        }
        let length = u32::from_be_bytes([header[0], header[1], header[2], header[3]]) as usize;
        at += length.max(HEADER);
    }
    last
}
