//! Files that lie: each fault has an error with the part, the offset and both values.

use crate::support;
use crate::support::python::{header, list};
use crate::support::{BOOTLOADER, compressed, cookie, executable, line, package, plain, sample};
use permafreeze_archive::Error;
use permafreeze_archive::marshal::{self, MAX_DEPTH};
use permafreeze_archive::{Archive, Pyz, Zip};

/// The text of an error that names a part, an offset and something in backticks.
#[track_caller]
fn malformed<T>(result: Result<T, Error>) -> String {
    let Err(error) = result else { panic!("expected an error") };
    let Error::Malformed { what, problem, .. } = &error else { panic!("expected `Malformed`: {error}") };
    assert!(!what.is_empty() && problem.contains('`'), "{error}");
    error.to_string()
}

#[track_caller]
fn archive_error(bytes: Vec<u8>) -> String {
    malformed(Archive::parse(bytes))
}

/// The error of a file with this table after 100 bytes of content.
#[track_caller]
fn toc_error(toc: &[u8]) -> String {
    archive_error(package(&[1; 100], toc))
}

#[track_caller]
fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in: {text}");
    }
}

#[test]
fn a_file_without_a_cookie() {
    has(&archive_error(vec![]), &["file at byte 0", "no cookie", "`0` bytes"]);
    has(&archive_error(vec![0x0e; 100_000]), &["no cookie"]);
}

#[test]
fn a_file_that_is_cut_off_anywhere() {
    let sample = sample();
    let end = sample.len() - support::TRAILER.len();
    for length in 0..end {
        let text = archive_error(sample[..length].to_vec());
        assert!(text.contains("cookie"), "{length}: {text}");
    }
}

#[test]
fn a_cookie_that_lies() {
    let with = |cookie: Vec<u8>| archive_error([BOOTLOADER, &cookie[..]].concat());
    has(&with(cookie(116, 0, 0, 313, b"x")), &["cookie at byte 27", "`116`", "`88`", "`115`"]);
    has(&with(cookie(87, 0, 0, 313, b"x")), &["`87`", "`88`"]);
    has(&with(cookie(u32::MAX, 0, 0, 313, b"x")), &["`4294967295`"]);
    has(&with(cookie(88, 1, 0, 313, b"x")), &["cookie: TOC at byte 27", "from `28` on", "`27`"]);
    has(&with(cookie(88, u32::MAX, u32::MAX, 313, b"x")), &["`4294967295` bytes from `4294967322` on"]);
    has(&with(cookie(88, 0, 0, 0, b"x")), &["Python version `0`"]);
    has(&with(cookie(88, 0, 0, 2711, b"x")), &["Python version `2711`"]);
    has(&with(cookie(88, 0, 0, u32::MAX, b"x")), &["Python version `4294967295`"]);
    has(&with(cookie(88, 0, 0, 313, b"x\0y")), &["Python library", "byte `2`"]);
    has(&with(cookie(88, 0, 0, 313, b"\xff")), &["Python library", r"`\xff`"]);
}

#[test]
fn a_table_that_lies() {
    has(&toc_error(&[0, 0]), &["TOC at byte 100", "wants `4` bytes, `2` are left"]);
    has(&toc_error(&[0; 32]), &["TOC entry 0 at byte 100", "has `0` bytes", "`19` to `32`"]);
    has(&toc_error(&[255; 32]), &["TOC entry 0", "`4294967295`"]);
    let good = line(0, 10, 10, 0, b'x', b"first");
    has(&toc_error(&[&good[..], &[0, 0, 0, 33], &[0; 28]].concat()), &["TOC entry 1 at byte 132", "`33`", "`32`"]);
    has(&toc_error(&line(0, 10, 10, 2, b'x', b"a")), &["TOC entry 0 `a`", "compression flag `2`"]);
    has(&toc_error(&line(0, 10, 10, 0, b'q', b"a")), &["type code `q`", "bxZndmMszol"]);
    has(&toc_error(&line(0, 10, 11, 0, b'x', b"a")), &["`10` bytes stored", "`11` plain"]);
    has(&toc_error(&line(0, 10, 10, 0, b'x', b"\xff\xfe")), &["TOC entry 0", "not UTF-8"]);
    has(&toc_error(&line(0, 10, 10, 0, b'x', b"a\0b")), &["TOC entry 0", "name has `1` bytes"]);
    let mut unended = line(0, 10, 10, 0, b'x', b"abcdefghijklm");
    *unended.last_mut().unwrap() = b'!';
    has(&toc_error(&unended), &["does not end with a NUL"]);
}

