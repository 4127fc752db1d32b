//! Bundles: what is unpacked is what was collected.
use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use camino::Utf8Path;
use permafreeze_archive::Archive;
use permafreeze_base::sha256;
use permafreeze_bundle::footer::FOOTER;
use permafreeze_bundle::{Decoder, Filter, Footer, Index, Kind};
use permafreeze_executable::format::ModuleKind;
use permafreeze_link::collection::{Collection, Content, FileKind, Form};
use permafreeze_object::deflate::store;
use permafreeze_object::format::{Blob, Encoding, Origin};
use permafreeze_object::frames::{Effort, Encoded, encode};
use permafreeze_object::reader::Reader;
use permafreeze_object::writer::Writer;
use permafreeze_plan::form;

use crate::support::{Folder, bytes, collection, file, module, write};

const LAUNCHER: &[u8] = b"\x7fELF launcher";
const ZEROS: u64 = 70_000;

/// A bundle as a launcher sees it.
struct Unpacked {
    whole: Vec<u8>,
    index: Index,
    files: BTreeMap<String, Vec<u8>>,
}

fn unpacked(place: &Utf8Path) -> Unpacked {
    let whole = fs::read(place).unwrap();
    let end = whole.len() - FOOTER;
    let footer = Footer::parse(whole[end..].try_into().unwrap(), whole.len() as u64).unwrap();
    let index = &whole[footer.offset as usize..end];
    assert_eq!(footer.key, sha256::digest(index));
    let index = Index::parse(index, footer.offset).unwrap();
    let mut files: Vec<Vec<u8>> = index
        .files
        .iter()
        .map(|file| match &file.kind {
            Kind::Regular { size, .. } => vec![0; *size as usize],
            Kind::Link { target } => target.clone().into_bytes(),
        })
        .collect();
    let (mut decoder, mut decoded) = (Decoder::new(), Vec::new());
    for frame in &index.frames {
        let stored = &whole[frame.offset as usize..frame.offset as usize + frame.stored as usize];
        decoder.decode(stored, frame.size as usize, frame.filter, frame.position(), &mut decoded).unwrap();
        for (extent, range) in frame.parts() {
            files[extent.file as usize][extent.at as usize..][..range.len()].copy_from_slice(&decoded[range]);
        }
    }
    for (file, bytes) in index.files.iter().zip(&files) {
        if let Kind::Regular { sha256, .. } = file.kind {
            assert_eq!(sha256, sha256::digest(bytes), "{}", file.path);
        }
    }
    let files = index.files.iter().map(|file| file.path.clone()).zip(files).collect();
    Unpacked { whole, index, files }
}

fn bundle() -> Collection {
    Collection { form: Form::Bundle { launcher: LAUNCHER.to_vec() }, ..collection() }
}

/// An object with a library, of which the end is zero, and three modules in one frame.
struct Object {
    library: Vec<u8>,
    frames: [Vec<u8>; 2],
    contents: Vec<Content>,
}

fn object(folder: &Folder) -> Object {
    let place = folder.path("object");
    let mut writer = Writer::create(&place).unwrap();
    let mut library: Vec<u8> =
        (0..2_000u32).flat_map(|number| [0xe8, number as u8, (number >> 8) as u8, 0, 0]).collect();
    let frame = |bytes: &[u8], filter, zeros| Encoded {
        bytes: encode(bytes, 0, filter, Effort::Fast),
        size: bytes.len() as u32,
        filter,
        zeros,
    };
    let first = frame(&library, Filter::X86, ZEROS);
    library.resize(library.len() + ZEROS as usize, 0);
    let blob = writer.frames("library", std::slice::from_ref(&first)).unwrap();
    let codes = [b"code of a".as_slice(), b"code of b", b"code of c"];
    let streams = codes.map(store);
    let chunk = frame(&streams.concat(), Filter::None, 0);
    let place_of_chunk = writer.frames("code", std::slice::from_ref(&chunk)).unwrap();
    writer.finish(Origin::Source { name: None, version: None, dist_info: None }).unwrap();
    let reader = Arc::new(Reader::open(&place).unwrap());
    let mut contents = vec![Content::Blob { object: reader.clone(), blob, size: library.len() as u64 }];
    let mut at = 0;
    for (code, stream) in codes.iter().zip(&streams) {
        let encoding = Encoding::Member { at, length: stream.len() as u64 };
        let blob = Blob { encoding, ..place_of_chunk };
        contents.push(Content::Blob { object: reader.clone(), blob, size: code.len() as u64 });
        at += stream.len() as u64;
    }
    Object { library, frames: [first.bytes, chunk.bytes], contents }
}

fn contains(whole: &[u8], part: &[u8]) -> bool {
    whole.windows(part.len()).any(|window| window == part)
}

