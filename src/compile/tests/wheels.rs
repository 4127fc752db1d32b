//! Good wheels become objects; every kind of bad wheel is refused with its own words.

use crate::support;
use std::io::{Cursor, Write};

use crate::support::{NAME, Wheel, chain, compile, compile_as, compile_named, contents};
use permafreeze_base::sha256;
use permafreeze_compile::Form;
use permafreeze_object::format::{Encoding, File, Import, Origin};
use permafreeze_object::frames::Effort;
use permafreeze_object::native::Strip;
use zip::write::SimpleFileOptions;

fn refused(zip: &[u8]) -> String {
    match compile(zip) {
        Ok(_) => panic!("the wheel was taken"),
        Err(error) => {
            let text = chain(&error);
            text.strip_prefix("bad wheel `my_pkg-1.0-py3-none-any.whl`: ").expect(&text).to_owned()
        }
    }
}

/// Changes bytes of a zip in all places: names, which stand in two, or signatures.
fn replaced(mut zip: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut found = 0;
    for at in 0..zip.len() - from.len() {
        if zip[at..].starts_with(from) {
            zip[at..at + to.len()].copy_from_slice(to);
            found += 1;
        }
    }
    assert!(found > 0);
    zip
}

#[test]
#[ignore = "needs the host Python: `make test STEP=integration`"]
fn a_wheel_becomes_an_object() {
    let wheel = Wheel::new()
        .with("my_pkg/__init__.py", "from . import a, b, a\nimport os.path\n")
        .with("my_pkg/broken.py", "def (:\n")
        .with("my_pkg/data.txt", "x".repeat(1000))
        .with("my_pkg/copy.txt", "x".repeat(1000))
        .with("my_pkg-1.0.data/purelib/other.py", "")
        .with("my_pkg-1.0.data/platlib/my_pkg/_ext.so", "no library")
        .with("my_pkg/_ext.pyi", "import typing\n")
        .with("my_pkg/alone.pyi", "import typing\n")
        .with("my_pkg-1.0.data/scripts/run", "#!python\n")
        .with("my_pkg-1.0.data/data/share/x", "x")
        .with("my_pkg-1.0.data/data/msvcp140.DLL", "no library")
        .with("my_pkg-1.0.data/data/Scripts/msvcp140.dll", "no library")
        .with("my_pkg-1.0.data/headers/x.h", "x");
    let (_scratch, reader) = compile(&wheel.zip()).unwrap();
    let index = reader.index();
    let paths: Vec<&str> = index.files.keys().map(String::as_str).collect();
    let expected = [
        "my_pkg-1.0.data/data/msvcp140.DLL",
        "my_pkg-1.0.dist-info/METADATA",
        "my_pkg-1.0.dist-info/RECORD",
        "my_pkg-1.0.dist-info/WHEEL",
        "my_pkg/__init__.py",
        "my_pkg/_ext.pyi",
        "my_pkg/_ext.so",
        "my_pkg/alone.pyi",
        "my_pkg/broken.py",
        "my_pkg/copy.txt",
        "my_pkg/data.txt",
        "other.py",
    ];
    assert_eq!(paths, expected);
    let Origin::Wheel { file, name, version, dist_info, tags } = &index.origin else { panic!("{:?}", index.origin) };
    assert_eq!([file, name, version, dist_info], [NAME, "My.Pkg", "1.0", "my_pkg-1.0.dist-info"]);
    assert_eq!(tags, &["py3-none-any", "py2-none-any"]);
    assert_eq!(contents(&reader, "my_pkg/data.txt"), "x".repeat(1000).into_bytes());
    assert_eq!(index.files["my_pkg/copy.txt"].blob, index.files["my_pkg/data.txt"].blob);
    let encoding = |path: &str| index.files[path].blob.encoding;
    assert_eq!([encoding("my_pkg/data.txt"), encoding("my_pkg/_ext.so")], [Encoding::Deflated, Encoding::Stored]);
    let broken = index.files["my_pkg/broken.py"].module.as_ref().unwrap();
    assert_eq!(broken.error.as_deref(), Some("SyntaxError: invalid syntax (broken.py, line 1, column 5)"));
    assert!(broken.code.is_none() && index.files["my_pkg/_ext.so"].native.is_none());
    let import = |name: &str, level, from: Option<&[&str]>| Import {
        name: name.to_owned(),
        level,
        from: from.map(|names| names.iter().map(|name| (*name).to_owned()).collect()),
    };
    let module = index.files["my_pkg/__init__.py"].module.as_ref().unwrap();
    assert_eq!(module.imports, [import("", 1, Some(&["a", "b"])), import("os.path", 0, None)]);
    let stub = index.files["my_pkg/_ext.pyi"].module.as_ref().unwrap();
    assert_eq!((stub.imports.as_slice(), stub.code), (&[import("typing", 0, None)][..], None));
    assert!(index.files["my_pkg/alone.pyi"].module.is_none());
}

