//! Each cause from its evidence.
use super::*;
use crate::diff::code::CodeDifference;
use crate::owners::Owner;

fn change(name: &str, owner: &str, findings: Vec<Finding>) -> Change {
    Change {
        place: String::new(),
        name: name.into(),
        owner: Owner::named(owner),
        change: ChangeKind::Changed,
        size_a: Some(1),
        size_b: Some(1),
        findings,
        cause: Kind::Unknown,
    }
}

fn constant(a: &str, b: &str) -> Finding {
    let what = What::Constant { index: 0, a: format!("{a:?}"), b: format!("{b:?}") };
    Finding::Code(CodeDifference { function: "f".into(), what })
}

fn section(a: &[u8], b: &[u8]) -> Finding {
    let bytes = bytes::compare(a, b).expect("different");
    Finding::Section(crate::diff::native::Section { name: ".text".into(), bytes })
}

fn line(a: &str, b: &str) -> Finding {
    Finding::Line(bytes::compare_text(a.as_bytes(), b.as_bytes()).expect("different"))
}

fn moved() -> Moved {
    Moved { place: "base_library.zip".into(), names: vec!["io.pyc".into()], of: 154 }
}

struct Case<'a> {
    targets: [Option<&'a str>; 2],
    bytes: Option<ByteDifference>,
    moved: Vec<Moved>,
}

impl Default for Case<'_> {
    fn default() -> Self {
        Case { targets: [Some("linux-amd64"); 2], bytes: None, moved: Vec::new() }
    }
}

fn causes(case: &Case<'_>, mut changes: Vec<Change>) -> (Vec<(Kind, usize, usize)>, String) {
    let owners = [Owners::default(), Owners::default()];
    let evidence = Evidence {
        targets: case.targets,
        python: [(3, 13); 2],
        python_libraries: ["libpython3.13.so.1.0"; 2],
        owners: &owners,
        forms: ["onefile"; 2],
        bytes: case.bytes.as_ref(),
    };
    let (causes, conclusion) = find(&evidence, &mut changes, &case.moved);
    (causes.iter().map(|cause| (cause.kind, cause.explains, cause.of)).collect(), conclusion)
}

#[test]
fn nothing_has_no_cause() {
    assert_eq!(causes(&Case::default(), vec![]), (vec![], "the two are the same".to_owned()));
}

#[test]
fn the_cause_that_explains_most_is_the_likeliest() {
    let changes = vec![
        change("a", "a", vec![Finding::References { a: 1, b: 2 }]),
        change("b", "b", vec![line("at /tmp/one/x", "at /tmp/two/x")]),
        change("c", "c", vec![constant("/home/a/lib", "/home/b/lib")]),
    ];
    let (found, conclusion) = causes(&Case { moved: vec![moved()], ..Case::default() }, changes);
    assert_eq!(found, [(Kind::Path, 2, 4), (Kind::Order, 1, 4), (Kind::References, 1, 4)]);
    assert_eq!(
        conclusion,
        "likeliest cause: the folder of the build or of the venv, in `b`, `c`; explains 2 of 4 differences (50 %)"
    );
}

#[test]
fn one_changed_byte_explains_what_does_not_decompress() {
    let damaged = Finding::Damaged { side: 'b', problem: "checksum".into(), stored: None };
    let case = Case { bytes: bytes::compare(b"abc", b"axc"), ..Case::default() };
    let (found, conclusion) = causes(&case, vec![change("x.so", "x", vec![damaged])]);
    assert_eq!(found, [(Kind::ChangedBytes, 1, 1)]);
    assert!(conclusion.contains("one changed byte, at offset 1 of the file, in `x.so`"), "{conclusion}");
    let (found, _) = causes(&case, vec![change("x.txt", "x", vec![line("2024-01-02", "2024-01-03")])]);
    assert_eq!(found, [(Kind::Time, 1, 1)], "a date explains itself");
}

#[test]
fn headers_follow_from_the_package() {
    let header = |a: &[u8], b: &[u8]| vec![Finding::Bytes(bytes::compare(a, b).expect("different"))];
    let changes = || {
        vec![
            change("(bootloader)", "pyinstaller", header(b"ELF1", b"ELF2")),
            change("app", "app", vec![constant("1.0", "1.1")]),
            change("(after the package)", "pyinstaller", header(&[0; 100], &[1; 100])),
        ]
    };
    assert_eq!(causes(&Case::default(), changes()).0, [(Kind::Code, 1, 1)]);
    let case = Case { moved: vec![moved()], ..Case::default() };
    assert_eq!(causes(&case, changes()).0, [(Kind::Code, 1, 2), (Kind::Order, 1, 2)]);
    let mut other = changes();
    other[0].findings = header(&[0; 100], &[1; 90]);
    assert_eq!(causes(&Case::default(), other).0, [(Kind::Pyinstaller, 2, 3), (Kind::Code, 1, 3)]);
}

#[test]
fn another_target_explains_native_files_and_metadata() {
    let case = Case { targets: [Some("linux-amd64"), Some("linux-arm64")], ..Case::default() };
    let changes = vec![
        change("pkg/x.so", "pkg", vec![section(b"a", b"b")]),
        change("pkg-1.dist-info/WHEEL", "pkg", vec![line("Tag: x86_64", "Tag: aarch64")]),
        change("os", "python", vec![constant("a", "b")]),
        change("app", "app", vec![constant("a", "b")]),
    ];
    let (found, conclusion) = causes(&case, changes);
    assert_eq!(found, [(Kind::Target, 3, 4), (Kind::Code, 1, 4)]);
    assert!(conclusion.contains("`linux-amd64` and `linux-arm64`"), "{conclusion}");
}

#[test]
fn another_python_explains_the_standard_library() {
    let changes = vec![
        change("libpython3.13.so.1.0", "python", vec![section(b"a", b"b")]),
        change("json", "python", vec![constant("a", "b")]),
    ];
    assert_eq!(causes(&Case::default(), changes).0, [(Kind::Python, 2, 2)]);
}

#[test]
fn a_record_differs_for_what_it_lists() {
    let changes = vec![
        change(
            "x-1.dist-info/RECORD",
            "x",
            vec![line("x-1.dist-info/direct_url.json,sha256=a,1", "x-1.dist-info/direct_url.json,sha256=b,1")],
        ),
        change("x-1.dist-info/direct_url.json", "x", vec![line("\"file:///tmp/a\"", "\"file:///tmp/b\"")]),
        change("y-1.dist-info/RECORD", "y", vec![line("../../../bin/y,sha256=a,1", "../../../bin/y,sha256=b,1")]),
    ];
    assert_eq!(causes(&Case::default(), changes).0, [(Kind::Path, 3, 3)]);
}

#[test]
fn what_came_with_changed_code_is_part_of_it() {
    let mut added = change("x.new", "x", vec![]);
    added.change = ChangeKind::Added;
    let mut alone = change("y", "y", vec![]);
    alone.change = ChangeKind::Removed;
    let changes = vec![added, alone, change("x", "x", vec![constant("a", "b")])];
    assert_eq!(causes(&Case::default(), changes).0, [(Kind::Code, 2, 3), (Kind::Collected, 1, 3)]);
}
