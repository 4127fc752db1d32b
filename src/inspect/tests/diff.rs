//! Whole executables, compared and inspected.
#[path = "../../archive/tests/support/bundle.rs"]
mod bundle;
#[path = "../../archive/tests/support/mod.rs"]
mod support;

use permafreeze_archive::Executable;
use permafreeze_inspect::diff::cause::Kind as Cause;
use permafreeze_inspect::diff::content::Finding;
use permafreeze_inspect::diff::{self, Difference, Named, text};
use permafreeze_inspect::inspect;
use support::{Part, code, compressed, executable, member, plain, pyz, sample, zip};

fn archive(bytes: Vec<u8>) -> Executable {
    Executable::parse(bytes).unwrap()
}

fn compare(a: Vec<u8>, b: Vec<u8>) -> Difference {
    let (a, b) = (archive(a), archive(b));
    let difference = diff::diff(Named { name: "a", executable: &a }, Named { name: "b", executable: &b });
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
    let places = archive(original.clone()).program().toc().start;
    let mut explained = 0;
    for at in (0..original.len()).step_by(3) {
        let mut changed = original.clone();
        changed[at] ^= 0x01;
        // A table that lies cannot be read: the reader says so.
        let Ok(changed) = Executable::parse(changed) else { continue };
        let unchanged = archive(original.clone());
        let (a, b) = (Named { name: "a", executable: &unchanged }, Named { name: "b", executable: &changed });
        let difference = diff::diff(a, b);
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

/// The same program, one file and one link, as a bundle and as a onefile.
fn forms(text: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let library = base_library(&[("abc.pyc", b"1")], false);
    let inner = || {
        vec![
            plain(b's', "main", &code()),
            plain(b'o', "pyi-contents-directory _internal", b""),
            plain(b'z', "PYZ.pyz", &pyz(&[("a", 1, code()), ("b", 0, code())])),
        ]
    };
    let files = [("app.toml", text), ("base_library.zip", &library)];
    let own: Vec<(String, &[u8])> = files.iter().map(|(name, bytes)| (format!("_internal/{name}"), *bytes)).collect();
    let mut own: Vec<bundle::File<'_>> = own.iter().map(|(name, bytes)| (name.as_str(), Some(0o600), *bytes)).collect();
    own.push(("_internal/link.so", None, b"app.toml"));
    let bundled = bundle::bundle(&executable(&inner()), &own, 600);
    let mut parts = inner();
    parts.insert(1, plain(b'n', "link.so", b"app.toml\0"));
    parts.splice(3..3, files.map(|(name, bytes)| compressed(b'x', name, bytes)));
    (bundled, executable(&parts))
}

#[test]
fn the_form_alone_differs_between_a_onefile_and_a_bundle_of_the_same() {
    let (bundled, onefile) = forms(&b"a = 1\n".repeat(99));
    let difference = compare(onefile, bundled);
    assert_eq!(names(&difference), [":(form)"]);
    assert_eq!(difference.moved, []);
    assert_eq!((difference.a.form, difference.b.form), ("onefile", "bundle"));
    assert!(difference.conclusion.contains("another form, onefile and bundle"), "{}", difference.conclusion);
}

#[test]
fn contents_are_compared_whatever_the_form() {
    let (bundled, onefile) = (forms(b"a = 1\nb = 2\n").0, forms(b"a = 1\nb = 3\n").1);
    assert_eq!(names(&compare(bundled.clone(), onefile)), [":(form)", ":app.toml"]);
    assert_eq!(names(&compare(bundled, forms(b"a = 1\nb = 3\n").0)), [":app.toml"]);
}

#[test]
fn every_changed_byte_of_a_bundle_is_found() {
    let original = forms(&b"a = 1\n".repeat(99)).0;
    let unchanged = archive(original.clone());
    for at in (0..original.len()).step_by(11) {
        let mut changed = original.clone();
        changed[at] ^= 0x01;
        let Ok(changed) = Executable::parse(changed) else { continue };
        let (a, b) = (Named { name: "a", executable: &unchanged }, Named { name: "b", executable: &changed });
        let difference = diff::diff(a, b);
        assert!(!difference.equal && !difference.changes.is_empty(), "byte {at}: {difference:#?}");
    }
}

#[test]
fn the_parts_of_a_bundle_are_the_whole_file() {
    let bytes = forms(&b"a = 1\n".repeat(99)).0;
    let (size, executable) = (bytes.len() as u64, archive(bytes));
    let inspection = inspect("sample", &executable, None).unwrap();
    assert_eq!(
        inspection.notes,
        ["the launcher is no native file that can be read", "the bootloader is no native file that can be read"]
    );
    assert_eq!(inspection.parts.iter().map(|part| part.stored).sum::<u64>(), size);
    assert_eq!(inspection.distributions.iter().map(|each| each.stored).sum::<u64>(), size);
    let facts = inspection.bundle.clone().unwrap();
    assert_eq!((facts.launcher, facts.files), (bundle::LAUNCHER.len() as u64, 4));
    assert!(facts.frames > 2 && facts.stored < facts.decoded && facts.decoded == facts.unpacked);
    let stored = |name: &str| inspection.entries.iter().find(|entry| entry.name == name).unwrap().stored;
    assert!(stored("app.toml") > 0 && stored("app.toml") < 594, "{}", stored("app.toml"));
    assert!(inspection.modules.iter().all(|module| module.stored > 0));
    let text = permafreeze_inspect::text::render(&inspection, 9);
    assert!(text.contains("form    bundle") && text.contains("unpacks 4 files to app/"), "{text}");
}