#[test]
#[ignore = "needs the host Python: `make test STEP=integration`"]
fn objects_do_not_depend_on_the_order_of_members() {
    let one = Wheel::new().with("a.py", "x = 1\n").with("b.py", "y = 2\n").with("c.txt", "c");
    let record = one.record();
    let one = one.with("my_pkg-1.0.dist-info/RECORD", &record);
    let two = Wheel::new().with("c.txt", "c").with("my_pkg-1.0.dist-info/RECORD", &record);
    let two = two.with("b.py", "y = 2\n").with("a.py", "x = 1\n");
    let ((_a, one), (_b, two)) = (compile(&one.zip()).unwrap(), compile(&two.zip()).unwrap());
    assert_eq!(one.index(), two.index());
    assert_eq!(std::fs::read(one.blobs_path()).unwrap(), std::fs::read(two.blobs_path()).unwrap());
}

#[test]
#[ignore = "needs the host Python: `make test STEP=integration`"]
fn what_python_cannot_compile_is_an_error_of_that_file() {
    let deep = format!("{}1{}\n", "(".repeat(300), ")".repeat(300));
    let wide = format!("x = {}1\n", "-".repeat(200_000));
    let sources: [(&str, &[u8], &str); 7] = [
        ("nul.py", b"a = 1\0\n", "SyntaxError: source code string cannot contain null bytes"),
        ("encoding.py", b"# -*- coding: no-such -*-\n", "SyntaxError: unknown encoding: no-such"),
        ("utf8.py", b"x = '\xff'\n", "SyntaxError: (unicode error) 'utf-8' codec can't decode byte 0xff"),
        ("deep.py", deep.as_bytes(), "SyntaxError: too many nested parentheses"),
        ("wide.py", wide.as_bytes(), "MemoryError:"),
        ("number.py", &[b"x = ".as_slice(), &[b'9'; 5000]].concat(), "SyntaxError: Exceeds the limit"),
        ("good.py", b"# coding: latin-1\nx = '\xe9' is 1\n", ""),
    ];
    let wheel = sources.iter().fold(Wheel::new(), |wheel, (name, source, _)| wheel.with(name, source));
    let (_scratch, reader) = compile(&wheel.zip()).unwrap();
    for (name, _, expected) in sources {
        let module = reader.index().files[name].module.as_ref().unwrap();
        let error = module.error.clone().unwrap_or_default();
        assert!(error.starts_with(expected) && error.is_empty() == expected.is_empty(), "{name}: {error:?}");
        assert_eq!(module.code.is_some(), expected.is_empty());
    }
}

#[test]
#[ignore = "needs the host Python: `make test STEP=integration`"]
fn refused_names() {
    let with = |name: &str| Wheel::new().with(name, "x").zip();
    assert_eq!(refused(&with("/etc/x")), "member `/etc/x` has a refused name: it is absolute");
    assert_eq!(refused(&with("a/../../x")), "member `a/../../x` has a refused name: it has a `..` part");
    let backslash = replaced(with("a/b"), b"a/b", b"a\\b");
    assert_eq!(refused(&backslash), "member `a\\b` has a refused name: it has a backslash");
    assert_eq!(refused(&with("C:/x")), "member `C:/x` has a refused name: it has a drive");
    assert_eq!(refused(&with("a//x")), "member `a//x` has a refused name: it has an empty or `.` part");
    let latin1 = replaced(with("aab.txt"), b"aab.txt", b"a\xe9b.txt");
    assert_eq!(refused(&latin1), "member `a\u{fffd}b.txt` has a name that is not UTF-8");
    assert_eq!(refused(&Wheel::new().with("a", "x").with("a/b", "x").zip()), "`a` is a file, but `a/b` lies below it");
}

#[test]
#[ignore = "needs the host Python: `make test STEP=integration`"]
fn refused_symbolic_link() {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.add_symlink("my_pkg/link", "/etc/passwd", SimpleFileOptions::default()).unwrap();
    let zip = zip.finish().unwrap().into_inner();
    assert_eq!(refused(&zip), "member `my_pkg/link` is a symbolic link: expected files and folders only");
}

#[test]
#[ignore = "needs the host Python: `make test STEP=integration`"]
fn refused_duplicates() {
    let twice = replaced(Wheel::new().with("aa.py", "").with("ab.py", "").zip(), b"ab.py", b"aa.py");
    assert_eq!(refused(&twice), "there are two members of the name `aa.py`");
    let same_place = Wheel::new().with("a.py", "").with("my_pkg-1.0.data/purelib/a.py", "");
    assert_eq!(refused(&same_place.zip()), "members `a.py` and `my_pkg-1.0.data/purelib/a.py` both install to `a.py`");
}

