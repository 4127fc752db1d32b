//! What tables and headers must look like, byte for byte, once it is known what they say.
//!
//! The rules are PyInstaller's (`archive/writers.py`, `pyi_archive.h`), PKWARE's (APPNOTE.TXT) and PEP 552's. Nothing
//! here is shared with what writes executables.
use std::collections::BTreeMap;

use flate2::{Compress, Compression, Crc, FlushCompress, Status};

use permafreeze_archive::{Archive, Entry, Pyz, PyzKind};

/// A pyc's header: CPython 3.13's magic number 3571, "unchecked hash", and a hash of zeros.
const PYC_HEADER: [u8; 16] = [0xf3, 0x0d, b'\r', b'\n', 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
/// Everything in an executable is compressed at this level, by the compressor that `Cargo.lock` has.
const LEVEL: u32 = 9;
/// A zlib stream is longer than this many bytes beyond its content never.
const STREAM_EXTRA: usize = 1024;

/// Returns `bytes` as a zlib stream, made in one step; `None` if the compressor refuses.
pub(super) fn stream(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut compress = Compress::new(Compression::new(LEVEL), true);
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 512 + STREAM_EXTRA);
    let status = compress.compress_vec(bytes, &mut out, FlushCompress::Finish).ok()?;
    (status == Status::StreamEnd).then_some(out)
}

/// Returns marshalled code as a pyc file.
pub(super) fn pyc(code: &[u8]) -> Vec<u8> {
    [&PYC_HEADER, code].concat()
}

/// Returns an archive's table of these entries, which follow each other in the file from `start` on.
pub(super) fn archive_table(entries: &[Entry], start: usize) -> Vec<u8> {
    let mut table = Vec::new();
    for entry in entries {
        // Four numbers, a flag, a letter, the name and at least one NUL; in steps of 16 bytes.
        let length = (18 + entry.name.len() + 1).div_ceil(16) * 16;
        let end = table.len() + length;
        let offset = entry.place.start.wrapping_sub(start);
        for number in [length as u64, offset as u64, entry.place.len() as u64, entry.size] {
            table.extend_from_slice(&(number as u32).to_be_bytes());
        }
        table.push(u8::from(entry.compressed));
        table.push(entry.kind.letter() as u8);
        table.extend_from_slice(entry.name.as_bytes());
        table.resize(end, 0);
    }
    table
}

/// Returns an archive's cookie for the Python of a runtime.
pub(super) fn cookie(archive: &Archive, python: (u32, u32), libpython: &str) -> Vec<u8> {
    let (package, toc) = (archive.package(), archive.toc());
    let version = python.0 * 100 + python.1;
    let mut cookie = b"MEI\x0c\x0b\x0a\x0b\x0e".to_vec();
    for number in [package.len() as u32, toc.start.wrapping_sub(package.start) as u32, toc.len() as u32, version] {
        cookie.extend_from_slice(&number.to_be_bytes());
    }
    cookie.extend_from_slice(libpython.as_bytes());
    cookie.resize(88, 0);
    cookie
}

/// Returns a PYZ's header for Python 3.13.
pub(super) fn pyz_header(table: usize) -> Vec<u8> {
    [b"PYZ\0".as_slice(), &PYC_HEADER[..4], &(table as u32).to_be_bytes(), &[0; 5]].concat()
}

/// Returns a PYZ's table of its modules: a marshalled list of `(name, (kind, offset, length))` without references.
pub(super) fn pyz_table(pyz: &Pyz) -> Vec<u8> {
    let mut table = vec![b'['];
    table.extend_from_slice(&(pyz.modules().len() as u32).to_le_bytes());
    for module in pyz.modules() {
        table.extend_from_slice(b")\x02");
        text(&mut table, &module.name);
        table.extend_from_slice(b")\x03");
        let kind = match module.kind {
            PyzKind::Module => 0,
            PyzKind::Package => 1,
            PyzKind::Data => 2,
            PyzKind::NamespacePackage => 3,
        };
        for number in [kind, module.place.start as u32, module.place.len() as u32] {
            table.push(b'i');
            table.extend_from_slice(&number.to_le_bytes());
        }
    }
    table
}

fn text(table: &mut Vec<u8>, text: &str) {
    match (text.is_ascii(), u8::try_from(text.len())) {
        (true, Ok(length)) => table.extend_from_slice(&[b'z', length]),
        (ascii, _) => {
            table.push(if ascii { b'a' } else { b'u' });
            table.extend_from_slice(&(text.len() as u32).to_le_bytes());
        }
    }
    table.extend_from_slice(text.as_bytes());
}

