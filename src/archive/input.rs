//! Bytes that are read once, from left to right, with every step checked.
use std::ops::Range;

use crate::error::{Error, Result};

/// A place in foreign bytes. Errors name the part that is read and where it is.
#[derive(Debug, Clone)]
pub(crate) struct Input<'a> {
    bytes: &'a [u8],
    at: usize,
    base: usize,
    what: &'a str,
}

impl<'a> Input<'a> {
    /// Reads `bytes`, which begin at byte `base` of the file; `what` names them.
    pub(super) fn new(what: &'a str, bytes: &'a [u8], base: usize) -> Self {
        Input { bytes, at: 0, base, what }
    }

    /// Where the next byte is, in the file.
    pub(super) fn offset(&self) -> usize {
        self.base + self.at
    }

    /// How many bytes are left.
    pub(super) fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    /// An error at the next byte.
    pub(super) fn error(&self, problem: impl Into<String>) -> Error {
        Error::malformed(self.what, self.offset() as u64, problem)
    }

    /// The next `count` bytes.
    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        if count > self.left() {
            return Err(self.error(format!("wants `{count}` bytes, `{}` are left", self.left())));
        }
        let part = &self.bytes[self.at..self.at + count];
        self.at += count;
        Ok(part)
    }

    /// Takes the next byte if it is this one.
    pub(super) fn skip_if(&mut self, byte: u8) -> bool {
        let found = self.bytes.get(self.at) == Some(&byte);
        self.at += usize::from(found);
        found
    }

    /// Marshal's count of things of which each takes a byte or more.
    pub(super) fn count(&mut self) -> Result<usize> {
        let before = self.clone();
        let count = self.i32_le()?;
        match usize::try_from(count) {
            Ok(count) if count <= self.left() => Ok(count),
            _ => Err(before.error(format!("declares `{count}` items, `{}` bytes are left", self.left()))),
        }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    pub(super) fn u8(&mut self) -> Result<u8> {
        Ok(self.array::<1>()?[0])
    }

    pub(super) fn u16_le(&mut self) -> Result<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn u32_le(&mut self) -> Result<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn i32_le(&mut self) -> Result<i32> {
        self.array().map(i32::from_le_bytes)
    }

    pub(super) fn i64_le(&mut self) -> Result<i64> {
        self.array().map(i64::from_le_bytes)
    }

    pub(super) fn f64_le(&mut self) -> Result<f64> {
        self.array().map(f64::from_le_bytes)
    }

    pub(super) fn u32_be(&mut self) -> Result<u32> {
        self.array().map(u32::from_be_bytes)
    }
}

/// `offset..offset + length` if it lies inside `within`; `what` and `at` say whose numbers they are.
pub(crate) fn place(what: &str, at: usize, offset: u64, length: u64, within: &Range<usize>) -> Result<Range<usize>> {
    let end = offset.checked_add(length).filter(|end| *end <= within.end as u64 && offset >= within.start as u64);
    match end {
        Some(end) => Ok(offset as usize..end as usize),
        None => Err(Error::malformed(
            what,
            at as u64,
            format!("`{length}` bytes from `{offset}` on, which is outside of `{}` to `{}`", within.start, within.end),
        )),
    }
}

/// Checks that no two places share a byte. The places are given with what to call them.
pub(crate) fn disjoint<'a>(what: &str, places: impl Iterator<Item = (&'a str, Range<usize>)>) -> Result<()> {
    let mut sorted: Vec<_> = places.filter(|(_, place)| !place.is_empty()).collect();
    sorted.sort_by_key(|(_, place)| (place.start, place.end));
    for pair in sorted.windows(2) {
        let [(first, one), (second, two)] = pair else { continue };
        if two.start < one.end {
            let problem =
                format!("`{second}` begins at `{}` inside of `{first}`, which ends at `{}`", two.start, one.end);
            return Err(Error::malformed(what, two.start as u64, problem));
        }
    }
    Ok(())
}