#[test]
#[ignore = "needs the host Python: `make test STEP=integration`"]
fn refused_metadata() {
    let dist = |file: &str| format!("my_pkg-1.0.dist-info/{file}");
    let missing = |file: &str| refused(&Wheel::new().without(&dist(file)).zip());
    assert_eq!(missing("WHEEL"), "member `my_pkg-1.0.dist-info/WHEEL` is missing");
    assert_eq!(missing("METADATA"), "member `my_pkg-1.0.dist-info/METADATA` is missing");
    let version = Wheel::new().with(&dist("WHEEL"), "Wheel-Version: 2.0\n");
    assert_eq!(refused(&version.zip()), "member `my_pkg-1.0.dist-info/WHEEL` says Wheel-Version `2.0`: expected `1.x`");
    let nameless = Wheel::new().with(&dist("METADATA"), "Version: 1.0\n\nName: My.Pkg\n");
    assert_eq!(refused(&nameless.zip()), "member `my_pkg-1.0.dist-info/METADATA` has no `Name` line");
    let other = Wheel::new().with(&dist("METADATA"), "Name: other\nVersion: 1.0\n");
    assert_eq!(
        refused(&other.zip()),
        "member `my_pkg-1.0.dist-info/METADATA` is of `other`: the wheel's file name says `my_pkg`"
    );
    let two = Wheel::new().with("other-1.dist-info/METADATA", "");
    assert_eq!(
        refused(&two.zip()),
        "expected one `.dist-info` folder, found `my_pkg-1.0.dist-info`, `other-1.dist-info`"
    );
    let file_names = compile_named(&Wheel::new().zip(), "other-1.0-py3-none-any.whl").map(|_| ()).unwrap_err();
    assert_eq!(
        chain(&file_names),
        "bad wheel `other-1.0-py3-none-any.whl`: its dist-info folder `my_pkg-1.0.dist-info` is not of the \
         distribution `other` that its file name says"
    );
    let no_wheel = compile_named(&Wheel::new().zip(), "my_pkg.zip").map(|_| ()).unwrap_err();
    assert!(chain(&no_wheel).contains("its file name is not `NAME-VERSION[-BUILD]-PYTHON-ABI-PLATFORM.whl`"));
}

#[test]
#[ignore = "needs the host Python: `make test STEP=integration`"]
fn refused_record() {
    let record = "my_pkg-1.0.dist-info/RECORD";
    let wheel = || Wheel::new().with("a.py", "x = 1\n");
    let with = |edit: &dyn Fn(String) -> String| refused(&wheel().with(record, edit(wheel().record())).zip());
    assert_eq!(with(&|text| text.replace("a.py,", "b.py,")), "RECORD lists `b.py`, which is not in the wheel");
    let unlisted = |text: String| text.lines().filter(|line| !line.starts_with("a.py")).collect::<Vec<_>>().join("\n");
    assert_eq!(with(&unlisted), "member `a.py` is not listed in RECORD");
    let hash = with(&|text| text.replace("a.py,sha256=", "a.py,sha256=AAA").replace(",6\n", "\n"));
    assert!(hash.starts_with("RECORD, line 3: expected `path,sha256=…,size`, found `a.py,sha256=AAA"), "{hash}");
    let size = with(&|text| text.replace(",6\n", ",7\n"));
    assert_eq!(size, "member `a.py` has `6` bytes: RECORD says `7`");
    let twice = with(&|text| text.clone() + text.lines().nth(2).unwrap() + "\n");
    assert_eq!(twice, "RECORD lists `a.py` twice");
    let changed = wheel().record();
    let changed = refused(&Wheel::new().with("a.py", "x = 2\n").with(record, changed).zip());
    assert!(changed.starts_with("member `a.py` has the sha256 `") && changed.contains("`: RECORD says `"), "{changed}");
    // What is not installed below site-packages is checked too.
    let script = Wheel::new().with("my_pkg-1.0.data/scripts/x", "x");
    let script = Wheel::new().with("my_pkg-1.0.data/scripts/x", "y").with(record, script.record());
    assert!(refused(&script.zip()).starts_with("member `my_pkg-1.0.data/scripts/x` has the sha256"));
    assert_eq!(refused(&zip_without_record()), "member `my_pkg-1.0.dist-info/RECORD` is missing");
}

fn zip_without_record() -> Vec<u8> {
    replaced(Wheel::new().zip(), b"dist-info/RECORD", b"dist-info/record")
}

