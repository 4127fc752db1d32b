//! The PYZ's table of contents: the few marshal types that it needs (CPython: `Python/marshal.c`).
//!
//! It is written by hand because CPython's marshal sets its reference flags by reference counts, which depend on
//! what else the process does.
use crate::format::ModuleKind;

const LIST: u8 = b'[';
const SMALL_TUPLE: u8 = b')';
const INT: u8 = b'i';
const SHORT_ASCII: u8 = b'z';
const ASCII: u8 = b'a';
const UNICODE: u8 = b'u';

/// Writes the table entry by entry.
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn new(entries: usize) -> Self {
        let mut bytes = vec![LIST];
        bytes.extend((entries as u32).to_le_bytes());
        Self(bytes)
    }

    pub(super) fn push(&mut self, name: &str, kind: ModuleKind, offset: i32, length: i32) {
        self.0.extend([SMALL_TUPLE, 2]);
        self.text(name);
        self.0.extend([SMALL_TUPLE, 3]);
        for number in [kind as i32, offset, length] {
            self.0.push(INT);
            self.0.extend(number.to_le_bytes());
        }
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.0
    }

    fn text(&mut self, text: &str) {
        match u8::try_from(text.len()) {
            Ok(length) if text.is_ascii() => self.0.extend([SHORT_ASCII, length]),
            _ => {
                self.0.push(if text.is_ascii() { ASCII } else { UNICODE });
                self.0.extend((text.len() as u32).to_le_bytes());
            }
        }
        self.0.extend(text.as_bytes());
    }
}
