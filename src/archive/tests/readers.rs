//! What the readers see in files that are right.

use crate::support;
use crate::support::{BOOTLOADER, TRAILER, code, executable, plain, sample};
use permafreeze_archive::Error;
use permafreeze_archive::marshal::{self, Value};
use permafreeze_archive::{Archive, EntryKind, Pyz, PyzKind, Zip};

#[test]
fn a_file_has_its_parts() {
    let bytes = sample();
    let archive = Archive::parse(bytes.clone()).unwrap();
    assert_eq!(archive.bytes(), bytes);
    assert_eq!(archive.bootloader(), 0..BOOTLOADER.len());
    assert_eq!(archive.package(), BOOTLOADER.len()..bytes.len() - TRAILER.len());
    assert_eq!(archive.toc().end, archive.cookie().start);
    assert_eq!(archive.cookie().end, archive.package().end);
    assert_eq!(&archive.bytes()[archive.trailer()], TRAILER);
    assert_eq!((archive.python(), archive.python_library()), ((3, 13), "libpython3.13.so.1.0"));
}

#[test]
fn entries_have_their_kinds_places_and_content() {
    let archive = Archive::parse(sample()).unwrap();
    let letters: String = archive.entries().iter().map(|entry| entry.kind.letter()).collect();
    assert_eq!(letters, "msozbxxxndZMl");
    assert_eq!(archive.entries()[0].place.start, archive.package().start);
    for entry in archive.entries() {
        assert_eq!(archive.data(entry).unwrap().len() as u64, entry.size, "{}", entry.name);
        assert_eq!(archive.raw(entry), &archive.bytes()[entry.place.clone()]);
        assert_eq!(entry.kind.is_code(), archive.data(entry).unwrap() == code());
    }
    let zeros = archive.entries().iter().find(|entry| entry.name == "zeros").unwrap();
    assert!(zeros.compressed && zeros.place.len() < 100 && zeros.size == 5000);
}

#[test]
fn a_pyz_has_its_modules() {
    let (name, pyz) = Archive::parse(sample()).unwrap().pyz().unwrap().remove(0);
    assert_eq!((name.as_str(), pyz.pyc_magic()), ("PYZ.pyz", *b"\xf3\x0d\r\n"));
    let kinds: Vec<_> = pyz.modules().iter().map(|module| (module.name.as_str(), module.kind)).collect();
    let expected =
        [("a", PyzKind::Package), ("a.b", PyzKind::Module), ("c", PyzKind::NamespacePackage), ("d.txt", PyzKind::Data)];
    assert_eq!(kinds, expected);
    let contents: Vec<_> = pyz.modules().iter().map(|module| pyz.code(module).unwrap()).collect();
    assert_eq!(contents, [code(), code(), vec![], b"data of a PYZ".to_vec()]);
    assert_eq!((pyz.header(), pyz.toc().end), (0..17, pyz.bytes().len()));
}

#[test]
fn a_pyz_with_a_dict_is_read_too() {
    let mut bytes = support::python::header(17);
    bytes.extend(b"{");
    bytes.extend(support::python::text("a"));
    bytes.extend(support::python::tuple(&[0, 17, 0].map(support::python::int)));
    bytes.extend(b"0");
    assert_eq!(Pyz::parse(bytes).unwrap().modules()[0].name, "a");
}

#[test]
fn the_base_library_is_a_zip() {
    let zip = Archive::parse(sample()).unwrap().base_library().unwrap().unwrap();
    let members: Vec<_> = zip.members().iter().map(|member| (member.name.as_str(), member.compressed)).collect();
    assert_eq!(members, [("abc.pyc", false), ("b.pyc", true)]);
    assert_eq!(zip.data(&zip.members()[0]).unwrap()[16..], code());
    assert_eq!(zip.data(&zip.members()[1]).unwrap(), [7; 99]);
    assert!(Archive::parse(executable(&[])).unwrap().base_library().unwrap().is_none());
    assert_eq!(Zip::parse(support::zip(&[])).unwrap().members(), []);
}

#[test]
fn the_last_cookie_counts() {
    let inner = executable(&[plain(b'x', "inner", b"1")]);
    let archive = Archive::parse(executable(&[plain(b'b', "program", &inner)])).unwrap();
    assert_eq!(archive.entries()[0].name, "program");
    assert_eq!(archive.data(&archive.entries()[0]).unwrap(), inner);
}

