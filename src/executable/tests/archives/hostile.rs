//! Input that was cut, garbled or made up: an error or a result, and never a panic or a huge allocation.
//!
//! Memory: an entry's own size limit is what the caller gives, so a limit of a few kilobytes and a time that stays
//! short show that nothing is allocated by a declared length of four gigabytes.
use std::io::Cursor;

use permafreeze_executable::base_library;
use permafreeze_executable::carchive::Archive;
use permafreeze_executable::format::{COOKIE_LENGTH, COOKIE_MAGIC};
use permafreeze_executable::pyz::Pyz;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::support;

const LIMIT: u64 = 4096;

#[test]
fn every_cut_is_an_error() {
    let file = support::sample();
    for length in 0..file.len() {
        assert!(support::read_all(&file[..length], LIMIT).is_err(), "cut to {length}");
    }
}

#[test]
fn every_flipped_byte_is_survived() {
    let file = support::sample();
    for position in 0..file.len() {
        for bits in [1, 0x80, 0xff] {
            let mut garbled = file.clone();
            garbled[position] ^= bits;
            let _ = support::read_all(&garbled, LIMIT);
        }
    }
}

#[test]
fn lengths_of_four_gigabytes_are_errors() {
    let file = support::sample();
    let cookie = file.len() - COOKIE_LENGTH;
    let toc = {
        let bytes: [u8; 4] = file[cookie + 12..cookie + 16].try_into().unwrap();
        Archive::open(Cursor::new(&file[..])).unwrap().start() as usize + u32::from_be_bytes(bytes) as usize
    };
    // The cookie's three lengths, and the first entry's own length, offset, stored length and size.
    for position in [cookie + 8, cookie + 12, cookie + 16, toc, toc + 4, toc + 8, toc + 12] {
        let mut garbled = file.clone();
        garbled[position..position + 4].copy_from_slice(&[0xff; 4]);
        assert!(support::read_all(&garbled, u64::MAX).is_err(), "at {position}");
    }
}

#[test]
fn a_stream_longer_than_its_size_is_an_error() {
    let file = support::sample();
    let mut archive = Archive::open(Cursor::new(&file[..])).unwrap();
    let mut entry = archive.entries().iter().find(|entry| entry.name == "lib.so").unwrap().clone();
    entry.size -= 1;
    assert!(archive.read(&entry, LIMIT).unwrap_err().to_string().contains("`lib.so` should have `299` bytes"));
}

#[test]
fn other_files_are_told_apart() {
    let error = |bytes: &[u8]| Archive::open(Cursor::new(bytes)).unwrap_err().to_string();
    assert_eq!(error(b""), "this is no CArchive: it has no cookie");
    assert_eq!(error(&[0; 300_000]), "this is no CArchive: it has no cookie");
    assert_eq!(error(&COOKIE_MAGIC), "this is no CArchive: its cookie is cut off");
    let pyz = Pyz::open(Cursor::new(b"PK\x03\x04"), 0, 4).unwrap_err().to_string();
    assert_eq!(pyz, "this is no PYZ: it does not begin with `PYZ\\0`");
}

#[test]
fn a_table_like_pythons_with_references_is_read() {
    // [('a', (1, 17, 0)), ('b', (3, 17, 0))] with each object referable and the second 17 and 0 being references.
    let table = [
        &b"\xdb\x02\0\0\0"[..],
        b"\xa9\x02\xda\x01a\xa9\x03\xe9\x01\0\0\0\xe9\x11\0\0\0\xe9\0\0\0\0",
        b"\xa9\x02\xda\x01b)\x03i\x03\0\0\0r\x05\0\0\0r\x06\0\0\0",
    ]
    .concat();
    let file = [b"PYZ\0\xf3\x0d\r\n\0\0\0\x11\0\0\0\0\0".to_vec(), table].concat();
    let pyz = Pyz::open(Cursor::new(&file[..]), 0, file.len() as u64).unwrap();
    let read: Vec<_> =
        pyz.modules().iter().map(|(name, module)| (name.as_str(), module.kind as i64, module.offset)).collect();
    assert_eq!(read, [("a", 1, 17), ("b", 3, 17)]);
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in vec(any::<u8>(), 0..600)) {
        let _ = support::read_all(&bytes, LIMIT);
        let _ = base_library::read(&bytes);
        let _ = Pyz::open(Cursor::new(&bytes[..]), 0, bytes.len() as u64);
    }

    #[test]
    fn any_table_and_cookie_are_survived(table in vec(any::<u8>(), 0..200), fields in vec(0u32..400, 4)) {
        let fields: Vec<u8> = fields.into_iter().flat_map(u32::to_be_bytes).collect();
        let file = [&table[..], &COOKIE_MAGIC, &fields, b"lib", &[0; 61]].concat();
        let _ = support::read_all(&file, LIMIT);
    }

    #[test]
    fn any_table_of_modules_is_survived(table in vec(prop::sample::select(b"[()iruzaA\xa9\xe9\xda\xfa\0\x01\x02\x03".to_vec()), 0..80)) {
        let file = [b"PYZ\0\xf3\x0d\r\n\0\0\0\x11\0\0\0\0\0".to_vec(), table].concat();
        let _ = Pyz::open(Cursor::new(&file[..]), 0, file.len() as u64);
    }

    #[test]
    fn garbled_zips_are_survived(position in 0usize..200, byte in any::<u8>()) {
        let members = [("a.pyc".to_owned(), vec![1; 20]), ("b/__init__.pyc".to_owned(), vec![2; 30])];
        let mut zip = base_library::write(&members.into()).unwrap();
        let position = position % zip.len();
        zip[position] = byte;
        let _ = base_library::read(&zip);
    }
}