#[test]
#[ignore = "needs the host Python: `make test STEP=integration`"]
fn refused_archives() {
    assert!(refused(b"no zip").starts_with("it is not a zip archive that can be read"));
    let zip = Wheel::new().with("a.bin", vec![7; 5000]).zip();
    assert!(refused(&zip[..zip.len() - 40]).starts_with("it is not a zip archive that can be read"));
    // A changed byte of stored data: CRC-32 or RECORD finds it.
    let mut stored = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    stored.start_file("my_pkg-1.0.dist-info/WHEEL", options).unwrap();
    stored.write_all(b"Wheel-Version: 1.0\n").unwrap();
    let stored = replaced(stored.finish().unwrap().into_inner(), b"Wheel-Version", b"Wheel-version");
    assert!(refused(&stored).starts_with("member `my_pkg-1.0.dist-info/WHEEL` cannot be read"), "{}", refused(&stored));
}

#[test]
#[ignore = "needs the host Python: `make test STEP=integration`"]
fn refused_bombs() {
    let zeros = Wheel::new().with("zeros", vec![0; 65 << 20]).zip();
    let text = refused(&zeros);
    assert!(text.starts_with("member `zeros` unpacks from `") && text.ends_with("expected a factor of `200` at most"));
    // The same with a directory that says that it is small.
    let size = (65u32 << 20).to_le_bytes();
    let lying = replaced(zeros, &size, &1000u32.to_le_bytes());
    let text = refused(&lying);
    assert!(text.starts_with("member `zeros`"), "{text}");
}

/// Every cut and many a changed byte: refused or taken, never a panic, never something left behind.
#[test]
#[ignore = "needs the host Python: `make test STEP=integration`"]
fn damaged_wheels_are_refused_or_taken() {
    let zip = Wheel::new().with("a.txt", "some text").zip();
    for at in (0..zip.len()).step_by(7) {
        let _ = compile(&zip[..at]);
        let mut changed = zip.clone();
        changed[at] ^= 0x55;
        let _ = compile(&changed);
    }
}

#[test]
#[ignore = "needs the host Python: `make test STEP=integration`"]
fn code_and_libraries_are_stored_in_frames() {
    let library = support::elf();
    let mut wheel = Wheel::new().with("p/data.txt", "x".repeat(1000)).with("p/lib.so", library.clone());
    for number in 0..5 {
        wheel = wheel.with(&format!("p/m{number}.py"), format!("from . import m{}\nx = {number}\n", (number + 1) % 5));
    }
    let wheel = wheel.zip();
    let (_one, streams) = compile(&wheel).unwrap();
    let (_two, frames) = compile_as(&wheel, NAME, Form { frames: Some(Effort::Fast), strip: None }).unwrap();
    assert_eq!(frames.index().frames.len(), 3, "{:?}", frames.index().frames);
    for (path, file) in &frames.index().files {
        let other = &streams.index().files[path];
        assert_eq!(frames.file(file).unwrap(), streams.file(other).unwrap(), "{path}");
        let code = |file: &File| file.module.as_ref().and_then(|module| Some((module.code?, module.code_size)));
        let Some(((one, size), (two, same))) = code(other).zip(code(file)) else { continue };
        assert_eq!(streams.plain(one, size).unwrap(), frames.plain(two, same).unwrap(), "{path}");
        assert!(matches!(two.encoding, Encoding::Member { .. }), "{path}");
    }
    assert_eq!(frames.index().files["p/lib.so"].blob.encoding, Encoding::Frames);
    assert_eq!(frames.index().files["p/data.txt"].blob.encoding, Encoding::Deflated);
}

#[test]
#[ignore = "needs the host Python: `make test STEP=integration`"]
fn libraries_are_hollowed() {
    let library = support::elf();
    let wheel = Wheel::new().with("p/lib.so", library.clone()).with("p/data.txt", "text").zip();
    for frames in [None, Some(Effort::Fast), Some(Effort::Small)] {
        let (_scratch, reader) = compile_as(&wheel, NAME, Form { frames, strip: Some(Strip::Symbols) }).unwrap();
        let file = &reader.index().files["p/lib.so"];
        let left = reader.file(file).unwrap();
        let hollowed = file.hollowed.clone().unwrap();
        assert_eq!((file.size, file.sha256.as_str()), (library.len() as u64, sha256::of(&library).as_str()));
        assert_eq!((hollowed.sha256.as_str(), hollowed.strip), (sha256::of(&left).as_str(), Strip::Symbols));
        let differ = left.iter().zip(&library).filter(|(left, was)| left != was).count() as u64;
        assert!(differ > 0 && differ <= hollowed.zeroed, "{differ} of {}", hollowed.zeroed);
        assert_eq!(file.stored_sha256(), hollowed.sha256);
        assert_eq!(reader.index().files["p/data.txt"].hollowed, None);
    }
}
