//! Which bytes of a library its owner's compiler may have zeroed, by the sections that the file itself names. Shares no code
//! with the compiler: sections and segments are those of the `object` crate.
use std::ops::Range;

use object::read::elf::{FileHeader, ProgramHeader, SectionHeader};
use object::{Endianness, FileKind, elf};
use permafreeze_object::format::File;
use permafreeze_object::native::Strip;

/// Says what is wrong with a library that its owner's object has hollowed; `found` are its bytes in the executable.
///
/// # Errors
/// If what the object says was zeroed is not zero, or is not what the option takes.
pub(super) fn check(found: &[u8], file: &File) -> Result<(), String> {
    let Some(hollowed) = &file.hollowed else { return Err("has nothing that was zeroed".to_owned()) };
    if found.len() as u64 != file.size {
        return Err(format!("has `{}` bytes, its owner's file has `{}`", found.len(), file.size));
    }
    let places = zeroed(found, hollowed.strip)?;
    let count: usize = places.iter().map(Range::len).sum();
    if count as u64 != hollowed.zeroed {
        return Err(format!(
            "has `{count}` bytes of debug sections or symbols, the object has zeroed `{}`",
            hollowed.zeroed
        ));
    }
    match places.into_iter().flatten().find(|at| found[*at] != 0) {
        Some(at) => {
            Err(format!("byte `{at}` is `{:02x}`, expected `00`: it is of a debug section or symbols", found[at]))
        }
        None => Ok(()),
    }
}

/// Returns the places that are zeroed in an ELF file; they are the same before and after.
///
/// # Errors
/// If it is no ELF file that can be read.
pub(super) fn zeroed(bytes: &[u8], strip: Strip) -> Result<Vec<Range<usize>>, String> {
    let places = match FileKind::parse(bytes) {
        Ok(FileKind::Elf32) => places::<elf::FileHeader32<Endianness>>(bytes, strip),
        Ok(FileKind::Elf64) => places::<elf::FileHeader64<Endianness>>(bytes, strip),
        _ => return Err("is no ELF file".to_owned()),
    };
    places.map_err(|error| format!("cannot be read as an ELF file: {error}"))
}

fn places<H: FileHeader<Endian = Endianness>>(bytes: &[u8], strip: Strip) -> object::Result<Vec<Range<usize>>> {
    let header = H::parse(bytes)?;
    let endian = header.endian()?;
    let sections = header.sections(endian, bytes)?;
    let names = header.shstrndx(endian, bytes)? as usize;
    let range = |(start, size): (u64, u64)| start..start.saturating_add(size);
    let (mut keep, mut candidates) = (Vec::new(), Vec::new());
    for segment in header.program_headers(endian, bytes)?.iter().filter(|it| it.p_type(endian) == elf::PT_LOAD) {
        keep.push(range(segment.file_range(endian)));
    }
    for (number, section) in sections.iter().enumerate() {
        let Some(place) = section.file_range(endian).map(range).filter(|_| section.sh_type(endian) != elf::SHT_NULL)
        else {
            continue;
        };
        let flags = section.sh_flags(endian);
        let is_loaded = flags.0 & elf::SHF_ALLOC.0 != 0;
        let name = sections.section_name(endian, section).unwrap_or_default();
        let is_taken = number != names && !is_loaded && takes(strip, name);
        if is_taken { &mut candidates } else { &mut keep }.push(place);
    }
    let table = |start: u64, size: u16, count: usize| range((start, u64::from(size) * count as u64));
    keep.push(0..size_of::<H>() as u64);
    keep.push(table(header.e_phoff(endian).into(), header.e_phentsize(endian), header.e_phnum(endian).into()));
    keep.push(table(header.e_shoff(endian).into(), header.e_shentsize(endian), sections.len()));
    let is_apart = |place: &Range<u64>| {
        let overlaps = |kept: &Range<u64>| !kept.is_empty() && kept.start < place.end && place.start < kept.end;
        !place.is_empty() && place.end <= bytes.len() as u64 && !keep.iter().any(overlaps)
    };
    candidates.retain(is_apart);
    Ok(union(candidates))
}

/// What each value of the option takes, by name.
fn takes(strip: Strip, name: &[u8]) -> bool {
    let Some(name) = name.strip_prefix(b".") else { return false };
    let is_debug = ["debug", "zdebug", "gnu.debug", "gdb_index"].iter().any(|start| name.starts_with(start.as_bytes()));
    is_debug || strip == Strip::Symbols && matches!(name, b"symtab" | b"strtab" | b"symtab_shndx")
}