#[test]
fn the_folder_is_pyinstallers_one_folder_layout() {
    let folder = Folder::new();
    let mut input = bundle();
    input.files.push(file("z/data.txt", FileKind::Data, b"data"));
    input.files.push(file("helper", FileKind::ExecutableData, b"helper"));
    input.files.push(file("libz.so", FileKind::Symlink { target: "z/libz.so".to_owned() }, b"ignored"));
    input.modules.push(module("a", ModuleKind::Module, Some(bytes(b"code in memory"))));
    let report = write(&input, folder.root()).unwrap();
    let unpacked = unpacked(&folder.path("bin/app"));
    assert!(unpacked.whole.starts_with(LAUNCHER));
    let modes: Vec<_> = unpacked
        .index
        .files
        .iter()
        .map(|file| match &file.kind {
            Kind::Regular { mode, .. } => format!("{} {mode:o}", file.path),
            Kind::Link { target } => format!("{} -> {target}", file.path),
        })
        .collect();
    let expected = [
        "_internal/base_library.zip 600",
        "_internal/helper 700",
        "_internal/libpython3.13.so.1.0 700",
        "_internal/libz.so -> z/libz.so",
        "_internal/z/data.txt 600",
        "app 700",
    ];
    assert_eq!(modes, expected);
    assert_eq!(unpacked.files["_internal/z/data.txt"], b"data");
    fs::write(folder.path("program"), &unpacked.files["app"]).unwrap();
    let program = Archive::open(&folder.path("program")).unwrap();
    let table: Vec<_> =
        program.entries().iter().map(|entry| format!("{} {}", entry.kind.letter(), entry.name)).collect();
    let expected = [
        "m struct",
        "m pyimod01_archive",
        "s pyiboot01_bootstrap",
        "s app",
        "o pyi-contents-directory _internal",
        "z PYZ.pyz",
    ];
    assert_eq!(table, expected);
    assert_eq!(report.form, form::Form::Bundle);
    let launcher = report.launcher.expect("a bundle has a launcher");
    assert_eq!(launcher.sha256, Some(sha256::of(LAUNCHER)));
    assert_eq!(report.executable.size, unpacked.whole.len() as u64);
}

#[test]
fn frames_of_objects_are_taken_as_they_are() {
    let folder = Folder::new();
    let object = object(&folder);
    let mut input = bundle();
    input.files.push(file("lib.so", FileKind::Extension, b""));
    input.files.last_mut().unwrap().content = object.contents[0].clone();
    for (name, content) in ["m.a", "m.b", "m.c"].into_iter().zip(&object.contents[1..]) {
        input.modules.push(module(name, ModuleKind::Module, Some(content.clone())));
    }
    write(&input, folder.root()).unwrap();
    let unpacked = unpacked(&folder.path("bin/app"));
    assert!(object.frames.iter().all(|frame| contains(&unpacked.whole, frame)));
    assert!(unpacked.files["_internal/lib.so"] == object.library);
    let covered: u32 =
        unpacked.index.frames.iter().filter(|frame| frame.filter == Filter::X86).map(|frame| frame.size).sum();
    assert_eq!(u64::from(covered) + ZEROS, object.library.len() as u64, "zeros are in no frame");
    fs::write(folder.path("program"), &unpacked.files["app"]).unwrap();
    let program = Archive::open(&folder.path("program")).unwrap();
    let (_, pyz) = program.pyz().unwrap().remove(0);
    for (name, code) in [("m.a", "code of a"), ("m.b", "code of b"), ("m.c", "code of c")] {
        let module = pyz.modules().iter().find(|module| module.name == name).unwrap();
        assert_eq!(pyz.code(module).unwrap(), code.as_bytes());
    }
}

/// What is not linked is not shipped: not even in a frame that has something else, wherever in it that is.
#[test]
fn a_frame_with_more_than_is_linked_is_encoded_again() {
    let codes = ["code of a", "code of b", "code of c"];
    for missing in 0..codes.len() {
        let folder = Folder::new();
        let object = object(&folder);
        let mut input = bundle();
        for (number, name) in ["m.a", "m.b", "m.c"].into_iter().enumerate().filter(|(number, _)| *number != missing) {
            input.modules.push(module(name, ModuleKind::Module, Some(object.contents[number + 1].clone())));
        }
        write(&input, folder.root()).unwrap();
        let unpacked = unpacked(&folder.path("bin/app"));
        assert!(!contains(&unpacked.whole, &object.frames[1]), "without {}", codes[missing]);
        let program = &unpacked.files["app"];
        for (number, code) in codes.iter().enumerate() {
            assert_eq!(contains(program, code.as_bytes()), number != missing, "{code} without {}", codes[missing]);
        }
    }
}

#[test]
fn the_order_of_the_collection_does_not_matter() {
    let hash = |reversed: bool| {
        let folder = Folder::new();
        let object = object(&folder);
        let mut input = bundle();
        for (name, content) in ["m.a", "m.b", "m.c"].into_iter().zip(&object.contents[1..]) {
            input.modules.push(module(name, ModuleKind::Module, Some(content.clone())));
        }
        input.modules.push(module("other", ModuleKind::Package, Some(bytes(b"code in memory"))));
        input.files.push(file("x", FileKind::Data, b"x"));
        if reversed {
            input.modules.reverse();
            input.files.reverse();
        }
        write(&input, folder.root()).unwrap().executable.sha256
    };
    assert_eq!(hash(false), hash(true));
}
