//! Facts of native files: of some that are right, and of some that lie.
#[path = "support/native.rs"]
mod support;

use permafreeze_object::native::{self, Format, Kind, Relro};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in: {text}");
    }
}

#[test]
fn an_elf_library_has_its_facts() {
    let facts = native::facts(&support::elf()).unwrap().unwrap();
    assert_eq!((facts.format, facts.kind, facts.machine.as_str()), (Format::Elf, Kind::Library, "amd64"));
    assert_eq!((facts.needed, facts.soname.as_deref()), (vec!["libc.so.6".to_owned()], Some("libme.so.1")));
    assert_eq!((facts.rpath, facts.runpath), (vec![], vec!["$ORIGIN".to_owned(), "/opt/lib".to_owned()]));
    assert_eq!(facts.interpreter.as_deref(), Some("/lib64/ld.so"));
    let versions: Vec<_> = facts.versions["libc.so.6"].iter().map(String::as_str).collect();
    assert_eq!(versions, ["GLIBC_2.17", "GLIBC_2.28"]);
    assert_eq!((facts.executable_stack, facts.relro, facts.bind_now), (true, Relro::Full, true));
    assert!(facts.position_independent);
}

#[test]
fn a_mach_o_library_has_its_facts() {
    use support::{MACHO_AMD64, MACHO_ARM64, fat, macho};
    let thin = native::facts(&macho(MACHO_ARM64, 0xb0000)).unwrap().unwrap();
    assert_eq!((thin.format, thin.kind, thin.machine.as_str()), (Format::MachO, Kind::Library, "arm64"));
    assert_eq!(thin.needed, ["/usr/lib/libSystem.B.dylib"]);
    assert_eq!((thin.soname.as_deref(), thin.rpath.len()), (Some("@rpath/libme.dylib"), 1));
    assert_eq!(thin.minimum_macos.as_deref(), Some("11.0"));
    let parts = [(MACHO_AMD64, macho(MACHO_AMD64, 0xa0f00)), (MACHO_ARM64, macho(MACHO_ARM64, 0xb0001))];
    let both = native::facts(&fat(&parts)).unwrap().unwrap();
    assert_eq!(both.machine, "universal");
    assert_eq!(both.machines, ["amd64", "arm64"]);
    assert_eq!((both.needed.len(), both.minimum_macos.as_deref()), (1, Some("11.0.1")));
}

#[test]
fn a_pe_library_has_its_facts() {
    let facts = native::facts(&support::pe()).unwrap().unwrap();
    assert_eq!((facts.format, facts.kind, facts.machine.as_str()), (Format::Pe, Kind::Library, "amd64"));
    assert_eq!(facts.needed, ["KERNEL32.dll", "NTDLL.dll"]);
    assert_eq!(facts.delayed, ["wbem.dll"]);
    assert!(!facts.executable_stack && facts.position_independent && facts.no_execute && !facts.guarded_calls);
}

/// delvewheel puts the names of libraries that it renames into a section of their own.
#[test]
fn names_of_libraries_may_lie_in_another_section() {
    use support::{RAW, pe};
    const SECTION: usize = 88 + 240 + 40;
    let mut library = pe();
    library[88 - 18] = 2;
    let header = [&b".names\0\0"[..], &[0, 2, 0, 0, 0, 0x20, 0, 0, 0, 2, 0, 0, 0, 6, 0, 0], &[0; 16]].concat();
    library[SECTION..SECTION + 40].copy_from_slice(&header);
    library[RAW + 0xc..RAW + 0x10].copy_from_slice(&[0, 0x20, 0, 0]);
    library[RAW + 0xa4..RAW + 0xa8].copy_from_slice(&[16, 0x20, 0, 0]);
    library.extend(b"zlib-0123.dll\0\0\0later-0123.dll\0");
    library.resize(RAW + 0x600, 0);
    let facts = native::facts(&library).unwrap().unwrap();
    assert_eq!(
        (facts.needed, facts.delayed),
        (vec!["zlib-0123.dll".to_owned(), "NTDLL.dll".to_owned()], vec!["later-0123.dll".to_owned()])
    );
}

#[test]
fn what_is_not_native_has_no_facts() {
    let java = b"\xca\xfe\xba\xbe\0\0\0\x34 a class of Java 8";
    for bytes in [&b""[..], b"text", b"MZ", b"#!/bin/sh\n", java, b"!<arch>\n", &[0; 4096]] {
        assert_eq!(native::facts(bytes).unwrap(), None, "{}", bytes.escape_ascii());
    }
}

