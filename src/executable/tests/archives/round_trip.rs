//! What is written is read back, and an outside reading of the bytes agrees.

use permafreeze_archive::{Archive, Pyz, PyzKind, Zip};
use permafreeze_executable::base_library;
use permafreeze_executable::carchive::{self, Entry};
use permafreeze_executable::error::LayoutError;
use permafreeze_executable::format::{EntryKind, ModuleKind};
use permafreeze_executable::pyz::{self, Member};
use permafreeze_packaging::python::DEFAULT;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use crate::support;

fn kinds() -> impl Strategy<Value = EntryKind> {
    prop::sample::select(EntryKind::ALL.iter().copied().filter(|kind| *kind != EntryKind::Pyz).collect::<Vec<_>>())
}

fn module_kinds() -> impl Strategy<Value = ModuleKind> {
    prop::sample::select(vec![ModuleKind::Module, ModuleKind::Package, ModuleKind::NamespacePackage])
}

proptest! {
    #[test]
    fn archive(
        bootloader in vec(any::<u8>(), 0..200),
        parts in vec(("[^\0]{1,40}", kinds(), vec(any::<u8>(), 0..400), any::<bool>()), 0..12),
    ) {
        let file = support::archive(&bootloader, &parts);
        let archive = Archive::parse(file).unwrap();
        prop_assert_eq!(archive.bootloader(), 0..bootloader.len());
        prop_assert_eq!(archive.python(), (3, 13));
        prop_assert_eq!(archive.python_library(), "libpython3.13.so.1.0");
        let expected: Vec<_> =
            parts.into_iter().map(|(name, kind, bytes, _)| (name, char::from(kind.letter()), bytes)).collect();
        prop_assert_eq!(support::read_all(&archive), expected);
    }

    #[test]
    fn modules(modules in btree_map("[a-zé_]{1,9}(\\.[a-z]{1,300}){0,2}", (module_kinds(), vec(any::<u8>(), 0..90)), 0..9)) {
        let file = support::pyz(&modules);
        let pyz = Pyz::parse(file).unwrap();
        prop_assert_eq!(pyz.pyc_magic(), *b"\xf3\x0d\r\n");
        prop_assert_eq!(pyz.modules().len(), modules.len());
        for module in pyz.modules() {
            let (kind, code) = &modules[&module.name];
            let (kind, code) = match kind {
                ModuleKind::Module => (PyzKind::Module, &code[..]),
                ModuleKind::Package => (PyzKind::Package, &code[..]),
                ModuleKind::NamespacePackage => (PyzKind::NamespacePackage, &[][..]),
            };
            prop_assert_eq!(module.kind, kind);
            prop_assert_eq!(&pyz.code(module).unwrap(), code);
        }
    }

    #[test]
    fn base_library_zip(members in btree_map("[a-zé/]{1,20}", vec(any::<u8>(), 0..90), 0..9)) {
        let zip = base_library::write(&members).unwrap();
        let zip = Zip::parse(zip).unwrap();
        let read: Vec<_> = zip.members().iter().map(|member| (member.name.clone(), zip.data(member).unwrap())).collect();
        prop_assert_eq!(read, members.into_iter().collect::<Vec<_>>());
    }
}

#[test]
fn entries_are_padded_to_sixteen_and_end_in_nul() {
    for length in 1..40 {
        let entry = Entry { name: "n".repeat(length), kind: EntryKind::Data, stored: 0, size: 0, deflated: false };
        let toc = carchive::lay_out(&[entry], "libpython.so", (3, 13)).unwrap().toc;
        assert_eq!(toc.len() % 16, 0);
        assert_eq!(u32::from_be_bytes(toc[..4].try_into().unwrap()) as usize, toc.len());
        assert_eq!(toc.last(), Some(&0));
        assert!(toc.len() <= 18 + length + 16);
    }
}

#[test]
fn base_library_members_are_pycs_that_are_not_checked() {
    assert_eq!(base_library::path("encodings", ModuleKind::Package), "encodings/__init__.pyc");
    assert_eq!(base_library::path("encodings.utf_8", ModuleKind::Module), "encodings/utf_8.pyc");
    assert_eq!(base_library::pyc(DEFAULT, b"code")[..], *b"\xf3\x0d\r\n\x01\0\0\0\0\0\0\0\0\0\0\0code");
}

#[test]
fn an_archive_beyond_four_gibibytes_is_refused() {
    let half = |name: &str| Entry {
        name: name.to_owned(),
        kind: EntryKind::Data,
        stored: 1 << 31,
        size: 1 << 31,
        deflated: false,
    };
    let error = carchive::lay_out(&[half("first"), half("second")], "libpython.so", (3, 13)).unwrap_err();
    let text = "the CArchive would end at byte `4294967296`, beyond the format's last, `4294967295` (entry `second`)";
    assert_eq!(error.to_string(), text);
    assert!(carchive::lay_out(&[half("only")], "libpython.so", (3, 13)).is_ok());
}

#[test]
fn a_pyz_beyond_two_gibibytes_is_refused() {
    let member = Member { kind: ModuleKind::Module, stored: 1 << 30 };
    let error = pyz::lay_out(DEFAULT, &[("a", member), ("b", member), ("c", member)]).unwrap_err();
    assert!(matches!(error, LayoutError::TooLarge { format: "PYZ", ref name, .. } if name == "c"), "{error}");
}

#[test]
fn names_that_the_format_cannot_say_are_refused() {
    let entry =
        |name: &str| Entry { name: name.to_owned(), kind: EntryKind::Data, stored: 0, size: 0, deflated: false };
    let member = Member { kind: ModuleKind::Module, stored: 0 };
    for name in ["", "a\0b"] {
        assert!(carchive::lay_out(&[entry(name)], "libpython.so", (3, 13)).is_err(), "{name:?}");
        assert!(pyz::lay_out(DEFAULT, &[(name, member)]).is_err(), "{name:?}");
    }
    assert!(pyz::lay_out(DEFAULT, &[("a..b", member)]).is_err());
    for libpython in ["", "é.so", &"l".repeat(64)] {
        assert!(carchive::lay_out(&[entry("a")], libpython, (3, 13)).is_err(), "{libpython:?}");
    }
    assert!(carchive::lay_out(&[entry("a")], &"l".repeat(63), (3, 13)).is_ok());
}
