//! Objects written and read again, and damaged ones refused.
use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_object::deflate::deflate;
use permafreeze_object::format::{
    Blob, Computed, File, Hints, Import, Mention, Module, Native, NativeFormat, Origin, Signature, Slice,
};
use permafreeze_object::reader::{ReadError, Reader};
use permafreeze_object::writer::Writer;
use proptest::prelude::*;

fn origin() -> Origin {
    let text = str::to_owned;
    Origin::Wheel {
        file: text("a-1-py3-none-any.whl"),
        name: text("a"),
        version: text("1"),
        dist_info: text("a-1.dist-info"),
        tags: vec![text("py3-none-any")],
    }
}

/// Hints of every kind.
fn hints() -> Hints {
    let text = str::to_owned;
    Hints {
        imports: vec![Import { name: text("y"), level: 1, from: None }],
        computed: vec![Computed { line: 3, start: None }, Computed { line: 4, start: Some(text("a.")) }],
        is_lazy: true,
        lazy: vec![text(".z")],
        settings: vec![text("polls")],
        names: vec![text("a.b:c")],
        mentions: vec![Mention { line: 5, name: text("__file__") }],
    }
}

fn file(size: u64, blob: Blob, module: Option<Module>, native: Option<Native>) -> File {
    File {
        size,
        sha256: "00".repeat(32),
        executable: false,
        symlink: None,
        blob,
        hollowed: None,
        module,
        native,
        slices: Vec::new(),
    }
}

/// Writes an object with a module and a library, and returns its folder.
fn write(folder: &Utf8Path) -> Utf8PathBuf {
    let place = folder.join("object");
    let mut writer = Writer::create(&place).unwrap();
    let source = b"import os.path as p\n".repeat(20);
    let blob = writer.blob("source", &deflate(&source), true).unwrap();
    let code = writer.blob("code", &deflate(b"code"), true).unwrap();
    let imports = vec![Import { name: "os.path".to_owned(), level: 0, from: None }];
    let module = Module { code: Some(code), code_size: 4, imports, hints: hints(), ..Module::default() };
    writer.file("a.py".to_owned(), file(source.len() as u64, blob, Some(module), None));
    let native = Native {
        format: NativeFormat::MachO,
        machines: vec!["x86_64".to_owned()],
        modules: vec!["_cffi_backend".to_owned()],
        soname: None,
        needed: vec!["libc.so.6".to_owned()],
        delayed: vec![],
        rpath: vec![],
        runpath: vec![],
        weak: vec!["libc.so.6".to_owned()],
        signature: Some(Signature::Broken),
    };
    let plain = writer.blob("plain", b"\x7fELF", false).unwrap();
    writer.file("a.so".to_owned(), file(4, plain, None, Some(native)));
    let again = writer.blob("plain", b"\x7fELF", false).unwrap();
    assert_eq!(plain, again, "equal bytes are stored once");
    writer.finish(origin()).unwrap();
    place
}

fn scratch() -> (tempfile::TempDir, Utf8PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
    (folder, path)
}

