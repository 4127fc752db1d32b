//! Native files that differ: in which sections.
use std::collections::BTreeMap;

use object::{Object as _, ObjectSection as _};
use serde::Serialize;

use super::bytes::{self, ByteDifference};

/// A file with more sections is compared as bytes.
const SECTION_LIMIT: usize = 4096;

/// A section that differs; sizes are 0 where one has no such section.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Section {
    /// Its name, with the segment's for Mach-O; `(outside the sections)` for headers and gaps.
    pub name: String,
    /// How its bytes differ.
    pub bytes: ByteDifference,
}

type Named<'a> = BTreeMap<String, &'a [u8]>;

/// Compares two native files by their sections; none if one is no native file.
pub fn compare<'a>(a: &'a [u8], b: &'a [u8]) -> Option<Vec<Section>> {
    let (left, right) = (sections(a)?, sections(b)?);
    let mut found = Vec::new();
    let names = left.keys().chain(right.keys().filter(|name| !left.contains_key(*name)));
    for name in names {
        let data = |named: &Named<'a>| named.get(name).copied().unwrap_or_default();
        found.extend(bytes::compare(data(&left), data(&right)).map(|bytes| Section { name: name.clone(), bytes }));
    }
    if found.is_empty() {
        found.extend(bytes::compare(a, b).map(|bytes| Section { name: "(outside the sections)".into(), bytes }));
    }
    Some(found)
}

fn sections(bytes: &[u8]) -> Option<Named<'_>> {
    let file = object::File::parse(bytes).ok()?;
    let mut found = Named::new();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut total = 0usize;
    for section in file.sections().take(SECTION_LIMIT + 1) {
        let data = section.data().ok()?;
        total = total.saturating_add(data.len());
        let own = section.name().unwrap_or("?");
        let segment = section.segment_name().ok().flatten();
        let name = segment.map_or_else(|| own.to_owned(), |segment| format!("{segment},{own}"));
        let count = counts.entry(name.clone()).or_default();
        *count += 1;
        found.insert(if *count == 1 { name } else { format!("{name} ({count})") }, data);
    }
    // Sections that overlap many times would take as many times as long.
    (found.len() <= SECTION_LIMIT && total <= bytes.len().saturating_mul(2)).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A minimal ELF file of 64 bits with the sections `.text` and `.shstrtab`.
    fn elf(text: &[u8; 8]) -> Vec<u8> {
        let names = b"\0.text\0.shstrtab\0";
        let mut file = vec![0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        let half = |file: &mut Vec<u8>, values: &[u16]| values.iter().for_each(|v| file.extend(v.to_le_bytes()));
        let word = |file: &mut Vec<u8>, values: &[u64]| values.iter().for_each(|v| file.extend(v.to_le_bytes()));
        half(&mut file, &[3, 62, 1, 0]);
        word(&mut file, &[0, 0, 96]);
        half(&mut file, &[0, 0, 64, 0, 0, 64, 3, 2]);
        file.extend(text);
        file.extend(names);
        file.resize(96, 0);
        for (name, kind, offset, size) in [(0u32, 0u32, 0u64, 0u64), (1, 1, 64, 8), (7, 3, 72, names.len() as u64)] {
            file.extend(name.to_le_bytes());
            file.extend(kind.to_le_bytes());
            word(&mut file, &[0, 0, offset, size, 0, 1, 0]);
        }
        file
    }

    #[test]
    fn the_section_is_named() {
        let found = compare(&elf(b"12345678"), &elf(b"1234x678")).expect("ELF");
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].name.as_str(), found[0].bytes.first, found[0].bytes.count), (".text", 4, 1));
    }

    #[test]
    fn bytes_outside_the_sections_are_found() {
        let mut other = elf(b"12345678");
        other[8] = 1;
        let found = compare(&elf(b"12345678"), &other).expect("ELF");
        assert_eq!((found[0].name.as_str(), found[0].bytes.first), ("(outside the sections)", 8));
    }

    #[test]
    fn what_is_not_native_has_no_sections() {
        assert_eq!(compare(b"abc", b"abd"), None);
    }
}