#[test]
fn entries_outside_of_the_package() {
    has(&toc_error(&line(95, 6, 6, 0, b'x', b"a")), &["TOC: entries overlap"]);
    has(&toc_error(&line(1000, 1, 1, 0, b'x', b"a")), &["TOC entry 0 `a`", "`1` bytes from `1000` on"]);
    has(&toc_error(&line(u32::MAX, u32::MAX, 5, 1, b'x', b"a")), &["`4294967295` bytes from `4294967295` on"]);
    has(&toc_error(&line(u32::MAX, 1, 1, 0, b'x', b"a")), &["`1` bytes from `4294967295` on"]);
}

#[test]
fn entries_that_overlap() {
    let toc = [line(0, 50, 50, 0, b'x', b"one"), line(49, 10, 10, 0, b'x', b"two")].concat();
    has(&toc_error(&toc), &["TOC: entries overlap at byte 49", "`two` begins at `49`", "`one`", "`50`"]);
}

#[test]
fn a_table_that_is_too_long() {
    let toc = vec![0; (32 << 20) + 1];
    has(&archive_error(package(&[], &toc)), &["TOC at byte 0", "`33554433`", "`33554432`"]);
}

#[test]
fn a_stream_that_lies() {
    let error = |part| {
        let archive = Archive::parse(executable(&[part])).unwrap();
        malformed(archive.data(&archive.entries()[0]))
    };
    let good = compressed(b'x', "file", &[5; 1000]);
    let with = |size| support::Part { size, ..good.clone() };
    has(&error(with(999)), &["entry `file` at byte 27", "more than `999`"]);
    has(&error(with(1001)), &["declares `1001` bytes, has `1000`"]);
    has(&error(with(u32::MAX)), &["declares `4294967295` bytes", "at most"]);
    let cut = good.stored[..good.stored.len() - 1].to_vec();
    has(&error(support::Part { stored: cut, ..good.clone() }), &["cut off", "`1000`"]);
    let longer = [&good.stored[..], b"!"].concat();
    has(&error(support::Part { stored: longer, ..good.clone() }), &["stored bytes"]);
    has(&error(support::Part { stored: vec![9; 50], ..good.clone() }), &["does not decompress"]);
    let mut wrong = good.clone();
    *wrong.stored.last_mut().unwrap() ^= 1;
    has(&error(wrong), &["does not decompress"]);
    has(&error(support::Part { stored: vec![], ..good }), &["declares `1000` bytes, `0` stored"]);
}

