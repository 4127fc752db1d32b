//! Small executables made by hand, byte by byte: nothing of the product writes them.
#![allow(dead_code)]

#[path = "../../../object/tests/support/native.rs"]
pub(crate) mod native;
pub(crate) mod python;
pub(crate) mod zip;

use std::io::Write;

pub(crate) use python::{code, pyz};
pub(crate) use zip::{member, zip};

/// What stands before the package of [`executable`].
pub(crate) const BOOTLOADER: &[u8] = b"a bootloader of 27 bytes...";
/// What stands after the cookie of [`executable`].
pub(crate) const TRAILER: &[u8] = b"section headers";

/// An entry as the table of contents says it.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub name: String,
    pub letter: u8,
    pub stored: Vec<u8>,
    pub size: u32,
    pub flag: u8,
}

/// An entry that is stored as it is.
pub(crate) fn plain(letter: u8, name: &str, data: &[u8]) -> Part {
    Part { name: name.to_owned(), letter, stored: data.to_vec(), size: data.len() as u32, flag: 0 }
}

/// An entry that is stored as a zlib stream.
pub(crate) fn compressed(letter: u8, name: &str, data: &[u8]) -> Part {
    Part { flag: 1, stored: zlib(data), ..plain(letter, name, data) }
}

pub(crate) fn zlib(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// A line of the table of contents.
pub(crate) fn line(offset: u32, stored: u32, size: u32, flag: u8, letter: u8, name: &[u8]) -> Vec<u8> {
    let length = (18 + name.len() + 1).next_multiple_of(16);
    let mut line = Vec::new();
    for number in [length as u32, offset, stored, size] {
        line.extend(number.to_be_bytes());
    }
    line.extend([flag, letter]);
    line.extend(name);
    line.resize(length, 0);
    line
}

/// Blobs, a table and the cookie.
pub(crate) fn package(blobs: &[u8], toc: &[u8]) -> Vec<u8> {
    let mut package = [blobs, toc].concat();
    let length = package.len() as u32 + 88;
    package.extend(cookie(length, blobs.len() as u32, toc.len() as u32, 313, b"libpython3.13.so.1.0"));
    package
}

pub(crate) fn cookie(length: u32, toc: u32, toc_length: u32, python: u32, library: &[u8]) -> Vec<u8> {
    let mut cookie = b"MEI\x0c\x0b\x0a\x0b\x0e".to_vec();
    for number in [length, toc, toc_length, python] {
        cookie.extend(number.to_be_bytes());
    }
    cookie.extend(library);
    cookie.resize(88, 0);
    cookie
}

/// A whole file of these entries.
pub(crate) fn executable(parts: &[Part]) -> Vec<u8> {
    let (mut blobs, mut toc) = (Vec::new(), Vec::new());
    for part in parts {
        let (offset, stored) = (blobs.len() as u32, part.stored.len() as u32);
        toc.extend(line(offset, stored, part.size, part.flag, part.letter, part.name.as_bytes()));
        blobs.extend(&part.stored);
    }
    [BOOTLOADER, &package(&blobs, &toc), TRAILER].concat()
}

/// A file with an entry of each kind.
pub(crate) fn sample() -> Vec<u8> {
    let modules = [("a", 1, code()), ("a.b", 0, code()), ("c", 3, vec![]), ("d.txt", 2, b"data of a PYZ".to_vec())];
    let library = zip(&[member("abc.pyc", &[&[0; 16], &code()[..]].concat(), false), member("b.pyc", &[7; 99], true)]);
    executable(&[
        compressed(b'm', "struct", &code()),
        compressed(b's', "main", &code()),
        plain(b'o', "pyi-contents-directory _internal", b""),
        plain(b'z', "PYZ.pyz", &pyz(&modules)),
        compressed(b'b', "libnative.so.1", &native::elf()),
        compressed(b'x', "base_library.zip", &library),
        compressed(b'x', "zeros", &[0; 5000]),
        plain(b'x', "empty", b""),
        plain(b'n', "link.so", b"libnative.so.1\0"),
        plain(b'd', "other:libother.so", b""),
        plain(b'Z', "an.egg", &zip(&[])),
        plain(b'M', "package", &code()),
        plain(b'l', "splash", b"splash"),
    ])
}
