//! Executables for Windows.
#[allow(dead_code)]
#[path = "../../../object/tests/support/native.rs"]
mod native;

use std::error::Error;
use std::fs;

use permafreeze_archive::Archive;
use permafreeze_executable::pe::resources::{self, Resource};
use permafreeze_link::collection::{Collection, FileKind};
use permafreeze_packaging::target::Target;

use crate::support::{Folder, bytes, collection, file, write};

/// Offsets of [`bootloader`]'s header.
const SIGNATURE: usize = 64;
const OPTIONAL: usize = SIGNATURE + 24;
const CHECKSUM: usize = OPTIONAL + 64;
const RESOURCES: usize = OPTIONAL + 112 + 8 * 2;
const DEBUG: usize = OPTIONAL + 112 + 8 * 6;
const SECTIONS: usize = OPTIONAL + 240;
/// Where two entries of its debug directory are, of which the first one has a time stamp.
const DEBUG_ENTRIES: usize = native::RAW + 0x300;
const STAMP: u32 = 315_532_800;

/// A program that stands in for PyInstaller's bootloader.
fn bootloader() -> Vec<u8> {
    let mut bytes = native::pe();
    let mut put = |at: usize, number: u32| bytes[at..at + 4].copy_from_slice(&number.to_le_bytes());
    put(SIGNATURE + 8, 12345);
    put(CHECKSUM, 12345);
    put(DEBUG, 0x1300);
    put(DEBUG + 4, 56);
    put(DEBUG_ENTRIES + 4, 12345);
    bytes
}

pub(crate) fn windows(name: &str) -> Collection {
    let library = file("python313.dll", FileKind::Binary, &[5; 500]);
    let mut input = Collection {
        name: name.to_owned(),
        target: Target::WindowsAmd64,
        libpython: "python313.dll".to_owned(),
        files: vec![library],
        ..collection()
    };
    input.bootloader.content = bytes(&bootloader());
    input.bootloader.resources = vec![resources::plain_manifest(false)];
    input
}

fn number(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}

fn cause(collection: &Collection) -> String {
    let folder = Folder::new();
    let error = write(collection, folder.root()).unwrap_err();
    assert_eq!(folder.names(), [""; 0]);
    let cause = error.source().unwrap();
    cause.source().map_or(cause.to_string(), |deeper| deeper.to_string())
}

#[test]
fn the_archive_follows_a_bootloader_with_resources_stamps_and_a_checksum() {
    let folder = Folder::new();
    // Lengths odd and even: parts begin at both.
    for length in [1000, 1001] {
        let mut input = windows("app");
        input.files.push(file(
            "package/data.bin",
            FileKind::Data,
            &(0..length).map(|n| (n * n % 251) as u8).collect::<Vec<_>>(),
        ));
        let report = write(&input, folder.root()).unwrap();
        let written = fs::read(folder.path("bin/app.exe")).unwrap();
        assert_eq!(report.executable.size, written.len() as u64);
        let archive = Archive::parse(written.clone()).unwrap();
        let head = native::pe().len() as u32;
        assert_eq!(archive.bootloader().len() % 0x200, 0);
        assert_eq!(archive.python_library(), "python313.dll");
        // The section: its header behind the first one's, in memory behind the first one, in the file at the head's end.
        let header = SECTIONS + 40;
        assert_eq!(written[header..header + 8], *b".rsrc\0\0\0");
        let section = |field: usize| number(&written, header + field);
        let (size, address) = (section(8), section(12));
        assert_eq!(
            (address, section(16), section(20), section(36)),
            (0x2000, size.next_multiple_of(0x200), head, 0x4000_0040)
        );
        assert_eq!((number(&written, RESOURCES), number(&written, RESOURCES + 4)), (address, size));
        assert_eq!(number(&written, OPTIONAL + 56), 0x3000, "size of image");
        assert_eq!(number(&written, OPTIONAL + 8), section(16), "initialised data");
        assert_eq!(written[SIGNATURE + 6], 2, "sections");
        assert_eq!(archive.bootloader().len() as u32, section(20) + section(16));
        let stamps = [SIGNATURE + 8, DEBUG_ENTRIES + 4, DEBUG_ENTRIES + 32].map(|at| number(&written, at));
        assert_eq!(stamps, [STAMP, STAMP, 0]);
        assert_eq!(u64::from(number(&written, CHECKSUM)), checksum(&written));
    }
}