#[test]
fn native_files_that_lie() {
    use support::{DYNAMIC, NEEDS, RAW, elf, fat, macho, pe};
    let changed = |at: usize, bytes: &[u8]| {
        let mut elf = elf();
        elf[at..at + bytes.len()].copy_from_slice(bytes);
        native::facts(&elf).map(|facts| facts.map(|facts| facts.versions)).unwrap_err().to_string()
    };
    has(&changed(56, &[255, 255]), &["ELF program headers"]);
    has(&changed(32, &[255; 8]), &["ELF program headers"]);
    has(&changed(64 + 32, &[255; 8]), &["ELF segment at byte 0", "`18446744073709551615`"]);
    has(&changed(DYNAMIC + 8, &[255; 8]), &["ELF dynamic segment", "`0xffffffffffffffff`"]);
    has(&changed(DYNAMIC + 40, &[255; 8]), &["ELF dynamic segment", "does not end"]);
    has(&changed(DYNAMIC + 88, &[255; 8]), &["ELF version needs", "`0xffffffffffffffff`"]);
    has(&changed(DYNAMIC + 104, &[255; 8]), &["ELF version needs", "`1`", "`18446744073709551615`"]);
    has(&changed(NEEDS + 12, &[255; 4]), &["ELF version needs", "`1`"][..1]);
    has(&changed(NEEDS + 8, &[255; 4]), &["ELF version needs", "outside"]);
    let parts = [(7, macho(7, 0)), (7, b"not one".to_vec())];
    has(&native::facts(&fat(&parts)).unwrap_err().to_string(), &["part of a universal file", "expected a Mach-O file"]);
    let mut cut = fat(&[(7, macho(7, 0))]);
    cut.truncate(60);
    has(&native::facts(&cut).unwrap_err().to_string(), &["part of a universal file", "`60`"]);
    let mut imports = pe();
    imports[0x20c..0x210].copy_from_slice(&[255; 4]);
    has(&native::facts(&imports).unwrap_err().to_string(), &["PE imports"]);
    let mut delayed = pe();
    delayed[RAW + 0xa4..RAW + 0xa8].copy_from_slice(&[255; 4]);
    has(&native::facts(&delayed).unwrap_err().to_string(), &["PE delay imports"]);
    let mut exports = pe();
    exports[RAW + 0x114..RAW + 0x118].copy_from_slice(&[255; 4]);
    has(&native::facts(&exports).unwrap_err().to_string(), &["PE exports"]);
}

#[test]
fn modules_inside_pythons_library() {
    assert_eq!(native::inittab(&support::pe()).unwrap(), ["_abc", "zlib"]);
    let Ok(library) = std::env::var("PERMAFREEZE_PYTHON_DLL") else { return };
    let modules = native::inittab(&std::fs::read(library).unwrap()).unwrap();
    assert!(
        ["_abc", "_io", "_winapi", "nt", "sys", "winreg", "zlib"]
            .iter()
            .all(|name| modules.contains(&(*name).to_owned()))
    );
    assert_eq!(modules.len(), 69, "{modules:?}");
}

#[test]
fn tables_of_modules_that_lie() {
    use support::{INITTAB, MODULES, RAW, elf, pe};
    let refused = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut library = pe();
        change(&mut library);
        native::inittab(&library).unwrap_err().to_string()
    };
    let write = |at: usize, value: u64| {
        move |bytes: &mut Vec<u8>| bytes[RAW + at..RAW + at + 8].copy_from_slice(&value.to_le_bytes())
    };
    has(&native::inittab(&elf()).unwrap_err().to_string(), &["PE header"]);
    has(&refused(&|bytes| bytes[RAW + 0x190] = b'Q'), &["PyImport_Inittab", "does not export it"]);
    has(&refused(&|bytes| bytes[88 + 112..88 + 116].fill(0)), &["exports nothing"]);
    has(&refused(&write(INITTAB, 0)), &["is empty"]);
    has(&refused(&write(INITTAB, 1)), &["`0x1` leads out of the file"]);
    has(&refused(&write(INITTAB, 0x1_8000_1000 + 0x3fc)), &["is cut off"]);
    has(&refused(&write(MODULES, u64::MAX)), &["`0xffffffffffffffff` leads out"]);
    has(&refused(&write(MODULES, 0x1_8fff_ffff)), &["in no section"]);
    has(&refused(&|bytes| bytes[RAW + 0x228..].fill(b'x')), &["a name has no end"]);
    // Entries to the section's end, all with the same name.
    let endless = |bytes: &mut Vec<u8>| {
        let name = 0x1_8000_1000_u64 + 0x220;
        bytes[88 + 248..88 + 252].copy_from_slice(&(1_u32 << 20).to_le_bytes());
        bytes[88 + 256..88 + 260].copy_from_slice(&(1_u32 << 20).to_le_bytes());
        bytes.truncate(RAW + 0x230);
        bytes[RAW + INITTAB..RAW + INITTAB + 8].copy_from_slice(&(name + 0x10).to_le_bytes());
        bytes.extend(name.to_le_bytes().repeat(1 << 17));
    };
    has(&refused(&endless), &["more than `4096` modules"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn changed_files_are_read_or_refused(which in 0..4_usize, changes in vec((any::<Index>(), any::<u32>(), 1..5_usize), 1..6)) {
        use support::{MACHO_AMD64, MACHO_ARM64, elf, fat, macho, pe};
        let mut file = match which {
            0 => elf(),
            1 => macho(MACHO_ARM64, 0xb0000),
            2 => fat(&[(MACHO_AMD64, macho(MACHO_AMD64, 0)), (MACHO_ARM64, macho(MACHO_ARM64, 0))]),
            _ => pe(),
        };
        for (at, number, length) in changes {
            let at = at.index(file.len());
            let end = (at + length).min(file.len());
            file[at..end].copy_from_slice(&number.to_be_bytes()[..end - at]);
        }
        let _ = native::inittab(&file);
        if let Ok(Some(facts)) = native::facts(&file) {
            prop_assert!(!facts.machines.is_empty());
        }
    }

    #[test]
    fn random_bytes(bytes in vec(any::<u8>(), 0..2000)) {
        let _ = native::facts(&bytes);
    }
}
