//! Files made by hand. `tests/reference/macos` compares with Apple's own signature.
use permafreeze_base::sha256;

use super::{Image, MachOError, PAGE};

#[path = "../../../tests/support/macho.rs"]
mod support;

use support::{CODE, ID, LINKEDIT, LOAD, PROGRAM};

fn image(bytes: &[u8]) -> Image {
    Image::parse(bytes.to_vec()).expect("a Mach-O file")
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

fn big_at(bytes: &[u8], at: usize) -> usize {
    u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four bytes")) as usize
}

/// Returns the load commands by kind.
fn commands(bytes: &[u8]) -> Vec<(u32, Vec<u8>)> {
    let mut at = 32;
    let next = |_| {
        let length = u32_at(bytes, at + 4) as usize;
        let command = (u32_at(bytes, at), bytes[at..at + length].to_vec());
        at += length;
        command
    };
    (0..u32_at(bytes, 16)).map(next).collect()
}

fn command(bytes: &[u8], kind: u32) -> Vec<u8> {
    commands(bytes).into_iter().find(|(found, _)| *found == kind).expect("the command").1
}

#[test]
fn a_file_is_given_back_as_it_is() {
    let bytes = support::Image::default().bytes();
    assert_eq!(image(&bytes).into_bytes().expect("written"), bytes);
    assert_eq!((image(&bytes).uuid(), image(&bytes).sdk()), (Some(ID), Some(0x1a0200)));
}

#[test]
fn a_signature_has_the_hash_of_every_page() {
    let bytes = support::Image { kind: PROGRAM, ..Default::default() }.bytes();
    let signed = image(&bytes).signed("a-name").expect("signed");
    let place = command(&signed, 0x1d);
    let (offset, size) = (u32_at(&place, 8) as usize, u32_at(&place, 12) as usize);
    assert_eq!((offset, offset + size), (bytes.len().next_multiple_of(16), signed.len()));
    let list = &signed[offset..];
    assert_eq!([0, 8, 12, 16].map(|at| big_at(list, at)), [0xfade_0cc0, 1, 0, 20]);
    let directory = &list[20..];
    assert_eq!(big_at(list, 4), 20 + big_at(directory, 4));
    let hashes = 88 + "a-name".len() + 1;
    let expected = [0xfade_0c02, 0x20400, 0x20002, hashes, 88, 0, 2, offset];
    assert_eq!([0, 8, 12, 16, 20, 24, 28, 32].map(|at| big_at(directory, at)), expected);
    assert_eq!(directory[36..40], [32, 2, 0, 12]);
    // Where the code segment is, and that it is a program's.
    assert_eq!([64, 72, 80].map(|at| big_at(directory, at + 4)), [0, LINKEDIT, 1]);
    assert_eq!(&directory[88..hashes], b"a-name\0");
    let pages: Vec<u8> = signed[..offset].chunks(PAGE).flat_map(sha256::digest).collect();
    assert_eq!(directory[hashes..hashes + pages.len()], pages);
    assert!(directory[hashes + pages.len()..].iter().all(|byte| *byte == 0));
    let linkedit = commands(&signed).remove(1).1;
    assert_eq!([u32_at(&linkedit, 32), u32_at(&linkedit, 48)], [0x4000, (signed.len() - LINKEDIT) as u32]);
}

#[test]
fn signed_again_it_is_the_same() {
    let bytes = support::Image::default().bytes();
    let signed = image(&bytes).signed("a").expect("signed");
    assert_eq!(image(&signed).signed("a").expect("signed"), signed);
    assert_ne!(image(&signed).signed("b").expect("signed"), signed);
    let mut unsigned = image(&signed);
    unsigned.unsign().expect("unsigned");
    let padding = bytes.len().next_multiple_of(16) - bytes.len();
    let unsigned = unsigned.into_bytes().expect("written");
    assert_eq!(unsigned.len(), bytes.len() + padding);
    assert_eq!(unsigned[CODE..bytes.len()], bytes[CODE..]);
}

#[test]
fn what_is_appended_is_the_end_of_the_string_table() {
    let bytes = support::Image { kind: PROGRAM, ..Default::default() }.bytes();
    let archive: Vec<u8> = (0..10_001_u32).map(|number| number as u8).collect();
    let mut image = image(&bytes);
    image.set_uuid([9; 16]).expect("set");
    image.set_sdk(0xd0000).expect("set");
    let signing = image.lay_out("app", archive.len() as u64).expect("laid out");
    let covered = [&signing.head[..], &archive, &vec![0; signing.padding]].concat();
    let hashes: Vec<_> = covered.chunks(PAGE).map(sha256::digest).collect();
    let whole = [&covered[..], &signing.tail(&hashes)].concat();
    let strings = command(&whole, 2);
    let end = u32_at(&strings, 16) + u32_at(&strings, 20);
    assert_eq!(end as usize, bytes.len() + archive.len());
    assert_eq!(command(&whole, 0x1b)[8..], [9; 16]);
    assert_eq!(u32_at(&command(&whole, 0x32), 16), 0xd0000);
    let linkedit = commands(&whole).remove(1).1;
    assert_eq!(u32_at(&linkedit, 48) as usize, whole.len() - LINKEDIT);
    assert_eq!(u32_at(&linkedit, 32) as usize, (whole.len() - LINKEDIT).next_multiple_of(0x4000));
}

#[test]
fn names_change_and_nothing_else() {
    let needed = vec![(LOAD, "@rpath/liba.dylib"), (LOAD, "/usr/lib/libSystem.B.dylib")];
    let bytes = support::Image { needed, ..Default::default() }.bytes();
    let mut changed = image(&bytes);
    changed.rename_needed(|name| name.starts_with("@rpath").then(|| "@loader_path/a/longer/way/liba.dylib".to_owned()));
    let changed = changed.into_bytes().expect("written");
    let names: Vec<Vec<u8>> =
        commands(&changed).into_iter().filter(|(kind, _)| *kind == LOAD).map(|(_, all)| all).collect();
    assert_eq!(&names[0][24..62], b"@loader_path/a/longer/way/liba.dylib\0\0");
    assert_eq!([12, 16, 20].map(|at| u32_at(&names[0], at)), [2, 0x10203, 0x10000]);
    assert_eq!(&names[1][24..50], b"/usr/lib/libSystem.B.dylib");
    assert_eq!(changed[CODE..], bytes[CODE..]);
    // A shorter name leaves zeros.
    let mut shorter = image(&changed);
    shorter.rename_needed(|name| name.starts_with("@loader").then(|| "a".to_owned()));
    let shorter = shorter.into_bytes().expect("written");
    let end = 32 + u32_at(&shorter, 20) as usize;
    assert!(shorter[end..CODE].iter().all(|byte| *byte == 0));
}

#[test]
fn no_room_for_load_commands() {
    let bytes = support::Image::default().bytes();
    let mut image = image(&bytes);
    image.rename_needed(|_| Some("x".repeat(CODE)));
    assert!(matches!(image.into_bytes(), Err(MachOError::NoRoom { room: CODE, .. })));
}

#[test]
fn what_would_be_too_large() {
    let image = image(&support::Image::default().bytes());
    let error = image.lay_out("app", u64::from(u32::MAX)).expect_err("too large");
    assert!(matches!(error, MachOError::TooLarge { .. }), "{error}");
}

#[test]
fn files_that_lie() {
    let refused = |bytes: &[u8]| Image::parse(bytes.to_vec()).expect_err("refused").to_string();
    assert!(refused(b"").contains("header"));
    assert!(refused(&[0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 2]).contains("one machine"));
    let bytes = support::Image::default().bytes();
    let changed = |at: usize, number: u32| {
        let mut bytes = bytes.clone();
        bytes[at..at + 4].copy_from_slice(&number.to_le_bytes());
        bytes
    };
    assert!(refused(&changed(16, u32::MAX)).contains("load commands"));
    assert!(refused(&changed(20, u32::MAX)).contains("load commands"));
    assert!(refused(&changed(36, 4)).contains("`4` bytes"));
    let signed = image(&bytes).signed("a").expect("signed");
    let mut longer = signed.clone();
    longer.push(0);
    assert!(image(&longer).signed("a").expect_err("refused").to_string().starts_with("signature"));
    // A second command would be the one that others read.
    let mut twice = signed.clone();
    let end = 32 + u32_at(&signed, 20) as usize;
    let place = command(&signed, 0x1d);
    twice[end..end + 16].copy_from_slice(&place);
    twice[16] += 1;
    twice[20] += 16;
    assert!(image(&twice).signed("a").expect_err("refused").to_string().contains("several load commands"));
    // Whatever a number is changed to: an error or a file, no panic.
    for at in 0..CODE {
        for byte in [0, 0x7f, 0xff] {
            let mut changed = signed.clone();
            changed[at] = byte;
            if let Ok(image) = Image::parse(changed) {
                let _ = image.clone().signed("a");
                let _ = image.lay_out("a", 100);
            }
        }
    }
}
