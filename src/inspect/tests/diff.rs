//! Whole executables, compared and inspected.
#[path = "../../archive/tests/support/mod.rs"]
mod support;

use permafreeze_archive::Archive;
use permafreeze_inspect::diff::cause::Kind as Cause;
use permafreeze_inspect::diff::content::Finding;
use permafreeze_inspect::diff::{self, Difference, Named, text};
use permafreeze_inspect::inspect;
use support::{Part, code, compressed, executable, member, plain, pyz, sample, zip};

fn archive(bytes: Vec<u8>) -> Archive {
    Archive::parse(bytes).unwrap()
}

fn compare(a: Vec<u8>, b: Vec<u8>) -> Difference {
    let (a, b) = (archive(a), archive(b));
    let difference = diff::diff(Named { name: "a", archive: &a }, Named { name: "b", archive: &b });
    assert_eq!(difference.equal, a.bytes() == b.bytes());
    assert!(text::render(&difference, 40).contains(if difference.equal {
        "the same, byte"
    } else {
        "likeliest cause: "
    }));
    difference
}

fn names(difference: &Difference) -> Vec<String> {
    difference.changes.iter().map(|change| format!("{}:{}", change.place, change.name)).collect()
}

fn base_library(members: &[(&str, &[u8])], compressed: bool) -> Vec<u8> {
    zip(&members.iter().map(|(name, data)| member(name, data, compressed)).collect::<Vec<_>>())
}

fn with(part: Part) -> Vec<u8> {
    executable(&[plain(b's', "main", &code()), part, plain(b'x', "other.txt", b"the same")])
}

#[test]
fn the_same_file_has_no_difference() {
    let difference = compare(sample(), sample());
    assert!(difference.equal && difference.changes.is_empty() && difference.causes.is_empty());
    assert_eq!(difference.conclusion, "the two are the same");
}

#[test]
fn every_single_changed_byte_is_found_and_explained() {
    let original = sample();
    let places = archive(original.clone()).toc().start;
    let mut explained = 0;
    for at in (0..original.len()).step_by(3) {
        let mut changed = original.clone();
        changed[at] ^= 0x01;
        // A table that lies cannot be read: the reader says so.
        let Ok(changed) = Archive::parse(changed) else { continue };
        let unchanged = archive(original.clone());
        let difference = diff::diff(Named { name: "a", archive: &unchanged }, Named { name: "b", archive: &changed });
        assert!(!difference.equal && !difference.causes.is_empty(), "byte {at}: {difference:#?}");
        let bytes = difference.bytes.expect("of one size");
        assert_eq!((bytes.first, bytes.count), (at as u64, 1));
        explained += usize::from(at < places && difference.causes[0].kind == Cause::ChangedBytes);
    }
    assert!(explained * 3 * 10 > places * 9, "{explained} of a third of {places} bytes before the table");
}

#[test]
fn a_changed_line_is_shown() {
    let difference = compare(
        with(compressed(b'x', "app.toml", b"a = 1\nb = 2\n")),
        with(compressed(b'x', "app.toml", b"a = 1\nb = 3\n")),
    );
    assert_eq!(names(&difference), [":app.toml"]);
    assert!(matches!(&difference.changes[0].findings[..], [Finding::Line(line)] if line.line == 2));
    assert_eq!(difference.counts.equal, 2);
}

#[test]
fn another_compressor_is_told_from_other_data() {
    let data = b"text ".repeat(100);
    let difference = compare(with(plain(b'x', "data", &data)), with(compressed(b'x', "data", &data)));
    assert!(matches!(&difference.changes[0].findings[..], [Finding::Compressor { a: 500, .. }]));
    assert_eq!(difference.causes[0].kind, Cause::Compressor);
}

#[test]
fn modules_that_came_and_went_are_named() {
    let difference = compare(
        with(plain(b'z', "PYZ.pyz", &pyz(&[("a", 0, code()), ("b", 0, code())]))),
        with(plain(b'z', "PYZ.pyz", &pyz(&[("a", 0, code()), ("c", 0, code())]))),
    );
    assert_eq!(names(&difference), ["PYZ.pyz:b", "PYZ.pyz:c"]);
    assert_eq!((difference.counts.removed, difference.counts.added), (1, 1));
    assert_eq!(difference.causes[0].kind, Cause::Collected);
}

#[test]
fn members_that_moved_are_the_order() {
    let (x, y) = (("io.pyc", b"1".as_slice()), ("os.pyc", b"2".as_slice()));
    let difference = compare(
        with(compressed(b'x', "base_library.zip", &base_library(&[x, y, ("re.pyc", b"3")], false))),
        with(compressed(b'x', "base_library.zip", &base_library(&[y, ("re.pyc", b"3"), x], false))),
    );
    assert_eq!(names(&difference), [""; 0]);
    assert_eq!(difference.moved[0].names, ["io.pyc"]);
    assert_eq!(difference.causes[0].kind, Cause::Order);
    assert!(difference.conclusion.contains("1 of 3 in base_library.zip"), "{}", difference.conclusion);
}

#[test]
fn entries_of_one_name_are_matched_in_order() {
    let twice = |second: &[u8]| executable(&[plain(b'x', "a", b"1"), plain(b'x', "a", second)]);
    let difference = compare(twice(b"2"), twice(b"3"));
    assert_eq!(names(&difference), [":a"]);
}

#[test]
fn a_type_code_that_differs_is_a_difference() {
    let difference = compare(with(plain(b'x', "tool", b"#!")), with(plain(b'b', "tool", b"#!")));
    assert!(matches!(&difference.changes[0].findings[..], [Finding::Letter { a: 'x', b: 'b' }]));
}

#[test]
fn the_parts_of_an_inspection_are_the_whole_file() {
    let bytes = sample();
    let size = bytes.len() as u64;
    let inspection = inspect("sample", &archive(bytes), None).unwrap();
    assert_eq!(inspection.parts.iter().map(|part| part.stored).sum::<u64>(), size);
    assert_eq!(inspection.distributions.iter().map(|each| each.stored).sum::<u64>(), size);
    assert_eq!(inspection.entries.len(), 13);
    let modules: Vec<&str> = inspection.modules.iter().map(|module| module.name.as_str()).collect();
    assert_eq!(modules, ["a", "a.b", "abc", "b", "c", "d.txt"]);
    let needs: Vec<&str> = inspection.needs.natives.iter().map(|native| native.name.as_str()).collect();
    assert_eq!(needs, ["libnative.so.1"], "the bootloader of the sample is none");
}