/// The sum of the words of 16 bits but the checksum's own, with carries added, and the length.
fn checksum(file: &[u8]) -> u64 {
    let mut bytes = file.to_vec();
    bytes[CHECKSUM..CHECKSUM + 4].fill(0);
    let mut sum = 0_u64;
    for word in bytes.chunks(2) {
        sum += u64::from(word[0]) | u64::from(*word.get(1).unwrap_or(&0)) << 8;
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum + file.len() as u64
}

#[test]
fn entries_have_windows_separators_in_the_archive_alone() {
    let folder = Folder::new();
    let mut input = windows("app");
    input.files.push(file("a/b/c.txt", FileKind::Data, b"1"));
    let report = write(&input, folder.root()).unwrap();
    let archive = Archive::open(&folder.path("bin/app.exe")).unwrap();
    assert!(archive.entries().iter().any(|entry| entry.name == "a/b/c.txt"));
    assert!(report.files.iter().any(|file| file.name == "a/b/c.txt"));
    let raw = &archive.bytes()[archive.toc()];
    let has = |text: &[u8]| raw.windows(text.len()).any(|part| part == text);
    assert!(has(b"a\\b\\c.txt\0") && !has(b"a/b") && has(b"pyi-contents-directory _internal\0"));
}

#[test]
fn two_files_that_differ_in_case() {
    for target in [Target::WindowsAmd64, Target::LinuxAmd64] {
        let mut input = if target.is_windows() { windows("app") } else { collection() };
        input.files.push(file("a/Data.txt", FileKind::Data, b"1"));
        input.files.push(file("A/data.txt", FileKind::Data, b"2"));
        input.files.push(file("a/other.txt", FileKind::Data, b"3"));
        if target.is_windows() {
            let expected = "`a/Data.txt`, from `a/Data.txt` of `app.whl`, and `A/data.txt`, from `A/data.txt` of `app.whl`, are \
                            one file on `windows-amd64`: only case tells them apart";
            assert_eq!(cause(&input), expected);
        } else {
            write(&input, Folder::new().root()).unwrap();
        }
    }
    let mut input = windows("app");
    input.files.push(file("a", FileKind::Data, b"1"));
    input.files.push(file("A/b", FileKind::Data, b"1"));
    assert_eq!(cause(&input), "`a` is a file, from `a` of `app.whl`, and the folder of `A/b`, from `A/b` of `app.whl`");
    let mut input = windows("app");
    input.files.push(file("Base_Library.zip", FileKind::Data, b"1"));
    assert!(cause(&input).contains("are one file on `windows-amd64`"));
}

#[test]
fn names_that_windows_does_not_have() {
    let long = "a/".repeat(100) + "b";
    let names = [
        ("p/aux.py", "`aux.py` is a device on Windows, and no file name"),
        ("p/a:b", "no file name on Windows has the character `:`"),
        ("p/a. ", "`a. ` ends with a dot or a blank, which Windows removes"),
        (long.as_str(), "it has `201` characters, `197` are the most that can be unpacked on every Windows"),
    ];
    for (name, reason) in names {
        let mut input = windows("app");
        input.files.push(file(name, FileKind::Data, b"1"));
        assert_eq!(cause(&input), format!("`{name}` of `app.whl` cannot be unpacked to `{name}`: {reason}"));
    }
}

#[test]
fn bootloaders_that_are_none() {
    let refused = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut input = windows("app");
        let mut head = bootloader();
        change(&mut head);
        input.bootloader.content = bytes(&head);
        cause(&input)
    };
    let is = |change: &dyn Fn(&mut Vec<u8>), problem: &str| {
        assert_eq!(refused(change), format!("the bootloader is not one of PyInstaller's: {problem}"));
    };
    is(&|head| *head = b"\x7fELF".to_vec(), "expected a program for Windows, which begins with `MZ`");
    is(&|head| head.truncate(40), "it ends before byte `60`");
    is(&|head| head[OPTIONAL] = 0, "expected a program of 64 bits (PE32+)");
    is(&|head| head[RESOURCES] = 1, "it has resources already");
    is(&|head| head[RESOURCES + 16] = 1, "it has a signature already");
    is(&|head| head.push(0), "its sections do not end where its `1537` bytes end");
    is(&|head| head[SECTIONS + 21] = 1, "its sections do not end where its `1536` bytes end");
    is(&|head| head[OPTIONAL + 36] = 3, "its alignment is `515`, expected a power of two");
    is(&|head| head[DEBUG + 3] = 1, "the address `0x1001300` is in none of its sections");
    is(&|head| head[OPTIONAL + 108] = 2, "its header has no data directory `2`");
}