fn edit(place: &Utf8Path, from: &str, to: &str) {
    let path = place.join("index.json");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{text}");
    std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn what_is_written_is_read() {
    let (_folder, path) = scratch();
    let reader = Reader::open(&write(&path)).unwrap();
    let index = reader.index();
    assert_eq!(index.origin, origin());
    assert_eq!(index.files.keys().collect::<Vec<_>>(), ["a.py", "a.so"]);
    assert_eq!(reader.file(&index.files["a.py"]).unwrap(), b"import os.path as p\n".repeat(20));
    assert_eq!(reader.file(&index.files["a.so"]).unwrap(), b"\x7fELF");
    let module = index.files["a.py"].module.as_ref().unwrap();
    assert_eq!(reader.plain(module.code.unwrap(), module.code_size).unwrap(), b"code");
    assert_eq!(module.imports[0].name, "os.path");
    assert_eq!(module.hints, hints());
    assert_eq!(index.files["a.so"].native.as_ref().unwrap().modules, ["_cffi_backend"]);
}

#[test]
fn same_input_same_bytes() {
    let (_one, one) = scratch();
    let (_two, two) = scratch();
    let (one, two) = (write(&one), write(&two));
    for name in ["index.json", "blobs"] {
        assert_eq!(std::fs::read(one.join(name)).unwrap(), std::fs::read(two.join(name)).unwrap());
    }
}

#[test]
fn unfinished_objects_leave_nothing() {
    let (_folder, path) = scratch();
    drop(Writer::create(&path.join("object")).unwrap());
    assert_eq!(path.read_dir_utf8().unwrap().count(), 0);
    let place = write(&path);
    assert!(Writer::create(&place).is_err(), "an object is never overwritten");
}

#[test]
fn damaged_objects_are_refused() {
    let (_folder, path) = scratch();
    assert!(matches!(Reader::open(&path), Err(ReadError::Io { .. })));
    let place = write(&path);
    edit(&place, "\"format\":4", "\"format\":1");
    let error = Reader::open(&place).unwrap_err().to_string();
    assert!(error.ends_with("has format `1`, this program reads format `4`"), "{error}");
    edit(&place, "\"format\":1", "\"format\":4");
    edit(&place, "\"offset\":0", "\"offset\":18446744073709551615");
    assert!(matches!(Reader::open(&place), Err(ReadError::Bounds { .. })));
    edit(&place, "\"offset\":18446744073709551615", "\"offset\":1");
    let reader = Reader::open(&place).unwrap();
    assert!(matches!(reader.file(&reader.index().files["a.py"]), Err(ReadError::Stream { offset: 1, .. })));
    edit(&place, "\"files\"", "\"file\"");
    assert!(matches!(Reader::open(&place), Err(ReadError::Index { .. })));
}

proptest! {
    #[test]
    fn any_damage_is_read_or_refused(at in any::<prop::sample::Index>(), byte in any::<u8>(), blobs in any::<bool>()) {
        let (_folder, path) = scratch();
        let place = write(&path);
        let damaged = place.join(if blobs { "blobs" } else { "index.json" });
        let mut bytes = std::fs::read(&damaged).unwrap();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        std::fs::write(&damaged, bytes).unwrap();
        if let Ok(reader) = Reader::open(&place) {
            for file in reader.index().files.values() {
                let _ = reader.file(file);
                if let Some(module) = &file.module {
                    let _ = module.code.map(|code| reader.plain(code, module.code_size));
                }
            }
        }
    }
}

#[test]
fn a_universal_file_becomes_what_a_machine_loads() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = Utf8Path::from_path(scratch.path()).unwrap();
    let place = folder.join("universal");
    let mut writer = Writer::create(&place).unwrap();
    let native = |machines: &[&str]| Native {
        format: NativeFormat::MachO,
        machines: machines.iter().map(|machine| (*machine).to_owned()).collect(),
        soname: None,
        modules: vec![],
        needed: vec![],
        delayed: vec![],
        rpath: vec![],
        runpath: vec![],
        weak: vec![],
        signature: None,
    };
    let whole = writer.blob("whole", b"one two", false).unwrap();
    let slice = |writer: &mut Writer, machine: &str, bytes: &[u8]| Slice {
        machine: machine.to_owned(),
        size: bytes.len() as u64,
        sha256: machine.to_owned(),
        blob: writer.blob(machine, bytes, false).unwrap(),
        native: native(&[machine]),
    };
    let slices = vec![slice(&mut writer, "x86_64", b"one"), slice(&mut writer, "aarch64", b"two!")];
    let universal = File { slices, ..file(7, whole, None, Some(native(&["x86_64", "aarch64"]))) };
    writer.file("a.so".to_owned(), universal.clone());
    writer.finish(Origin::Source { name: None, version: None, dist_info: None }).unwrap();
    let read = |machine| {
        let reader = Reader::open(&place).unwrap().thinned(machine);
        let file = reader.index().files["a.so"].clone();
        (reader.file(&file).unwrap(), file)
    };
    let (bytes, file) = read(Some("aarch64"));
    assert_eq!((bytes.as_slice(), file.size, file.sha256.as_str()), (&b"two!"[..], 4, "aarch64"));
    assert_eq!((file.native, file.slices), (Some(native(&["aarch64"])), vec![]));
    for machine in [None, Some("riscv64")] {
        assert_eq!(read(machine), (b"one two".to_vec(), universal.clone()));
    }
}
