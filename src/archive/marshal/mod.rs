//! CPython's marshal format (versions 4 and 5, `Python/marshal.c`), read into plain values.
//!
//! Bounds: [`MAX_DEPTH`] levels of nesting, [`MAX_VALUES`] values read, [`MAX_EXPANDED`] values when what is referred to
//! more than once is counted each time, so that a walk over a [`Value`] is bounded, too.
mod leaf;
mod parse;
mod raw_code;
mod value;

pub use value::{Code, Value};

use crate::error::{Error, Result};

/// Levels of nesting that are read. CPython reads 2000; its compiler makes far less.
pub const MAX_DEPTH: usize = 600;
/// Values that are read.
pub const MAX_VALUES: usize = 4 << 20;
/// Values of the expanded tree.
pub const MAX_EXPANDED: u64 = 16 << 20;

/// Reads one value, which has to take all of the bytes; code objects as Python 3.11 to 3.14 lay them out.
///
/// # Errors
/// [`Error::Malformed`] with the offset in `bytes`.
pub fn parse(bytes: &[u8]) -> Result<Value> {
    parse_for((3, 13), bytes)
}

/// Reads one value with code objects of that version of Python.
///
/// # Errors
/// [`Error::Unsupported`] at the first code object of a version that is not known: 3.8 to 3.14 are.
pub fn parse_for(python: (u8, u8), bytes: &[u8]) -> Result<Value> {
    let (value, used) = parse_prefix("marshalled code", bytes, 0, Some(python))?;
    if used < bytes.len() {
        let problem = format!("ends after `{used}` of `{}` bytes", bytes.len());
        return Err(Error::malformed("marshalled code", used as u64, problem));
    }
    Ok(value)
}

/// Reads one value, which may be followed by something else, and says how many bytes it took. `what` names the part, which
/// begins at byte `base` of a file. Without a version of Python there are no code objects.
pub(crate) fn parse_prefix(what: &str, bytes: &[u8], base: usize, python: Option<(u8, u8)>) -> Result<(Value, usize)> {
    parse::Parser::new(what, bytes, base, python).run()
}
