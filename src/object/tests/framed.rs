//! Objects with frames, and hostile ones.
use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_bundle::Filter;
use permafreeze_object::deflate::store;
use permafreeze_object::format::{Blob, Encoding, File, Frame, Module, Origin};
use permafreeze_object::frames::{Effort, Encoded, encode};
use permafreeze_object::reader::{ReadError, Reader};
use permafreeze_object::writer::Writer;
use serde_json::{Value, json};

/// The length of a library: two frames, zeros after each.
const FIRST: usize = 70_000;
const ZEROS: usize = 65_536;

fn library() -> Vec<u8> {
    let mut bytes: Vec<u8> =
        (0..FIRST).map(|number| [0xe8, number as u8, (number >> 8) as u8, 0][number % 4]).collect();
    bytes.resize(FIRST + ZEROS, 0);
    bytes.extend(b"the end");
    bytes.resize(bytes.len() + 9, 0);
    bytes
}

fn modules() -> Vec<(String, Vec<u8>)> {
    (0..5)
        .map(|number| (format!("m{number}.py"), format!("code of {number}").repeat(number + 1).into_bytes()))
        .collect()
}

fn frame(bytes: &[u8], position: u64, filter: Filter, zeros: u64) -> Encoded {
    let encoded = encode(bytes, position, filter, Effort::Fast);
    Encoded { bytes: encoded, size: bytes.len() as u32, filter, zeros }
}

fn file(size: usize, blob: Blob, module: Option<Module>) -> File {
    let sha256 = "00".repeat(32);
    File {
        size: size as u64,
        sha256,
        executable: false,
        symlink: None,
        blob,
        hollowed: None,
        module,
        native: None,
        slices: Vec::new(),
    }
}

/// Writes an object with a library in two frames, and modules in one.
fn write(folder: &Utf8Path) -> Utf8PathBuf {
    let place = folder.join("object");
    let mut writer = Writer::create(&place).unwrap();
    let bytes = library();
    let second = FIRST + ZEROS;
    let frames = [
        frame(&bytes[..FIRST], 0, Filter::X86, ZEROS as u64),
        frame(&bytes[second..second + 7], second as u64, Filter::None, 9),
    ];
    let blob = writer.frames("library", &frames).unwrap();
    assert_eq!(blob, writer.frames("library", &frames).unwrap(), "equal bytes are stored once");
    writer.file("a.so".to_owned(), file(bytes.len(), blob, None));
    let none = writer.blob("none", b"", false).unwrap();
    let streams: Vec<Vec<u8>> = modules().iter().map(|(_, code)| store(code)).collect();
    let chunk = writer.frames("code", &[frame(&streams.concat(), 0, Filter::None, 0)]).unwrap();
    let mut at = 0;
    for ((path, code), stream) in modules().into_iter().zip(streams) {
        let encoding = Encoding::Member { at, length: stream.len() as u64 };
        at += stream.len() as u64;
        let module =
            Module { code: Some(Blob { encoding, ..chunk }), code_size: code.len() as u64, ..Module::default() };
        writer.file(path, file(0, none, Some(module)));
    }
    writer.finish(Origin::Source { name: None, version: None, dist_info: None }).unwrap();
    place
}

fn scratch() -> (tempfile::TempDir, Utf8PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
    (folder, path)
}

fn code(reader: &Reader, path: &str) -> (Blob, u64) {
    let module = reader.index().files[path].module.as_ref().unwrap();
    (module.code.unwrap(), module.code_size)
}

#[test]
fn frames_are_read() {
    let (_folder, path) = scratch();
    let reader = Reader::open(&write(&path)).unwrap();
    let file = &reader.index().files["a.so"];
    assert!(reader.file(file).unwrap() == library());
    assert_eq!(reader.stream(file.blob).unwrap(), None);
    let frames = reader.frames(file.blob);
    let facts: Vec<_> = frames.iter().map(|Frame { size, filter, zeros, .. }| (*size, *filter, *zeros)).collect();
    assert_eq!(facts, [(FIRST as u32, Filter::X86, ZEROS as u64), (7, Filter::None, 9)]);
    assert_eq!(frames[1].offset, frames[0].end());
    assert_eq!(frames[1].end(), file.blob.offset + file.blob.length);
    assert_eq!(reader.index().frames.len(), 3);
}

#[test]
fn modules_share_a_frame() {
    let (_folder, path) = scratch();
    let reader = Reader::open(&write(&path)).unwrap();
    for (path, expected) in modules().into_iter().chain(modules().into_iter().rev()) {
        let (blob, size) = code(&reader, &path);
        assert_eq!(reader.plain(blob, size).unwrap(), expected);
        assert_eq!(reader.stream(blob).unwrap(), Some(store(&expected)));
        assert_eq!(reader.frames(blob), &reader.index().frames[2..]);
    }
}

