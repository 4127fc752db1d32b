//! CPython's marshal format (version 4; 5 of CPython 3.14, which adds slices): bounded reader and *canonical* writer.
//!
//! CPython's own bytes for one code object depend on reference counts and on what the process interned before.
//! The canonical bytes depend on the code's value alone:
//! * equal immutable objects are one object: strings by text, numbers by type and exact bytes, tuples, frozensets,
//!   slices and code objects by structure;
//! * an object that occurs more than once is written once with `FLAG_REF`, then as a reference, numbered in pre-order
//!   as CPython's reader counts; objects that the interpreter holds once anyway (None, the empty tuple, small
//!   integers, strings of one Latin-1 character) are never references;
//! * a string has the interned flavour exactly when it is made of `[A-Za-z0-9_]` or is used as a name or file name
//!   of a code object;
//! * the elements of a frozenset are ordered by their canonical bytes.
//!
//! Lists, dicts and sets do not occur in code and are refused: equal ones must not become one.
mod emit;
mod parse;
mod tree;

pub use parse::MarshalError;
pub use tree::{Code, Node, NodeId, Tree};

/// Depth of nesting that is read and written. CPython's reader takes 2000, but its compiler makes far less: it refuses
/// 100 levels of indentation (each costs two: code and its constants) and 200 of parentheses.
pub const MAX_DEPTH: usize = 600;

/// Returns the canonical bytes of a marshalled code object (or constant).
pub fn canonical(bytes: &[u8]) -> Result<Vec<u8>, MarshalError> {
    Tree::parse(bytes)?.emit()
}

/// Returns the canonical bytes of a marshalled code object with `co_filename` set in it and all code nested in it.
pub fn with_file_name(bytes: &[u8], file_name: &str) -> Result<Vec<u8>, MarshalError> {
    Tree::parse_with_file_name(bytes, file_name)?.emit()
}

#[cfg(test)]
mod tests;
