//! How an ELF file is laid out: what of it is code, and what nothing loads (System V gABI, chapters 4 and 5).
//!
//! Only little-endian files are looked into: every target is.
use std::ops::Range;

use serde::{Deserialize, Serialize};

/// What is zeroed in a native library: sections that are not loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strip {
    /// What debuggers read.
    Debug,
    /// What debuggers read, and the names of functions that no other library sees.
    Symbols,
}

impl Strip {
    /// Returns what an option's value says.
    pub fn of(name: &str) -> Option<Strip> {
        match name {
            "debug" => Some(Strip::Debug),
            "symbols" => Some(Strip::Symbols),
            _ => None,
        }
    }

    fn takes(self, section: &[u8]) -> bool {
        const DEBUG: [&[u8]; 4] = [b".debug", b".zdebug", b".gnu.debug", b".gdb_index"];
        const SYMBOLS: [&[u8]; 3] = [b".symtab", b".strtab", b".symtab_shndx"];
        DEBUG.iter().any(|start| section.starts_with(start)) || self == Strip::Symbols && SYMBOLS.contains(&section)
    }
}

const PT_LOAD: u64 = 1;
const PF_X: u64 = 1;
const SHT_NULL: u64 = 0;
const SHT_NOBITS: u64 = 8;
const SHF_ALLOC: u64 = 2;

/// Returns which bytes of an ELF file are mapped as code: sorted, no two overlap. Nothing of other files.
pub fn code(bytes: &[u8]) -> Vec<Range<usize>> {
    let Some(elf) = Elf::parse(bytes) else { return Vec::new() };
    let segments = elf.segments().unwrap_or_default();
    let places = segments.into_iter().filter(|segment| segment.flags & PF_X != 0).map(|segment| segment.place);
    let places = places.filter_map(|place| Some(usize::try_from(place.start).ok()?..usize::try_from(place.end).ok()?));
    joined(places.map(|place| place.start.min(bytes.len())..place.end.min(bytes.len())).collect())
}

/// Returns which bytes of an ELF file may be zeroed: those of debug sections, or of symbols, too. Never of what is loaded,
/// of the sections' names, and of what another section shares. Nothing of other files, and of those that cannot be read.
pub fn hollow(bytes: &[u8], strip: Strip) -> Vec<Range<usize>> {
    Elf::parse(bytes).and_then(|elf| elf.hollow(strip)).unwrap_or_default()
}

/// Sorts ranges, joins those that touch and drops empty ones.
fn joined(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.retain(|range| !range.is_empty());
    ranges.sort_by_key(|range| range.start);
    let mut out: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match out.last_mut().filter(|last| range.start <= last.end) {
            Some(last) => last.end = last.end.max(range.end),
            None => out.push(range),
        }
    }
    out
}

/// A header of a file, little endian.
struct Elf<'a> {
    bytes: &'a [u8],
    is_64: bool,
}

/// Where the file's header describes a table: in a 32-bit file, and in a 64-bit one.
struct Table {
    /// The field of its place.
    place: (u64, u64),
    /// The field of an entry's size; the next one is how many there are.
    size: (u64, u64),
    /// The size that an entry has.
    entry: (u64, u64),
}

const SEGMENTS: Table = Table { place: (28, 32), size: (42, 54), entry: (32, 56) };
const SECTIONS: Table = Table { place: (32, 40), size: (46, 58), entry: (40, 64) };

/// A segment that is loaded.
struct Segment {
    flags: u64,
    place: Range<u64>,
}

struct Section {
    name: u64,
    kind: u64,
    flags: u64,
    place: Range<u64>,
}

