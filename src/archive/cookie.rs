//! The cookie: the 88 bytes at the package's end that say where everything is.
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

use super::input::{Input, place};
use crate::error::{Error, Result};

/// What a cookie begins with (PyInstaller's `bootloader/src/pyi_archive.h`).
pub const MAGIC: [u8; 8] = *b"MEI\x0c\x0b\x0a\x0b\x0e";
/// A cookie's length in bytes.
pub const LENGTH: usize = 88;
const LIBRARY_FIELD: usize = 64;
/// Bytes that are searched at once.
const STEP: u64 = 1 << 16;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cookie {
    pub place: Range<usize>,
    pub package: Range<usize>,
    pub toc: Range<usize>,
    pub python: (u8, u8),
    pub library: String,
}

/// Whether a file of so many bytes has a cookie, read from its end in small steps: what has none is not read as a whole.
pub(super) fn is_in(file: &mut (impl Read + Seek), length: u64) -> io::Result<bool> {
    let mut window = Vec::new();
    let mut end = length;
    while end > 0 {
        let start = end.saturating_sub(STEP);
        // What begins in this step may end in the one after it.
        let rest = window.len().min(MAGIC.len() - 1);
        let mut step = vec![0; (end - start) as usize];
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(&mut step)?;
        step.extend_from_slice(&window[..rest]);
        if step.windows(MAGIC.len()).any(|part| part == MAGIC) {
            return Ok(true);
        }
        (window, end) = (step, start);
    }
    Ok(false)
}

/// Whether bytes have a cookie somewhere.
pub(super) fn is_within(bytes: &[u8]) -> bool {
    bytes.windows(MAGIC.len()).any(|window| window == MAGIC)
}

pub(super) fn missing(length: u64) -> Error {
    let problem =
        format!("no cookie (`MEI 0c 0b 0a 0b 0e`) in `{length}` bytes: not an executable of PyInstaller, or cut off");
    Error::malformed("file", 0, problem)
}

impl Cookie {
    /// Finds the last cookie: what follows it is a signature or the section headers of a linker.
    pub(super) fn find(bytes: &[u8]) -> Result<Cookie> {
        let start = bytes.windows(MAGIC.len()).rposition(|window| window == MAGIC);
        let start = start.ok_or_else(|| missing(bytes.len() as u64))?;
        Cookie::read(bytes, start)
    }

    fn read(bytes: &[u8], start: usize) -> Result<Cookie> {
        let mut input = Input::new("cookie", &bytes[start..], start);
        let mut fields = Input::new("cookie", input.take(LENGTH)?, start);
        let end = start + LENGTH;
        fields.take(MAGIC.len())?;
        let (length, toc_offset, toc_length) = (fields.u32_be()?, fields.u32_be()?, fields.u32_be()?);
        let (version, library) = (fields.u32_be()?, fields.take(LIBRARY_FIELD)?);
        if (length as usize) < LENGTH || length as usize > end {
            let problem = format!("package of `{length}` bytes, it has `{LENGTH}` at least and `{end}` at most");
            return Err(Error::malformed("cookie", start as u64, problem));
        }
        let package = end - length as usize..end;
        let toc_start = package.start as u64 + u64::from(toc_offset);
        let toc = place("cookie: TOC", start, toc_start, u64::from(toc_length), &(package.start..start))?;
        let place = start..end;
        Ok(Cookie { place, package, toc, python: python(version, start)?, library: library_name(library, start)? })
    }
}

/// 313 is 3.13; 38 is 3.8, as it was written before 3.10.
fn python(version: u32, start: usize) -> Result<(u8, u8)> {
    let (major, minor) = if version < 100 { (version / 10, version % 10) } else { (version / 100, version % 100) };
    match (u8::try_from(major), u8::try_from(minor)) {
        (Ok(3), Ok(minor)) => Ok((3, minor)),
        _ => {
            let problem = format!("Python version `{version}`, `38` to `399` are known");
            Err(Error::malformed("cookie", start as u64, problem))
        }
    }
}

fn library_name(field: &[u8], start: usize) -> Result<String> {
    let error = |problem: String| Error::malformed("cookie: Python library", start as u64, problem);
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    if let Some(after) = field[end..].iter().position(|byte| *byte != 0) {
        return Err(error(format!("byte `{}` after the name's end at `{end}`, expected zeros", end + after)));
    }
    String::from_utf8(field[..end].to_vec())
        .map_err(|_| error(format!("`{}` is not UTF-8", field[..end].escape_ascii())))
}