#[test]
fn every_letter_is_a_kind() {
    for kind in EntryKind::ALL {
        assert_eq!(EntryKind::of(kind.letter()), Some(kind));
    }
    assert_eq!(EntryKind::of('?'), None);
}

/// 123456789012345678901, from the least digit of 15 bits on.
const DIGITS: [u16; 5] = [27701, 24172, 32260, 2676, 107];

/// The same source compiled by each version.
#[test]
fn code_of_every_known_python_is_read() {
    for minor in 8..=13_u8 {
        let file = format!("{}/tests/data/code-3.{minor}.marshal", env!("CARGO_MANIFEST_DIR"));
        let value = marshal::parse_for((3, minor), &std::fs::read(file).unwrap()).unwrap();
        let module = value.as_code().unwrap();
        assert_eq!((&*module.name, &*module.file_name), ("<module>", "folder/module.py"));
        let outer = module.nested().next().unwrap();
        let arguments = (outer.arg_count, outer.keyword_only_arg_count, outer.first_line, &*outer.name);
        assert_eq!(arguments, (2, 1, 1, "outer"));
        let inner = outer.nested().next().unwrap();
        assert_eq!(&*inner.qualified_name, if minor < 11 { "inner" } else { "outer.<locals>.inner" });
        let names =
            |values: &[Value]| -> Vec<String> { values.iter().map(|v| v.as_str().unwrap().to_owned()).collect() };
        let mut locals = names(&outer.locals);
        locals.sort();
        // Before 3.11 an argument that is a cell, too, has both names.
        locals.dedup();
        assert_eq!(locals, ["a", "b", "c", "d", "inner"], "3.{minor}");
        assert!(inner.consts.contains(&Value::Surrogates((*b"\xed\xa0\x80").into())));
        let constants = module.consts.iter().flat_map(|value| value.as_tuple().unwrap_or(std::slice::from_ref(value)));
        let constants: Vec<&Value> = constants.collect();
        let large = Value::Long(false, DIGITS.into());
        let others = [Value::Int(1), Value::Float(2.5), Value::Complex(0.0, 1.0), Value::Ellipsis, Value::None];
        let negative = Value::Int(-40_000_000_000);
        for expected in others.iter().chain([&large, &negative]) {
            assert!(constants.contains(&expected), "3.{minor}: {expected:?} in {constants:?}");
        }
        let one_or_two = Value::FrozenSet([Value::Int(1), Value::Int(2)].into());
        assert!(inner.consts.contains(&one_or_two), "3.{minor}: {:?}", inner.consts);
        assert!(!module.bytecode.is_empty() && !outer.line_table.is_empty());
    }
}

#[test]
fn code_of_an_unknown_python_is_not_supported() {
    for version in [(3, 7), (3, 15), (2, 7)] {
        let error = marshal::parse_for(version, &code()).unwrap_err();
        assert!(matches!(error, Error::Unsupported { .. }), "{error}");
        assert!(
            error.to_string().contains(&format!("not supported: code objects of Python {}.{}", version.0, version.1))
        );
        assert_eq!(marshal::parse_for(version, b"N").unwrap(), Value::None);
    }
}

#[test]
fn entries_of_an_executable_for_windows_have_our_separators() {
    let library = b"libpython3.13.so.1.0";
    let place = |bytes: &[u8]| bytes.windows(library.len()).position(|part| part == library).unwrap();
    for (is_windows, name, stored) in [(true, "a/b.pyd", "a\\b.pyd"), (false, "a\\b.pyd", "a\\b.pyd")] {
        let mut bytes = executable(&[plain(b'b', "a\\b.pyd", b"1"), plain(b'o', "option a\\b", b"")]);
        if is_windows {
            let at = place(&bytes);
            bytes[at..at + library.len()].copy_from_slice(b"python313.DLL\0\0\0\0\0\0\0");
        }
        let archive = Archive::parse(bytes).unwrap();
        let [file, option] = archive.entries() else { panic!("two entries") };
        assert_eq!((file.name.as_str(), archive.stored_name(file).as_str()), (name, stored));
        assert_eq!((option.name.as_str(), archive.stored_name(option).as_str()), ("option a\\b", "option a\\b"));
    }
}