#[test]
fn a_pyz_that_lies() {
    let with = |toc: Vec<u8>| malformed(Pyz::parse_at([header(17), toc].concat(), 1000));
    let one = |kind, offset, length| with(list(&[support::python::line("a", kind, offset, length)]));
    has(&malformed(Pyz::parse(vec![])), &["PYZ at byte 0", "wants `4` bytes, `0` are left"]);
    has(&malformed(Pyz::parse(b"PYX\0".to_vec())), &["PYX", "PYZ"]);
    has(&malformed(Pyz::parse(header(u32::MAX))), &["table at `4294967295`", "`17`"]);
    has(&malformed(Pyz::parse(header(16))), &["table at `16`"]);
    has(&with(vec![b'N']), &["PYZ table at byte 1017", "`NoneType`"]);
    has(&with(list(&[vec![b'N']])), &["`NoneType`"]);
    has(&one(4, 17, 0), &["PYZ table entry 0 `a`", "kind `4`"]);
    has(&one(0, -1, 0), &["expected `int`"]);
    has(&one(0, 16, 1), &["`1` bytes from `16` on"]);
    has(&one(0, i32::MAX, i32::MAX), &["`2147483647` bytes from `2147483647` on"]);
    has(&one(0, 17, 5), &["PYZ: modules overlap at byte 1017", "`a`", "`table`"]);
    has(&with(list(&[])[..4].to_vec()), &["PYZ table at byte 1018"]);
    has(&with(support::code()), &["expected no code"]);
}

#[test]
fn marshalled_bytes_that_lie() {
    let error = |bytes: &[u8]| malformed(marshal::parse(bytes));
    has(&error(b""), &["marshalled code at byte 0", "wants `1` bytes"]);
    has(&error(b"NN"), &["at byte 1", "`1` of `2`"]);
    has(&error(b"?"), &["type code `?`"]);
    has(&error(b"0"), &["type code `0`"]);
    has(&error(b"(\xff\xff\xff\x7f"), &["at byte 1", "`2147483647` items, `0` bytes are left"]);
    has(&error(b"(\xff\xff\xff\xff"), &["`-1` items"]);
    has(&error(b"s\x05\0\0\0abcd"), &["`5` items, `4` bytes"]);
    has(&error(b"l\0\0\0\x80"), &["`2147483648` digits"]);
    has(&error(b"l\x01\0\0\0\0\x80"), &["digit `32768`", "`32767`"]);
    has(&error(b"l\x01\0\0\0\0\0"), &["highest is `0`"]);
    has(&error(b"r\0\0\0\0"), &["refers to value `0` of `0`"]);
    has(&error(b"\xa9\x01r\0\0\0\0"), &["at byte 2", "refers to value `0`, which it is a part of"]);
    has(&error(b"z\x02\xc3\xa9"), &["said to be ASCII"]);
    has(&error(b"u\x01\0\0\0\xff"), &["`1` bytes"]);
    has(&error(b"f\x03abc"), &["`abc` is not a float"]);
    has(&error(b"c"), &["wants `4` bytes"]);
    let mut code = b"c".to_vec();
    code.resize(21, 0);
    code.push(b'N');
    has(&error(&code), &["at byte 21", "co_code is of type `NoneType`, expected `bytes`"]);
}

#[test]
fn nesting_without_end() {
    let deep = |levels: usize| marshal::parse(&[b")\x01".repeat(levels), b"N".to_vec()].concat());
    assert!(deep(MAX_DEPTH - 1).is_ok());
    has(&malformed(deep(MAX_DEPTH)), &["nested `601` levels deep, `600`"]);
    has(&malformed(deep(1_000_000)), &["`601`"]);
    has(&malformed(marshal::parse(&b"{".repeat(1_000_000))), &["`601`"]);
    // Each half is allowed; one refers to the other from its depth.
    let half = MAX_DEPTH / 2 + 10;
    let bytes = [b")\x02\xa9\x01", &b")\x01".repeat(half)[..], b"N", &b")\x01".repeat(half)[..], b"r\0\0\0\0"].concat();
    has(&malformed(marshal::parse(&bytes)), &["more levels"]);
}

/// A few bytes that stand for very many values.
#[test]
fn references_that_expand_without_end() {
    let mut bytes = b"\xa9\x02NN".to_vec();
    for level in 0..60_u32 {
        let reference = [&b"r"[..], &level.to_le_bytes()].concat();
        bytes = [&b")\x02"[..], &bytes, &reference].concat();
    }
    // Each level is a value of its own that may be referred to.
    let mut doubled = Vec::new();
    for _ in 0..60 {
        doubled.extend(b"\xa9\x02");
    }
    doubled.extend(b"NN");
    for level in (1..60_u32).rev() {
        doubled.extend([&b"r"[..], &level.to_le_bytes()].concat());
    }
    has(&malformed(marshal::parse(&doubled)), &["expands to"]);
    assert!(marshal::parse(&bytes).is_err());
}