impl<'a> Elf<'a> {
    fn parse(bytes: &'a [u8]) -> Option<Elf<'a>> {
        match bytes.get(..7)? {
            [0x7f, b'E', b'L', b'F', class @ (1 | 2), 1, 1] => Some(Elf { bytes, is_64: *class == 2 }),
            _ => None,
        }
    }

    /// Reads a number of `width` bytes.
    fn number(&self, at: u64, width: usize) -> Option<u64> {
        let at = usize::try_from(at).ok()?;
        let bytes = self.bytes.get(at..at.checked_add(width)?)?;
        Some(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// Reads a field: its offset and width in a 32-bit file, and in a 64-bit one.
    fn field(&self, base: u64, narrow: (u64, usize), wide: (u64, usize)) -> Option<u64> {
        let (offset, width) = if self.is_64 { wide } else { narrow };
        self.number(base.checked_add(offset)?, width)
    }

    /// Returns where a table is and how long an entry is.
    fn table(&self, table: &Table) -> Option<(Range<u64>, u64)> {
        let start = self.field(0, (table.place.0, 4), (table.place.1, 8))?;
        let size = self.field(0, (table.size.0, 2), (table.size.1, 2))?;
        let count = self.field(0, (table.size.0 + 2, 2), (table.size.1 + 2, 2))?;
        let expected = if self.is_64 { table.entry.1 } else { table.entry.0 };
        (count == 0 || size == expected).then_some(())?;
        Some((start..start.checked_add(size * count)?, size.max(1)))
    }

    /// Returns the offsets of a table's entries.
    fn entries(&self, table: &Table) -> Option<impl Iterator<Item = u64> + use<>> {
        let (place, size) = self.table(table)?;
        Some(place.step_by(usize::try_from(size).ok()?))
    }

    fn segments(&self) -> Option<Vec<Segment>> {
        let mut segments = Vec::new();
        for at in self.entries(&SEGMENTS)? {
            if self.number(at, 4)? != PT_LOAD {
                continue;
            }
            let flags = self.field(at, (24, 4), (4, 4))?;
            let start = self.field(at, (4, 4), (8, 8))?;
            let size = self.field(at, (16, 4), (32, 8))?;
            segments.push(Segment { flags, place: start..start.checked_add(size)? });
        }
        Some(segments)
    }

    fn sections(&self) -> Option<Vec<Section>> {
        let mut sections = Vec::new();
        for at in self.entries(&SECTIONS)? {
            let start = self.field(at, (16, 4), (24, 8))?;
            let size = self.field(at, (20, 4), (32, 8))?;
            sections.push(Section {
                name: self.number(at, 4)?,
                kind: self.number(at.checked_add(4)?, 4)?,
                flags: self.field(at, (8, 4), (8, 8))?,
                place: start..start.checked_add(size)?,
            });
        }
        Some(sections)
    }

    fn hollow(&self, strip: Strip) -> Option<Vec<Range<usize>>> {
        let segments = self.segments()?;
        let sections = self.sections()?;
        let names = usize::try_from(self.field(0, (50, 2), (62, 2))?).ok()?;
        let names_place = sections.get(names).filter(|section| section.kind != SHT_NOBITS)?.place.clone();
        let kept = |section: &Section| {
            let name = self.name(&names_place, section.name);
            section.flags & SHF_ALLOC != 0 || !name.is_some_and(|name| strip.takes(name))
        };
        let holds = |section: &Section| !matches!(section.kind, SHT_NULL | SHT_NOBITS);
        // What must stay: whatever is loaded, other sections, and the tables that lead to both.
        let mut stays: Vec<Range<u64>> = segments.into_iter().map(|segment| segment.place).collect();
        stays.extend(sections.iter().filter(|section| holds(section) && kept(section)).map(|it| it.place.clone()));
        stays.push(names_place.clone());
        let header = if self.is_64 { 64 } else { 52 };
        stays.extend([0..header, self.table(&SEGMENTS)?.0, self.table(&SECTIONS)?.0]);
        let overlaps = |place: &Range<u64>| {
            stays.iter().any(|stay| place.start < stay.end && stay.start < place.end && !stay.is_empty())
        };
        let zeroed = sections.iter().enumerate().filter(|(number, section)| {
            *number != names && holds(section) && !kept(section) && !overlaps(&section.place)
        });
        let end = self.bytes.len() as u64;
        let places = zeroed.filter(|(_, section)| section.place.end <= end);
        Some(joined(places.map(|(_, section)| section.place.start as usize..section.place.end as usize).collect()))
    }

    fn name(&self, names: &Range<u64>, at: u64) -> Option<&'a [u8]> {
        let start = names.start.checked_add(at)?;
        let bytes = self.bytes.get(usize::try_from(start).ok()?..usize::try_from(names.end).ok()?)?;
        let end = bytes.iter().position(|byte| *byte == 0)?;
        Some(&bytes[..end])
    }
}
