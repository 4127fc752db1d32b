//! Line numbers: CPython's location table (`Objects/locations.md` of CPython 3.11 and later).
use std::cell::OnceCell;

use permafreeze_object::marshal::{Code, Tree};

/// A kind of entry: no location at all, no columns, or all four numbers. Below are short forms: the smaller ones stay in
/// their line, the last three of them say how many lines further (0 to 2).
const NONE: u8 = 15;
const LONG: u8 = 14;
const NO_COLUMNS: u8 = 13;
const ONE_LINE: u8 = 10;

/// The lines of one code object; its table is read when a line is asked for first.
pub(super) struct Lines<'t, 'a> {
    tree: &'t Tree<'a>,
    code: &'t Code,
    /// Where a range of words ends, and its line.
    ends: OnceCell<Vec<(u32, u32)>>,
}

impl<'t, 'a> Lines<'t, 'a> {
    /// Returns the lines of a code object.
    pub(super) fn new(tree: &'t Tree<'a>, code: &'t Code) -> Lines<'t, 'a> {
        Lines { tree, code, ends: OnceCell::new() }
    }

    /// Returns the line of the instruction at a word; the code's first line if the table does not say.
    pub(super) fn line(&self, word: u32) -> u32 {
        let ends = self.ends.get_or_init(|| self.read());
        let at = ends.partition_point(|(end, _)| *end <= word);
        ends.get(at).map_or(self.first(), |(_, line)| *line)
    }

    fn first(&self) -> u32 {
        u32::try_from(self.code.first_line).unwrap_or(0)
    }

    fn read(&self) -> Vec<(u32, u32)> {
        let (mut end, mut line) = (0_u32, i64::from(self.code.first_line));
        let entries = entries(self.tree.bytes(self.code.lines)).map(|entry| {
            end = end.saturating_add(entry.words);
            line = line.saturating_add(entry.lines);
            (end, if entry.has_line { u32::try_from(line).unwrap_or(0) } else { self.first() })
        });
        entries.collect()
    }
}

struct Entry {
    words: u32,
    lines: i64,
    has_line: bool,
}

/// Returns the entries; what is cut off ends them.
fn entries(table: &[u8]) -> impl Iterator<Item = Entry> {
    let mut rest = table;
    std::iter::from_fn(move || {
        let head = next(&mut rest)?;
        let (kind, words) = (head >> 3 & 15, u32::from(head & 7) + 1);
        let lines = match kind {
            NONE => 0,
            LONG => {
                let lines = signed(&mut rest)?;
                for _ in 0..3 {
                    unsigned(&mut rest)?;
                }
                lines
            }
            NO_COLUMNS => signed(&mut rest)?,
            short => {
                next(&mut rest)?;
                if short < ONE_LINE {
                    0
                } else {
                    next(&mut rest)?;
                    i64::from(short - ONE_LINE)
                }
            }
        };
        Some(Entry { words, lines, has_line: kind != NONE })
    })
}

fn next(rest: &mut &[u8]) -> Option<u8> {
    let (first, tail) = rest.split_first()?;
    *rest = tail;
    Some(*first)
}

/// Six bits a byte, the lowest first; a set seventh bit says that more follow.
fn unsigned(rest: &mut &[u8]) -> Option<i64> {
    let mut value = 0;
    for shift in (0..60).step_by(6) {
        let byte = next(rest)?;
        value |= i64::from(byte & 63) << shift;
        if byte & 64 == 0 {
            return Some(value);
        }
    }
    None
}

/// The lowest bit is the sign.
fn signed(rest: &mut &[u8]) -> Option<i64> {
    let value = unsigned(rest)?;
    Some(if value & 1 == 1 { -(value >> 1) } else { value >> 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(table: &[u8]) -> Vec<(u32, i64)> {
        entries(table).map(|entry| (entry.words, entry.lines)).collect()
    }

    #[test]
    fn every_form_of_an_entry() {
        let table = [0x80 | 2 << 3, 0, 0x80 | 12 << 3 | 1, 0, 0, 0x80 | 13 << 3, 0b11, 0x80 | 15 << 3 | 7];
        assert_eq!(lines(&table), [(1, 0), (2, 2), (1, -1), (8, 0)]);
        assert_eq!(lines(&[0x80 | 14 << 3, 64 | 8, 1, 0, 0, 0]), [(1, 36)]);
    }

    #[test]
    fn a_table_that_is_cut_off_ends() {
        for table in [&[0x80 | 12 << 3, 0][..], &[0x80 | 13 << 3], &[0x80 | 14 << 3, 2], &[0x80 | 13 << 3, 64]] {
            assert_eq!(lines(table), []);
        }
    }
}
