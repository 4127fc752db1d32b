//! Native libraries are told by magic; damaged ones are data.

use crate::support;
use permafreeze_compile::native;
use permafreeze_object::deflate::{deflate_native, deflate_universal};
use permafreeze_object::format::{NativeFormat, Signature};
use sha2::{Digest, Sha256};

/// This program: a dynamic ELF wherever the tests run on Linux.
fn own() -> Vec<u8> {
    std::fs::read(std::env::current_exe().unwrap()).unwrap()
}

fn load_command(kind: u32, fixed: &[u32], text: &str) -> Vec<u8> {
    let head = 8 + 4 + fixed.len() * 4;
    let size = (head + text.len() + 1).next_multiple_of(8);
    let words = [kind, size as u32, head as u32].into_iter().chain(fixed.iter().copied());
    let mut command: Vec<u8> = words.flat_map(u32::to_le_bytes).collect();
    command.extend(text.as_bytes());
    command.resize(size, 0);
    command
}

/// A Mach-O library without segments.
fn mach_o(cpu: u32) -> Vec<u8> {
    let commands = [
        load_command(0xd, &[0, 0, 0], "@rpath/libme.dylib"),
        load_command(0xc, &[0, 0, 0], "/usr/lib/libSystem.B.dylib"),
        load_command(0x8000_001c, &[], "@loader_path/.dylibs"),
    ];
    let size = commands.iter().map(Vec::len).sum::<usize>() as u32;
    let header = [0xfeed_facf, cpu, 0, 6, commands.len() as u32, size, 0, 0];
    header.into_iter().flat_map(u32::to_le_bytes).chain(commands.concat()).collect()
}

#[test]
fn elf() {
    let facts = native(&own()).unwrap();
    assert_eq!((facts.format, facts.machines), (NativeFormat::Elf, vec![std::env::consts::ARCH.to_owned()]));
    assert!(facts.needed.iter().any(|name| name.starts_with("libc.so")), "{:?}", facts.needed);
}

#[test]
fn mach_o_libraries() {
    let facts = native(&mach_o(0x0100_000c)).unwrap();
    assert_eq!((facts.format, facts.machines), (NativeFormat::MachO, vec!["aarch64".to_owned()]));
    assert_eq!(facts.soname.as_deref(), Some("@rpath/libme.dylib"));
    assert_eq!(
        (facts.needed, facts.rpath),
        (vec!["/usr/lib/libSystem.B.dylib".to_owned()], vec!["@loader_path/.dylibs".to_owned()])
    );
}

/// A universal library of one part for each machine.
fn universal(parts: &[Vec<u8>; 2]) -> Vec<u8> {
    let mut words = vec![0xcafe_babe_u32, 2];
    for (at, (cpu, part)) in [0x0100_0007, 0x0100_000c].into_iter().zip(parts).enumerate() {
        words.extend([cpu, 0, 4096 * (at as u32 + 1), part.len() as u32, 12]);
    }
    let mut bytes: Vec<u8> = words.into_iter().flat_map(u32::to_be_bytes).collect();
    for part in parts {
        bytes.resize(bytes.len().next_multiple_of(4096), 0);
        bytes.extend(part);
    }
    bytes
}

#[test]
fn universal_mach_o() {
    let facts = native(&universal(&[mach_o(0x0100_0007), mach_o(0x0100_000c)])).unwrap();
    assert_eq!((facts.machines.join(" ").as_str(), facts.needed.len()), ("x86_64 aarch64", 1));
}

#[test]
#[ignore = "needs the host Python: `make test STEP=integration`"]
fn of_universal_libraries_what_one_machine_loads_is_small_and_the_whole_is_quick() {
    let text: String = (0..900_u32).map(|number| format!("{} ", number.wrapping_mul(2_654_435_761) % 1000)).collect();
    let part = |cpu| [mach_o(cpu), text.clone().into_bytes()].concat();
    let parts = [part(0x0100_0007), part(0x0100_000c)];
    let whole = universal(&parts);
    let wheel = support::Wheel::new().with("a/both.so", &whole).with("a/one.so", &parts[0]);
    let (_scratch, reader) = support::compile(&wheel.zip()).unwrap();
    let both = &reader.index().files["a/both.so"];
    assert!(reader.file(both).unwrap() == whole);
    assert!(reader.stored(both.blob).unwrap() == deflate_universal(&whole));
    assert!(both.blob.length > deflate_native(&whole).len() as u64);
    assert_eq!(both.slices.iter().map(|slice| slice.machine.as_str()).collect::<Vec<_>>(), ["x86_64", "aarch64"]);
    for (slice, part) in both.slices.iter().zip(&parts) {
        assert!(reader.plain(slice.blob, slice.size).unwrap() == *part);
        assert!(reader.stored(slice.blob).unwrap() == deflate_native(part));
    }
    assert_eq!(both.slices[0].blob, reader.index().files["a/one.so"].blob);
}

