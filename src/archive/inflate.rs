//! Decompression that never writes more than was declared.
use flate2::{Decompress, FlushDecompress, Status};

use crate::error::{Error, Result};

/// Up to this many bytes any ratio is taken: a file of zeros may shrink to a thousandth.
pub const FREE_SIZE: u64 = 64 << 20;
/// What is larger must not grow more than this many times: real programs and data do not.
pub const LARGE_RATIO: u64 = 64;
/// Deflate cannot make more than this of a byte.
const DEFLATE_RATIO: u64 = 1032;
/// What is allocated at first; more only when the stream has filled it.
const FIRST: usize = 1 << 20;

/// The most bytes that `stored` compressed bytes may become.
pub fn limit(stored: u64) -> u64 {
    let possible = stored.saturating_mul(DEFLATE_RATIO);
    possible.min(FREE_SIZE.max(stored.saturating_mul(LARGE_RATIO)))
}

/// What a stream is wrapped in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wrapping {
    /// RFC 1950, with a checksum that is checked.
    Zlib,
    /// RFC 1951, as in a zip.
    Raw,
}

/// A compressed part of the file: what to call it, where it begins and its bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stored<'a> {
    pub what: &'a str,
    pub offset: usize,
    pub bytes: &'a [u8],
    pub wrapping: Wrapping,
}

impl Stored<'_> {
    fn error(&self, problem: String) -> Error {
        Error::malformed(self.what, self.offset as u64, problem)
    }

    /// Decompresses to exactly `size` bytes.
    pub(crate) fn inflate(&self, size: u64) -> Result<Vec<u8>> {
        let stored = self.bytes.len() as u64;
        let most = limit(stored);
        if size > most {
            return Err(self.error(format!("declares `{size}` bytes, `{stored}` stored ones become `{most}` at most")));
        }
        let data = self.inflate_up_to(size)?;
        if (data.len() as u64) < size {
            return Err(self.error(format!("declares `{size}` bytes, has `{}`", data.len())));
        }
        Ok(data)
    }

    /// Decompresses what does not declare its size.
    pub(crate) fn inflate_undeclared(&self) -> Result<Vec<u8>> {
        self.inflate_up_to(limit(self.bytes.len() as u64))
    }

    /// Decompresses to the end of the stream, which has to be the end of the stored bytes.
    fn inflate_up_to(&self, most: u64) -> Result<Vec<u8>> {
        let mut inflater = Decompress::new(self.wrapping == Wrapping::Zlib);
        let mut data = Vec::new();
        loop {
            let room = (data.len().max(FIRST) as u64).min(most - data.len() as u64);
            // One byte more than allowed shows whether the stream has ended.
            self.grow(&mut data, room as usize + 1)?;
            let before = (inflater.total_in(), data.len());
            let rest = &self.bytes[before.0 as usize..];
            let status = inflater
                .decompress_vec(rest, &mut data, FlushDecompress::None)
                .map_err(|error| self.error(format!("does not decompress after `{}` bytes: {error}", before.1)))?;
            if data.len() as u64 > most {
                return Err(self.error(format!("decompresses to more than `{most}` bytes")));
            }
            let used = inflater.total_in();
            match status {
                Status::StreamEnd if used == self.bytes.len() as u64 => return Ok(data),
                Status::StreamEnd => {
                    return Err(self.error(format!("ends after `{used}` of `{}` stored bytes", self.bytes.len())));
                }
                Status::Ok | Status::BufError if (used, data.len()) != before => {}
                Status::Ok | Status::BufError => {
                    return Err(
                        self.error(format!("is cut off after `{used}` stored bytes, `{}` decompressed", data.len()))
                    );
                }
            }
        }
    }

    fn grow(&self, data: &mut Vec<u8>, room: usize) -> Result<()> {
        data.try_reserve_exact(room)
            .map_err(|_| self.error(format!("no memory for `{}` bytes", data.len().saturating_add(room))))
    }
}