/// The frame that a thread keeps is not that of another object.
#[test]
fn objects_are_not_mixed_up() {
    let (_folder, path) = scratch();
    let place = write(&path);
    let first = Reader::open(&place).unwrap();
    let (blob, size) = code(&first, "m4.py");
    first.plain(blob, size).unwrap();
    let blobs = place.join("blobs");
    let mut bytes = std::fs::read(&blobs).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&blobs, bytes).unwrap();
    let second = Reader::open(&place).unwrap();
    for _ in 0..2 {
        let error = second.plain(blob, size).unwrap_err();
        assert!(matches!(error, ReadError::Frame { offset, .. } if offset == blob.offset), "{error}");
    }
}

#[test]
fn a_wrong_size_is_refused_before_it_is_decoded() {
    let (_folder, path) = scratch();
    let reader = Reader::open(&write(&path)).unwrap();
    let (length, library) = (library().len() as u64, reader.index().files["a.so"].blob);
    let (member, code_size) = code(&reader, "m2.py");
    for (blob, size) in [(library, length), (member, code_size)] {
        for size in [0, size - 1, size + 1, u64::MAX] {
            assert!(matches!(reader.plain(blob, size), Err(ReadError::Stream { .. })), "{size}");
        }
    }
}

/// Opens an object whose index was changed.
fn opened(change: impl Fn(&mut Value)) -> Result<Reader, ReadError> {
    let (folder, path) = scratch();
    let place = write(&path);
    let index = place.join("index.json");
    let mut value: Value = serde_json::from_slice(&std::fs::read(&index).unwrap()).unwrap();
    change(&mut value);
    std::fs::write(&index, value.to_string()).unwrap();
    let reader = Reader::open(&place);
    drop(folder);
    reader
}

#[test]
fn hostile_frames_are_refused() {
    const LIMIT: u64 = permafreeze_bundle::index::FRAME_LIMIT as u64;
    type Change = fn(&mut Value);
    let changes: [(&str, Change); 9] = [
        ("ends at byte", |index| index["frames"][2]["stored"] = json!(4_000_000_000u32)),
        ("ends at byte", |index| index["frames"][2]["offset"] = json!(u64::MAX)),
        ("ends at byte", |index| index["frames"][2]["stored"] = json!(0)),
        ("begins in the one before it", |index| index["frames"][1]["offset"] = json!(1)),
        ("begins in the one before it", |index| index["frames"].as_array_mut().unwrap().swap(0, 1)),
        ("at most `33554432` are allowed", |index| index["frames"][0]["size"] = json!(LIMIT + 1)),
        ("at most `4294967296` are allowed", |index| index["frames"][0]["zeros"] = json!(4u64 << 30)),
        ("at most `4294967296` are allowed", |index| index["frames"][0]["zeros"] = json!(u64::MAX)),
        ("is no frame", |index| index["frames"] = json!([])),
    ];
    for (expected, change) in changes {
        let error = opened(change).unwrap_err().to_string();
        assert!(error.ends_with(expected) || error.contains(expected), "{error}, expected {expected}");
    }
}

#[test]
fn hostile_blobs_of_frames_are_refused() {
    type Change = fn(&mut Value);
    let changes: [(&str, Change); 6] = [
        ("leads out of its frame", |code| code["encoding"]["member"]["length"] = json!(u64::MAX)),
        ("leads out of its frame", |code| code["encoding"]["member"]["at"] = json!(u64::MAX)),
        ("leads out of its frame", |code| code["encoding"]["member"]["at"] = json!(1_000)),
        ("is not one frame", |code| code["offset"] = json!(0)),
        ("is not one frame", |code| code["length"] = json!(code["length"].as_u64().unwrap() - 1)),
        ("is no frame", |code| code["encoding"] = json!("frames")),
    ];
    for (expected, change) in changes {
        let error = opened(|index| {
            let code = &mut index["files"]["m1.py"]["module"]["code"];
            change(code);
            if expected == "is no frame" {
                code["length"] = json!(1);
            }
        });
        let error = error.unwrap_err().to_string();
        assert!(error.contains("the blob of `m1.py`") && error.ends_with(expected), "{error}, expected {expected}");
    }
    assert!(matches!(
        opened(|index| index["files"]["a.so"]["blob"]["encoding"] = json!("zip")),
        Err(ReadError::Index { .. })
    ));
}
