//! What of native files may be zeroed, and what is code.
use std::ops::Range;

use permafreeze_object::native::{Strip, code, hollow};
use proptest::prelude::*;

/// A section: name, type, flags, offset, size.
type Section = (&'static str, u32, u64, usize, usize);

const TEXT: Section = (".text", 1, 6, 0x100, 0x100);
const DEBUG: Section = (".debug_info", 1, 0, 0x300, 0x80);
const SYMBOLS: Section = (".symtab", 2, 0, 0x400, 0x60);
const STRINGS: Section = (".strtab", 3, 0, 0x460, 0x40);

/// Builds an ELF library with one segment of code, `0..0x200`, and sections; the last one has the names.
fn elf(is_64: bool, sections: &[Section]) -> Vec<u8> {
    let mut bytes = [b"\x7fELF".as_slice(), &[if is_64 { 2 } else { 1 }, 1, 1]].concat();
    bytes.resize(0x600, 0xaa);
    let put = |bytes: &mut Vec<u8>, at: usize, value: u64, width: usize| {
        bytes.resize(bytes.len().max(at + width), 0);
        bytes[at..at + width].copy_from_slice(&value.to_le_bytes()[..width]);
    };
    let word = if is_64 { 8 } else { 4 };
    let pick = |narrow, wide| if is_64 { wide } else { narrow };
    let (segments, table, entry) = (0x40, 0x600, pick(40, 64));
    put(&mut bytes, pick(28, 32), segments, word);
    put(&mut bytes, pick(32, 40), table, word);
    for (number, value) in [pick(32, 56), 1, entry, sections.len() + 2, sections.len() + 1].into_iter().enumerate() {
        put(&mut bytes, pick(42, 54) + 2 * number, value as u64, 2);
    }
    let segment = segments as usize;
    put(&mut bytes, segment, 1, 4);
    put(&mut bytes, segment + pick(24, 4), 5, 4);
    put(&mut bytes, segment + pick(4, 8), 0, word);
    put(&mut bytes, segment + pick(16, 32), 0x200, word);
    let mut names = vec![0];
    let names_at = 0x600 + entry * (sections.len() + 2);
    let mut all = sections.to_vec();
    all.push((".shstrtab", 3, 0, names_at, 0));
    for (number, (name, kind, flags, offset, size)) in all.iter().enumerate() {
        let at = 0x600 + entry * (number + 1);
        let size = if *offset == names_at { 200 } else { *size };
        put(&mut bytes, at, names.len() as u64, 4);
        put(&mut bytes, at + 4, u64::from(*kind), 4);
        put(&mut bytes, at + 8, *flags, word);
        put(&mut bytes, at + pick(16, 24), *offset as u64, word);
        put(&mut bytes, at + pick(20, 32), size as u64, word);
        names.extend([name.as_bytes(), b"\0"].concat());
    }
    bytes.resize(names_at, 0);
    names.resize(200, 0);
    bytes.extend(names);
    bytes
}

fn ranges(places: &[Section]) -> Vec<Range<usize>> {
    places.iter().map(|(.., offset, size)| *offset..offset + size).collect()
}

#[test]
fn debug_sections_and_symbols_are_zeroed() {
    for is_64 in [true, false] {
        let bytes = elf(is_64, &[TEXT, DEBUG, SYMBOLS, STRINGS]);
        assert_eq!(hollow(&bytes, Strip::Debug), ranges(&[DEBUG]), "{is_64}");
        assert_eq!(hollow(&bytes, Strip::Symbols), [0x300..0x380, 0x400..0x4a0], "{is_64}");
        assert_eq!(code(&bytes), [Range { start: 0, end: 0x200 }], "{is_64}");
    }
}

#[test]
fn names_decide() {
    let named = |name| hollow(&elf(true, &[(name, 1, 0, 0x300, 0x80)]), Strip::Symbols).len();
    for name in [".debug_line", ".zdebug_info", ".gnu.debuglink", ".gnu.debugdata", ".gdb_index", ".symtab_shndx"] {
        assert_eq!(named(name), 1, "{name}");
    }
    for name in [".dynsym", ".dynstr", ".comment", ".note.gnu.build-id", ".gnu_debug", "debug", ".symtab2", ""] {
        assert_eq!(named(name), 0, "{name}");
    }
}

#[test]
fn what_is_used_stays() {
    let debug = |kind, flags, offset, size| (".debug_x", kind, flags, offset, size);
    let cases: [(&str, Section); 9] = [
        ("is allocated", debug(1, 2, 0x300, 0x80)),
        ("has no bytes in the file", debug(8, 0, 0x300, 0x80)),
        ("is empty", debug(1, 0, 0x300, 0)),
        ("begins in a segment", debug(1, 0, 0x1ff, 0x80)),
        ("holds a segment", debug(1, 0, 0, 0x300)),
        ("is over the section headers", debug(1, 0, 0x5ff, 0x10)),
        ("is over another section", debug(1, 0, 0x45f, 0x8)),
        ("ends after the file", debug(1, 0, 0x300, 0x10_0000)),
        ("overflows", debug(1, 0, 0x300, usize::MAX)),
    ];
    for (why, section) in cases {
        let other = (".comment", 1, 0, 0x45f, 0x41);
        let places = hollow(&elf(true, &[TEXT, section, other]), Strip::Symbols);
        assert_eq!(places, [], "it {why}");
    }
    let file = elf(true, &[TEXT, DEBUG, SYMBOLS]);
    let names = u16::from_le_bytes([file[62], file[63]]);
    assert_eq!(names, 4);
    for section in 1..4u8 {
        let mut file = file.clone();
        file[62] = section;
        let places = hollow(&file, Strip::Symbols);
        assert!(places.is_empty(), "the section of names is number {section}: {places:?}");
    }
}

#[test]
fn other_files_have_nothing() {
    let mut big_endian = elf(true, &[DEBUG]);
    big_endian[5] = 2;
    for bytes in [Vec::new(), b"\x7fELF".to_vec(), 0xfeed_facf_u32.to_le_bytes().repeat(100), big_endian, vec![0; 2000]]
    {
        assert_eq!((hollow(&bytes, Strip::Symbols), code(&bytes)), (vec![], vec![]));
    }
}

#[test]
fn files_that_are_cut_off_are_left_alone() {
    let bytes = elf(true, &[TEXT, DEBUG, SYMBOLS, STRINGS]);
    for length in 0..bytes.len() {
        let places = hollow(&bytes[..length], Strip::Symbols);
        assert!(places.iter().all(|place| place.end <= length), "{length} bytes: {places:?}");
        code(&bytes[..length]);
    }
    assert_eq!(hollow(&bytes[..bytes.len() - 200], Strip::Symbols), [], "without names");
}

proptest! {
    #[test]
    fn damage_never_reaches_what_is_loaded(at in any::<prop::sample::Index>(), byte in any::<u8>(), is_64 in any::<bool>()) {
        let mut bytes = elf(is_64, &[TEXT, DEBUG, SYMBOLS, STRINGS]);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let loaded = code(&bytes);
        for place in hollow(&bytes, Strip::Symbols) {
            prop_assert!(place.end <= bytes.len() && place.start >= 52);
            prop_assert!(loaded.iter().all(|code| place.end <= code.start || code.end <= place.start));
        }
    }
}