/// A zip file of stored members in the order of their names, and the range of each member's content.
pub(super) struct StoredZip {
    /// The whole file.
    pub bytes: Vec<u8>,
    /// By name, where the content lies.
    pub contents: BTreeMap<String, std::ops::Range<usize>>,
}

/// Returns the zip file of members: nothing is compressed, every time is 1980-01-01, every mode 0600.
pub(super) fn stored_zip(members: &BTreeMap<String, Vec<u8>>) -> StoredZip {
    let mut zip = StoredZip { bytes: Vec::new(), contents: BTreeMap::new() };
    let mut directory = Vec::new();
    for (name, content) in members {
        let offset = zip.bytes.len() as u32;
        let common = zip_fields(name, content);
        zip.bytes.extend_from_slice(b"PK\x03\x04");
        zip.bytes.extend_from_slice(&common);
        zip.bytes.extend_from_slice(name.as_bytes());
        let start = zip.bytes.len();
        zip.bytes.extend_from_slice(content);
        zip.contents.insert(name.clone(), start..zip.bytes.len());
        // Made by version 2.0 on Unix; then no comment, disk 0, no internal attributes.
        directory.extend_from_slice(b"PK\x01\x02\x14\x03");
        directory.extend_from_slice(&common);
        directory.extend_from_slice(&[0; 6]);
        directory.extend_from_slice(&(0o600u32 << 16).to_le_bytes());
        directory.extend_from_slice(&offset.to_le_bytes());
        directory.extend_from_slice(name.as_bytes());
    }
    let (start, count) = (zip.bytes.len() as u32, members.len() as u16);
    zip.bytes.extend_from_slice(&directory);
    zip.bytes.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    zip.bytes.extend_from_slice(&[count.to_le_bytes(), count.to_le_bytes()].concat());
    zip.bytes.extend_from_slice(&(directory.len() as u32).to_le_bytes());
    zip.bytes.extend_from_slice(&start.to_le_bytes());
    zip.bytes.extend_from_slice(&[0; 2]);
    zip
}

/// What a local header and the directory say alike: version 2.0, flags (bit 11: the name is UTF-8), stored, midnight,
/// 1980-01-01, checksum, both sizes, lengths of the name and of the (empty) extra field.
fn zip_fields(name: &str, content: &[u8]) -> Vec<u8> {
    let mut crc = Crc::new();
    crc.update(content);
    let mut fields = vec![20, 0, 0, if name.is_ascii() { 0 } else { 8 }, 0, 0, 0, 0, 0x21, 0];
    for number in [crc.sum(), content.len() as u32, content.len() as u32, name.len() as u32] {
        fields.extend_from_slice(&number.to_le_bytes());
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;
    use permafreeze_archive::{EntryKind, Zip};

    #[test]
    fn a_table_entry_byte_by_byte() {
        let entry = Entry { name: "lib/a".into(), kind: EntryKind::Data, place: 100..107, size: 300, compressed: true };
        let expected = b"\0\0\0\x20\0\0\0\x5a\0\0\0\x07\0\0\x01\x2c\x01xlib/a\0\0\0\0\0\0\0\0\0";
        assert_eq!(archive_table(&[entry], 10), expected);
        let entry =
            Entry { name: "1234567890123".into(), kind: EntryKind::Option, place: 0..0, size: 0, compressed: false };
        assert_eq!(archive_table(&[entry], 0).len(), 32);
    }

    #[test]
    fn names_in_a_pyz_table() {
        let mut table = Vec::new();
        text(&mut table, "ab");
        text(&mut table, "ä");
        text(&mut table, &"x".repeat(256));
        assert_eq!(&table[..11], b"z\x02abu\x02\0\0\0\xc3\xa4");
        assert_eq!(&table[11..16], b"a\0\x01\0\0");
    }

    #[test]
    fn the_zip_reader_reads_a_stored_zip() {
        let members = BTreeMap::from([("a.pyc".to_owned(), pyc(b"code")), ("ä/b.pyc".to_owned(), pyc(b""))]);
        let zip = stored_zip(&members);
        let read = Zip::parse(zip.bytes.clone()).expect("a zip");
        assert_eq!(read.members().len(), 2);
        for member in read.members() {
            assert_eq!(read.data(member).expect("stored"), members[&member.name]);
            assert_eq!(&zip.bytes[zip.contents[&member.name].clone()], members[&member.name]);
        }
    }
}