/// An .ico file of two images.
fn ico() -> Vec<u8> {
    let mut bytes = vec![0, 0, 1, 0, 2, 0];
    bytes.extend([16, 16, 0, 0, 1, 0, 32, 0, 4, 0, 0, 0, 38, 0, 0, 0]);
    bytes.extend([32, 32, 0, 0, 1, 0, 32, 0, 2, 0, 0, 0, 42, 0, 0, 0]);
    bytes.extend(b"aaaabb");
    bytes
}

#[test]
fn an_icon_is_its_images_and_their_group() {
    let made = resources::icon(&ico()).unwrap();
    let group = [
        &[0, 0, 1, 0, 2, 0][..],
        &[16, 16, 0, 0, 1, 0, 32, 0, 4, 0, 0, 0, 1, 0],
        &[32, 32, 0, 0, 1, 0, 32, 0, 2, 0, 0, 0, 2, 0],
    ];
    let resource = |kind, id, bytes: &[u8]| Resource { kind, id, bytes: bytes.to_vec() };
    assert_eq!(made, [resource(3, 1, b"aaaa"), resource(3, 2, b"bb"), resource(14, 1, &group.concat())]);
}

#[test]
fn icons_that_are_none() {
    let refused = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut icon = ico();
        change(&mut icon);
        resources::icon(&icon).unwrap_err()
    };
    assert_eq!(refused(&|icon| *icon = b"\x89PNG".to_vec()), "it is no icon: expected an `.ico` file");
    assert_eq!(refused(&|icon| icon[2] = 2), "it is no icon: expected an `.ico` file");
    assert_eq!(refused(&|icon| icon.truncate(30)), "it says that it has `2` images, and is too short for them");
    assert_eq!(refused(&|icon| icon[4] = 0), "it says that it has `0` images, and is too short for them");
    assert_eq!(refused(&|icon| icon.truncate(43)), "its image `2` is not in the file");
    assert_eq!(refused(&|icon| icon[18 + 3] = 255), "its image `1` is not in the file");
    assert_eq!(refused(&|icon| icon[14..22].copy_from_slice(&[44, 0, 0, 0, 0, 0, 0, 0])), "its images overlap");
}

#[test]
fn manifests() {
    let plain = String::from_utf8(resources::plain_manifest(false).bytes).unwrap();
    assert_eq!(plain.len(), 1293, "as PyInstaller's");
    assert!(plain.contains("level=\"asInvoker\"") && plain.ends_with("</assembly>"));
    let administrator = String::from_utf8(resources::plain_manifest(true).bytes).unwrap();
    assert_eq!(administrator, plain.replace("asInvoker", "requireAdministrator"));
    assert_eq!(resources::manifest(plain.clone().into_bytes()), Ok(resources::plain_manifest(false)));
    assert!(
        resources::manifest(b"<assembly/>".to_vec()).unwrap_err().starts_with("it is no manifest: expected XML with")
    );
    assert_eq!(resources::manifest(vec![255]).unwrap_err(), "it is no manifest: expected XML in UTF-8");
}

#[test]
fn a_version_is_a_tree_of_aligned_nodes() {
    let texts = [("CompanyName", "Ä"), ("FileVersion", "1.2")].map(|(key, text)| (key.to_owned(), text.to_owned()));
    let info = resources::version([1, 2, 3, 65535], &texts.into()).bytes;
    let short = |at: usize| usize::from(u16::from_le_bytes([info[at], info[at + 1]]));
    assert_eq!((short(0), short(2), short(4)), (info.len(), 52, 0));
    assert_eq!(info[6..38], *"VS_VERSION_INFO\0".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>());
    assert_eq!((number(&info, 40), number(&info, 48), number(&info, 52)), (0xfeef_04bd, 0x1_0002, 0x3_ffff));
    let table = 40 + 52;
    assert_eq!(short(table + 4), 1, "StringFileInfo is of text");
    let variables = table + short(table).next_multiple_of(4);
    assert_eq!(variables + short(variables), info.len(), "VarFileInfo is the last node");
    assert_eq!(info[info.len() - 4..], [0x09, 0x04, 0xb0, 0x04]);
}