/// Sections may lie over each other: each byte counts once.
fn union(mut places: Vec<Range<u64>>) -> Vec<Range<usize>> {
    places.sort_by_key(|place| place.start);
    let mut end = 0;
    let mut out = Vec::new();
    for place in places {
        let start = place.start.max(end);
        end = end.max(place.end);
        if start < end {
            out.push(start as usize..end as usize);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use permafreeze_object::format::{Blob, Encoding, Hollowed};
    use permafreeze_object::native::hollow;

    use super::*;

    const NAMES: &[u8] = b"\0.text\0.debug_info\0.symtab\0.shstrtab\0";

    fn put(bytes: &mut [u8], at: usize, values: &[(usize, u64, usize)]) {
        for (field, value, width) in values {
            bytes[at + field..at + field + width].copy_from_slice(&value.to_le_bytes()[..*width]);
        }
    }

    /// A library with a segment, `0..0x200`, debug sections at `0x200..0x380` and symbols at `0x380..0x400`.
    fn library() -> Vec<u8> {
        let mut bytes = vec![0x90; 0x400];
        bytes[..0x100].fill(0);
        bytes[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
        bytes.resize(0x500 + 5 * 64, 0);
        bytes[0x400..0x400 + NAMES.len()].copy_from_slice(NAMES);
        put(
            &mut bytes,
            0,
            &[(16, 3, 2), (18, 62, 2), (20, 1, 4), (32, 64, 8), (40, 0x500, 8), (52, 64, 2), (54, 56, 2)],
        );
        put(&mut bytes, 56, &[(0, 1, 2), (2, 64, 2), (4, 5, 2), (6, 4, 2)]);
        put(&mut bytes, 64, &[(0, 1, 4), (4, 5, 4), (32, 0x200, 8), (40, 0x200, 8)]);
        let sections =
            [(1, 1, 6, 0x100, 0x100), (7, 1, 0, 0x200, 0x180), (19, 2, 0, 0x380, 0x80), (27, 3, 0, 0x400, 37)];
        for (number, (name, kind, flags, offset, size)) in sections.into_iter().enumerate() {
            let fields = [(0, name, 4), (4, kind, 4), (8, flags, 8), (24, offset, 8), (32, size, 8)];
            put(&mut bytes, 0x540 + 64 * number, &fields);
        }
        bytes
    }

    /// The library as it is hollowed, and what the object says of it.
    fn hollowed(strip: Strip, zeroed: u64) -> (Vec<u8>, File) {
        let mut bytes = library();
        super::zeroed(&bytes, strip).expect("a library").into_iter().for_each(|place| bytes[place].fill(0));
        let file = File {
            size: bytes.len() as u64,
            sha256: String::new(),
            executable: false,
            symlink: None,
            blob: Blob { offset: 0, length: 0, encoding: Encoding::Stored },
            hollowed: Some(Hollowed { sha256: String::new(), zeroed, strip }),
            module: None,
            native: None,
            slices: Vec::new(),
        };
        (bytes, file)
    }

    #[test]
    fn the_compiler_zeroes_the_same() {
        let bytes = library();
        for strip in [Strip::Debug, Strip::Symbols] {
            let all = |places: Vec<Range<usize>>| places.into_iter().flatten().collect::<Vec<usize>>();
            assert_eq!(all(zeroed(&bytes, strip).expect("a library")), all(hollow(&bytes, strip)));
        }
        // Damaged files, too, as far as they are read at all.
        for at in 0..bytes.len() {
            for value in [0, 1, 2, 8, 0x7f, 0xff] {
                let mut bytes = bytes.clone();
                bytes[at] = value;
                let all = |places: Vec<Range<usize>>| places.into_iter().flatten().collect::<Vec<usize>>();
                let theirs = all(hollow(&bytes, Strip::Symbols));
                if let (Ok(places), false) = (zeroed(&bytes, Strip::Symbols), theirs.is_empty()) {
                    assert_eq!(all(places), theirs, "byte {at} is {value}");
                }
            }
        }
    }

    #[test]
    fn what_is_zero_is_as_the_object_says() {
        for (strip, zeroed) in [(Strip::Debug, 0x180), (Strip::Symbols, 0x200)] {
            let (bytes, file) = hollowed(strip, zeroed);
            assert_eq!(check(&bytes, &file), Ok(()));
            let mut other = bytes.clone();
            other[0x210] = 7;
            let problem = "byte `528` is `07`, expected `00`: it is of a debug section or symbols";
            assert_eq!(check(&other, &file), Err(problem.to_owned()));
            assert!(check(&bytes[1..], &file).is_err());
        }
        let (bytes, file) = hollowed(Strip::Debug, 0x200);
        let problem = "has `384` bytes of debug sections or symbols, the object has zeroed `512`";
        assert_eq!(check(&bytes, &file), Err(problem.to_owned()));
        let as_it_was = File { hollowed: None, ..file };
        assert!(check(&bytes, &as_it_was).is_err());
    }
}