#[test]
fn universal_mach_o_that_contains_itself() {
    let numbers = [0xcafe_babe, 1, 0x0100_0007, 0, 0, 28, 0];
    let library: Vec<u8> = numbers.iter().flat_map(|number: &u32| number.to_be_bytes()).collect();
    assert_eq!(native(&library), None);
}

/// A Mach-O library of two pages of which a signature covers all: with the right hashes, and with `wrong` ones.
fn signed(wrong: bool) -> Vec<u8> {
    let mut bytes = mach_o(0x0100_000c);
    let command = [0x1d_u32, 16, 8192, 20 + 44 + 64];
    bytes.extend(command.iter().flat_map(|number| number.to_le_bytes()));
    let length = bytes.len() as u32 - 32;
    bytes[16..20].copy_from_slice(&4_u32.to_le_bytes());
    bytes[20..24].copy_from_slice(&length.to_le_bytes());
    bytes.resize(8192, 7);
    let pages: Vec<u8> = bytes.chunks(4096).flat_map(|page| Sha256::digest(page).to_vec()).collect();
    let list = [0xfade_0cc0_u32, 20 + 44 + 64, 1, 0, 20];
    let directory = [0xfade_0c02_u32, 44 + 64, 0x20001, 2, 44, 0, 0, 2, 8192, 0x2002_000c, 0];
    bytes.extend(list.iter().chain(&directory).flat_map(|number| number.to_be_bytes()));
    bytes.extend(pages);
    if wrong {
        bytes[5000] ^= 1;
    }
    bytes
}

#[test]
fn signatures() {
    let signature = |bytes: &[u8]| native(bytes).unwrap().signature;
    assert_eq!(signature(&mach_o(0x0100_000c)), None);
    assert_eq!(signature(&own()), None);
    assert_eq!(signature(&signed(false)), Some(Signature::Valid));
    assert_eq!(signature(&signed(true)), Some(Signature::Broken));
    let whole = signed(false);
    for end in (8000..whole.len()).step_by(7) {
        assert_eq!(signature(&whole[..end]), Some(Signature::Broken), "cut at {end}");
    }
    // Magic, length, number of blobs; the code directory's place, magic, length, place and number of hashes, limit, kinds.
    for at in [0, 8, 16, 20, 24, 36, 48, 52, 56, 57, 59] {
        for byte in [0x7f, 0xff] {
            let mut changed = whole.clone();
            changed[8192 + at] = byte;
            assert_eq!(signature(&changed), Some(Signature::Broken), "byte {at}");
        }
    }
}

#[test]
fn weak_libraries_are_needed_ones_too() {
    let strong = load_command(0xc, &[0, 0, 0], "@rpath/liba.dylib");
    let weak = load_command(0x8000_0018, &[0, 0, 0], "@rpath/libb.dylib");
    let size = (strong.len() + weak.len()) as u32;
    let header = [0xfeed_facf_u32, 0x0100_000c, 0, 6, 2, size, 0, 0];
    let bytes: Vec<u8> = header.into_iter().flat_map(u32::to_le_bytes).chain([strong, weak].concat()).collect();
    let facts = native(&bytes).unwrap();
    assert_eq!(
        (facts.needed.join(" "), facts.weak.join(" ")),
        ("@rpath/liba.dylib @rpath/libb.dylib".into(), "@rpath/libb.dylib".into())
    );
}

/// The launchers of setuptools, the only PE files at hand.
#[test]
#[ignore = "needs the host Python and the hooks env: `make test STEP=integration`"]
fn pe() {
    let folder = support::hooks_environment().join("setuptools");
    let facts = |name: &str| native(&std::fs::read(folder.join(name)).unwrap()).unwrap();
    let (amd64, arm64) = (facts("cli-64.exe"), facts("cli-arm64.exe"));
    assert_eq!((amd64.format, amd64.machines), (NativeFormat::Pe, vec!["x86_64".to_owned()]));
    assert_eq!(arm64.machines, ["aarch64"]);
    assert!(amd64.needed.iter().any(|name| name.eq_ignore_ascii_case("kernel32.dll")), "{:?}", amd64.needed);
}

#[test]
fn everything_else_is_data() {
    let script = b"#!/bin/sh\nexec python\n";
    let cases: [&[u8]; 6] = [b"", b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe\0\0\0\x34", script];
    assert!(cases.iter().all(|bytes| native(bytes).is_none()));
}

#[test]
fn damaged_libraries_never_panic() {
    let own = own();
    // Its segments are longer than that.
    assert_eq!(native(&own[..8192]), None);
    for at in 0..4096.min(own.len()) {
        let mut head = own[..own.len().min(1 << 16)].to_vec();
        head[at] ^= 0xff;
        native(&head);
    }
    let library = mach_o(0x0100_0007);
    for at in 0..library.len() {
        assert_eq!(native(&library[..at]), None, "cut at {at}");
        let mut changed = library.clone();
        changed[at] ^= 0xff;
        native(&changed);
    }
}
