//! The PYZ's table of contents: the few marshal types that it needs (CPython: `Python/marshal.c`).
//!
//! It is written by hand because CPython's marshal sets its reference flags by reference counts, which depend on
//! what else the process does. The reader also takes the references that CPython writes.
use std::rc::Rc;

use super::FORMAT;
use crate::error::ReadError;
use crate::format::ModuleKind;
use crate::input::Cursor;

const LIST: u8 = b'[';
const TUPLE: u8 = b'(';
const SMALL_TUPLE: u8 = b')';
const INT: u8 = b'i';
const REFERENCE: u8 = b'r';
const SHORT_ASCII: u8 = b'z';
const SHORT_ASCII_INTERNED: u8 = b'Z';
const ASCII: u8 = b'a';
const ASCII_INTERNED: u8 = b'A';
const UNICODE: u8 = b'u';
const UNICODE_INTERNED: u8 = b't';
/// Set in a type's byte when later references may mean this object.
const FLAG_REF: u8 = 0x80;

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

/// One entry: name, kind's number, offset, length.
pub(super) type Row = (Rc<str>, i64, i64, i64);

/// Reads a table; `offset` is where it lies in the PYZ, for messages.
pub(super) fn read(bytes: &[u8], offset: u64) -> Result<Vec<Row>, ReadError> {
    let mut reader = Reader { cursor: Cursor::new(bytes), references: Vec::new() };
    reader.table().map_err(|reason| ReadError::Damaged {
        format: FORMAT,
        offset: offset + reader.cursor.position() as u64,
        reason: reason.to_owned(),
    })
}

struct Reader<'a> {
    cursor: Cursor<'a>,
    /// What `r` may mean; `None` for objects that are never referred to in a table (its tuples and its list).
    references: Vec<Option<Atom>>,
}

#[derive(Clone)]
enum Atom {
    Number(i64),
    Text(Rc<str>),
}

type Reading<T> = Result<T, &'static str>;
const END: &str = "the table ends within an entry";

impl Reader<'_> {
    fn table(&mut self) -> Reading<Vec<Row>> {
        let entries = self.sequence(&[LIST])?;
        let mut rows = Vec::new();
        for _ in 0..entries {
            if self.sequence(&[TUPLE, SMALL_TUPLE])? != 2 {
                return Err("an entry is no pair");
            }
            let Atom::Text(name) = self.atom()? else { return Err("a name is no text") };
            if self.sequence(&[TUPLE, SMALL_TUPLE])? != 3 {
                return Err("an entry's place is no triple");
            }
            rows.push((name, self.number()?, self.number()?, self.number()?));
        }
        Ok(rows)
    }

    fn sequence(&mut self, allowed: &[u8]) -> Reading<u32> {
        let (kind, referable) = self.kind()?;
        if !allowed.contains(&kind) {
            return Err("a list or tuple has another type");
        }
        if referable {
            self.references.push(None);
        }
        match kind {
            SMALL_TUPLE => self.cursor.byte().map(u32::from),
            _ => self.cursor.u32_le(),
        }
        .ok_or(END)
    }

    fn number(&mut self) -> Reading<i64> {
        match self.atom()? {
            Atom::Number(number) => Ok(number),
            Atom::Text(_) => Err("a number is a text"),
        }
    }

    fn atom(&mut self) -> Reading<Atom> {
        let (kind, referable) = self.kind()?;
        let atom = match kind {
            INT => Atom::Number(i64::from(self.cursor.u32_le().ok_or(END)? as i32)),
            SHORT_ASCII | SHORT_ASCII_INTERNED => {
                let length = self.cursor.byte().ok_or(END)?;
                self.text(usize::from(length))?
            }
            ASCII | ASCII_INTERNED | UNICODE | UNICODE_INTERNED => {
                let length = self.cursor.u32_le().ok_or(END)?;
                self.text(usize::try_from(length).map_err(|_| END)?)?
            }
            REFERENCE => return self.reference(),
            _ => return Err("an entry has a type that tables do not have"),
        };
        if referable {
            self.references.push(Some(atom.clone()));
        }
        Ok(atom)
    }

    fn text(&mut self, length: usize) -> Reading<Atom> {
        let bytes = self.cursor.take(length).ok_or(END)?;
        Ok(Atom::Text(std::str::from_utf8(bytes).map_err(|_| "a name is not UTF-8")?.into()))
    }

    fn reference(&mut self) -> Reading<Atom> {
        let index = self.cursor.u32_le().ok_or(END)? as usize;
        self.references.get(index).cloned().flatten().ok_or("a reference means no earlier text or number")
    }

    fn kind(&mut self) -> Reading<(u8, bool)> {
        let byte = self.cursor.byte().ok_or(END)?;
        Ok((byte & !FLAG_REF, byte & FLAG_REF != 0))
    }
}