#[test]
fn a_zip_that_lies() {
    use support::zip::{end, member};
    let one = member("a", b"content", false);
    let good = support::zip(std::slice::from_ref(&one));
    let error = |bytes: Vec<u8>| malformed(Zip::parse(bytes));
    let with = |change: &dyn Fn(&mut support::zip::Member)| {
        let mut member = one.clone();
        change(&mut member);
        support::zip(&[member])
    };
    has(&error(vec![]), &["zip at byte 0", "no end record"]);
    has(&error(end(1, 0, 0)), &["zip: directory", "wants `4` bytes, `0` are left"]);
    has(&error(end(0, 0, 7)), &["zip: end record", "`0` bytes at `7`", "end at `0`"]);
    has(&error(with(&|member| member.size = 8)), &["zip member 0 `a`", "`7` bytes stored and `8` plain"]);
    has(&error(with(&|member| (member.size, member.stored_size) = (5000, 5000))), &["`5000` bytes from"]);
    let mut signature = good.clone();
    signature[0] = b'Q';
    has(&error(signature), &["local header at byte 0", "`04034b51`", "`04034b50`"]);
    let mut name = good.clone();
    name[30] = b'b';
    has(&error(name), &["names `b`, the directory `a`"]);
    let mut crc = good.clone();
    crc[14] ^= 1;
    has(&error(crc), &["local header", "the directory"]);
    let mut content = good;
    content[31] ^= 1;
    let zip = Zip::parse(content).unwrap();
    has(&malformed(zip.data(&zip.members()[0])), &["zip member `a` at byte 31", "checksum"]);
    let method = Zip::parse(with(&|member| member.method = 12)).unwrap_err();
    assert!(matches!(&method, Error::Unsupported { .. }), "{method}");
    let wide = Zip::parse(with(&|member| member.size = u32::MAX)).unwrap_err();
    has(&wide.to_string(), &["not supported: Zip64"]);
    has(&Zip::parse(end(u16::MAX, 0, 0)).unwrap_err().to_string(), &["not supported: Zip64"]);
}

/// The first seven entries are small; the file says that they are at the end of 4 GiB.
#[test]
fn numbers_near_4_gib_do_not_wrap() {
    for offset in [u32::MAX, u32::MAX - 1, 1 << 31, u32::MAX - 100] {
        for size in [1, 101, u32::MAX, u32::MAX - offset, (u32::MAX - offset).wrapping_add(1)] {
            if size == 0 {
                continue;
            }
            let bytes = [BOOTLOADER, &package(&[1; 100], &line(offset, size, size, 0, b'x', b"a"))].concat();
            has(&archive_error(bytes), &["TOC entry 0 `a`", "outside of `27`"]);
        }
    }
}

#[test]
fn only_regular_files_are_opened() {
    let error = Archive::open("/dev/zero".into()).unwrap_err();
    assert!(matches!(error, Error::Unreadable { .. }));
    let folder = tempfile::tempdir().unwrap();
    let path = camino::Utf8PathBuf::try_from(folder.path().join("file")).unwrap();
    assert!(matches!(Archive::open(&path).unwrap_err(), Error::Unreadable { .. }));
    std::fs::write(&path, executable(&[plain(b'x', "a", b"1")])).unwrap();
    assert_eq!(Archive::open(&path).unwrap().entries().len(), 1);
    std::fs::File::create(&path).unwrap().set_len((4 << 30) + 1).unwrap();
    has(&malformed(Archive::open(&path)), &["file at byte 0", "`4294967297`", "`4294967296`"]);
}
