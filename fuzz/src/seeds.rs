//! Writes the corpus: small files that are right, from which the fuzzer goes on.
//!
//! usage: cargo run --example seeds          in `fuzz/`
use std::fs;
use std::io::Write;
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use permafreeze_bundle::Filter;
use sha2::{Digest, Sha256};
use structured_zstd::encoding::{CompressionLevel, FrameCompressor};

#[path = "../../src/archive/tests/support/bundle.rs"]
mod bundle;
#[path = "../../tests/support/macho.rs"]
mod mach_o;
#[path = "../../src/archive/tests/support/mod.rs"]
mod support;

use support::native::{MACHO_AMD64, MACHO_ARM64, elf, fat, macho, pe};
use support::{code, member, zip};

const INDEX: &str = r#"{"format":4,"origin":{"kind":"source","name":null,"version":null,"dist_info":null},"files":{}}"#;
const HTML: &str = r#"<!DOCTYPE html><html><head><base href="/files/"></head><body><!-- links -->
<a href="six-1.0-py3-none-any.whl#sha256=00ff" data-requires-python="&gt;=3.8" data-yanked='old'>six</a><br/>
<A HREF = https://h/six-1.0.tar.gz?x=1&amp;y=2#md5=1>six</A></body></html>
"#;
const JSON: &str = r#"{"meta": {"api-version": "1.1"}, "name": "six", "files": [
{"filename": "six-1.0-py3-none-any.whl", "url": "/f/x", "hashes": {"sha256": "00ff"}, "size": 7,
"requires-python": ">=3.8", "yanked": "old", "core-metadata": {"sha256": "01"}},
{"filename": "six-1.0.tar.gz", "url": "https://h/y", "hashes": {}, "yanked": false}], "versions": ["1.0"]}
"#;
const UV_LOCK: &str = r#"version = 1
requires-python = ">=3.11"

[[package]]
name = "app"
version = "1"
source = { editable = "." }
dependencies = [{ name = "six", extra = ["x"], marker = "extra != 'extra-3-app-y'" }]

[package.optional-dependencies]
all = [{ name = "git" }]

[[package]]
name = "six"
version = "1.0"
source = { registry = "https://h/simple" }
sdist = { url = "https://h/six-1.0.tar.gz", hash = "sha256:00ff", size = 1 }
wheels = [{ url = "https://h/six-1.0-py3-none-any.whl", hash = "sha256:00ff" }]

[[package]]
name = "git"
version = "1.0"
source = { git = "https://u:p@h/r?tag=v1&subdirectory=a#0123456789012345678901234567890123456789" }
"#;

const PYLOCK: &str = r#"lock-version = "1.0"
extras = ["all"]
dependency-groups = ["dev"]
default-groups = ["dev"]

[[packages]]
name = "six"
version = "1.0"
marker = "'dev' in dependency_groups or 'all' not in extras"
wheels = [{ url = "https://u:p@h/six-1.0-py3-none-any.whl?t=1", hashes = { sha256 = "00ff" } }]

[[packages]]
name = "git"
vcs = { type = "git", url = "https://h/r", commit-id = "0123" }

[[packages]]
name = "lib"
directory = { path = "libs/lib" }

[[packages]]
name = "old"
archive = { url = "https://h/old-1.zip", hashes = { sha256 = "00ff" } }
"#;

const LOCK: &str = r#"[[package]]
name = "six"
version = "1.0"
python-versions = ">=3.8"
groups = ["main"]
markers = "python_version < \"4\""
files = [{file = "six-1.0-py3-none-any.whl", hash = "sha256:00ff"}]

[package.dependencies]
other = {version = "*", optional = true}

[package.extras]
all = ["other"]

[package.source]
type = "legacy"
url = "https://u:p@h/simple"
reference = "corp"

[metadata]
lock-version = "2.1"
python-versions = ">=3.13"
content-hash = "00"
"#;
const PLAN: &str = include_str!("../../examples/agent-runner/permafreeze.lock");

fn main() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let write = |target: &str, name: &str, bytes: Vec<u8>| {
        let folder = corpus.join(target);
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join(name), bytes).expect("a file");
    };
    write("archive", "sample", support::sample());
    write("archive", "empty", support::executable(&[]));
    let files = [
        ("_internal/empty", Some(0o600), &b""[..]),
        ("_internal/l", None, b"x"),
        ("_internal/x", Some(0o700), &[7; 900]),
    ];
    for most in [300, 1 << 20] {
        write("executable", &format!("frames-{most}"), bundle::bundle(&support::sample(), &files, most));
    }
    write("executable", "onefile", support::sample());
    let modules = [("a", 1, code()), ("a.b", 0, code()), ("c", 3, vec![])];
    write("pyz", "modules", support::pyz(&modules));
    write("zip", "stored", zip(&[member("a.pyc", &code(), false), member("b/c.pyc", b"", false)]));
    write("zip", "deflated", zip(&[member("a", &[7; 300], true)]));
    for minor in 8..=13 {
        let path = format!("{}/../src/archive/tests/data/code-3.{minor}.marshal", env!("CARGO_MANIFEST_DIR"));
        write("marshal", &format!("3.{minor}"), fs::read(path).expect("a code object"));
    }
    for target in ["marshal_canonical", "compile_scan"] {
        write(target, "code", code());
    }
    for target in ["native", "compile_native"] {
        write(target, "elf", elf());
        write(target, "mach-o", macho(MACHO_ARM64, 0xb0000));
        let parts = [(MACHO_AMD64, macho(MACHO_AMD64, 0)), (MACHO_ARM64, macho(MACHO_ARM64, 0))];
        write(target, "universal", fat(&parts));
        // It contains itself.
        write(target, "recursive", recursive());
        write(target, "pe", pe());
    }
    write("mach_o", "library", mach_o::Image::default().bytes());
    let program = mach_o::Image { kind: mach_o::PROGRAM, run_paths: vec!["@loader_path"], ..mach_o::Image::default() };
    write("mach_o", "program", program.bytes());
    write("object", "empty", [&(INDEX.len() as u32).to_le_bytes()[..], INDEX.as_bytes()].concat());
    write("object", "files", object());
    write("plan", "plan", plan());
    write("index_html", "page", HTML.as_bytes().to_vec());
    write("index_json", "page", JSON.as_bytes().to_vec());
    write("poetry_lock", "lock", LOCK.as_bytes().to_vec());
    write("uv_lock", "lock", UV_LOCK.as_bytes().to_vec());
    write("pylock", "lock", PYLOCK.as_bytes().to_vec());
    write("bundle_index", "bundle", bundle());
    for filter in 0..3u8 {
        write(
            "bundle_frame",
            &format!("filter-{filter}"),
            [&[filter], &999u32.to_le_bytes()[..], &frame(&[7; 999])].concat(),
        );
    }
    write("compile_unpack", "archive", archive());
    write("compile_wheel", "wheel", wheel());
    check(&corpus);
}

/// What is written by hand here has to be what the readers take.
fn check(corpus: &Path) {
    let corpus = camino::Utf8Path::from_path(corpus).expect("a path that is UTF-8");
    let folder = tempfile::tempdir().expect("a folder");
    let folder = camino::Utf8Path::from_path(folder.path()).expect("a path that is UTF-8");
    let text = fs::read_to_string(corpus.join("plan/plan")).expect("a plan");
    permafreeze_plan::reader::read("plan", &text).expect("a plan that is read");
    let bytes = fs::read(corpus.join("bundle_index/bundle")).expect("a bundle");
    let footer = bytes.last_chunk().map(|footer| permafreeze_bundle::Footer::parse(footer, bytes.len() as u64));
    let footer = footer.expect("56 bytes").expect("a footer");
    let index = &bytes[footer.offset as usize..][..footer.length as usize];
    permafreeze_bundle::Index::parse(index, footer.offset).expect("an index");
    permafreeze_compile::unpack(&corpus.join("compile_unpack/archive"), &folder.join("unpacked")).expect("an archive");
    let (wheel, name) = (corpus.join("compile_wheel/wheel"), "sample-1.0-py3-none-any.whl");
    permafreeze_compile::compile_wheel(
        &wheel,
        name,
        "/nonexistent/python".into(),
        1,
        permafreeze_compile::Form::default(),
        &folder.join("object"),
    )
    .expect("a wheel without Python files");
    let bytes = fs::read(corpus.join("object/files")).expect("an object");
    let (length, rest) = bytes.split_first_chunk().expect("a length");
    let (index, blobs) = rest.split_at(u32::from_le_bytes(*length) as usize);
    fs::write(folder.join("index.json"), index).expect("an index");
    fs::write(folder.join("blobs"), blobs).expect("blobs");
    let object = permafreeze_object::reader::Reader::open(folder).expect("an object that is read");
    assert_eq!(object.file(&object.index().files["deflated"]).expect("a file"), [7; 99]);
    assert_eq!(object.file(&object.index().files["framed"]).expect("a file")[400..], [&[0; 70], &b"end"[..]].concat());
    assert_eq!(object.file(&object.index().files["module"]).expect("a file"), b"code");
}

/// A universal file whose only part is the file itself.
fn recursive() -> Vec<u8> {
    let numbers = [0xcafe_babe, 1, MACHO_AMD64, 0, 0, 28, 0];
    numbers.iter().flat_map(|number: &u32| number.to_be_bytes()).collect()
}

/// An object with a file that is stored as it is, one that is compressed, one in two frames, and a module in a frame.
fn object() -> Vec<u8> {
    use permafreeze_object::format::{Blob, Encoding, Frame};
    use permafreeze_object::frames::{Effort, encode};
    use serde_json::json;

    let streams = [support::zlib(&[7; 99]), permafreeze_object::deflate::store(b"code")];
    let frame = |bytes: &[u8], filter| encode(bytes, 0, filter, Effort::Native);
    let parts = [
        b"data".to_vec(),
        streams[0].clone(),
        frame(&[0xe8; 400], Filter::X86),
        frame(b"end", Filter::None),
        frame(&streams[1], Filter::None),
    ];
    let place = |range: std::ops::Range<usize>, encoding| {
        let length = |parts: &[Vec<u8>]| parts.iter().map(Vec::len).sum::<usize>() as u64;
        Blob { offset: length(&parts[..range.start]), length: length(&parts[range]), encoding }
    };
    let frames = [(2, 400, Filter::X86, 70), (3, 3, Filter::None, 0), (4, streams[1].len() as u32, Filter::None, 0)];
    let frames = frames.map(|(part, size, filter, zeros)| {
        let Blob { offset, length, .. } = place(part..part + 1, Encoding::Frames);
        Frame { offset, stored: length as u32, size, filter, zeros }
    });
    let member = Encoding::Member { at: 0, length: streams[1].len() as u64 };
    let mut index: serde_json::Value = serde_json::from_str(INDEX).expect("an index");
    let file = |size: u64, blob| json!({ "size": size, "sha256": "0".repeat(64), "blob": blob });
    index["files"]["plain"] = file(4, place(0..1, Encoding::Stored));
    index["files"]["deflated"] = file(99, place(1..2, Encoding::Deflated));
    index["files"]["framed"] = file(473, place(2..4, Encoding::Frames));
    index["files"]["module"] = file(4, place(4..5, member));
    index["frames"] = json!(frames);
    let index = index.to_string();
    [&(index.len() as u32).to_le_bytes()[..], index.as_bytes(), &parts.concat()].concat()
}

fn frame(bytes: &[u8]) -> Vec<u8> {
    let mut compressor: FrameCompressor = FrameCompressor::new(CompressionLevel::from_level(3));
    compressor.set_content_checksum(true);
    compressor.compress_independent_frame(bytes)
}

/// A bundle without a launcher: a frame, an index with a link and two files, a footer.
fn bundle() -> Vec<u8> {
    let text = |text: &str| [&(text.len() as u16).to_le_bytes()[..], text.as_bytes()].concat();
    let mut bytes = frame(&[7; 20]);
    let stored = bytes.len();
    let head = [&1u32.to_le_bytes()[..], &text("app"), &text("app"), &text("_internal")].concat();
    bytes.extend([&head[..], &3u32.to_le_bytes(), &text("_internal/a"), &[1], &text("b")].concat());
    for (path, size) in [("_internal/b", 15u64), ("app", 5)] {
        bytes.extend([&text(path)[..], &[0], &0o600u32.to_le_bytes(), &size.to_le_bytes(), &[9; 32]].concat());
    }
    bytes.extend([&1u32.to_le_bytes()[..], &0u64.to_le_bytes(), &(stored as u32).to_le_bytes()].concat());
    bytes.extend([&20u32.to_le_bytes()[..], &[1], &2u32.to_le_bytes()].concat());
    for (file, length) in [(1u32, 15u32), (2, 5)] {
        bytes.extend([&file.to_le_bytes()[..], &0u64.to_le_bytes(), &length.to_le_bytes()].concat());
    }
    let length = (bytes.len() - stored) as u64;
    bytes.extend([&b"PFBUNDLE"[..], &(stored as u64).to_le_bytes(), &length.to_le_bytes(), &[5; 32]].concat());
    bytes
}

/// The first distributions of a real plan.
fn plan() -> Vec<u8> {
    let mut plan: serde_json::Value = serde_json::from_str(PLAN).expect("a plan");
    shorten(&mut plan);
    plan.to_string().into_bytes()
}

fn shorten(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Array(items) => {
            items.truncate(2);
            items.iter_mut().for_each(shorten);
        }
        serde_json::Value::Object(items) => {
            let names: Vec<String> = items.keys().skip(12).cloned().collect();
            names.iter().for_each(|name| drop(items.remove(name)));
            items.values_mut().for_each(shorten);
        }
        _ => {}
    }
}

/// A `.tar.gz` with a folder, a program, a symbolic and a hard link.
fn archive() -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    let mut add = |path: &str, kind: tar::EntryType, target: &str, data: &[u8]| {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(0o755);
        header.set_size(data.len() as u64);
        if target.is_empty() {
            tar.append_data(&mut header, path, data).expect("a member");
        } else {
            tar.append_link(&mut header, path, target).expect("a member");
        }
    };
    add("python/bin/", tar::EntryType::Directory, "", b"");
    add("python/bin/python3.13", tar::EntryType::Regular, "", b"#!/bin/sh\n");
    add("python/bin/python3", tar::EntryType::Symlink, "python3.13", b"");
    add("python/bin/other", tar::EntryType::Link, "python/bin/python3.13", b"");
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(&tar.into_inner().expect("a tar")).expect("a stream");
    encoder.finish().expect("a stream")
}

/// A wheel with data, a native library and metadata, but no Python file.
fn wheel() -> Vec<u8> {
    let wheel = b"Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n".to_vec();
    let metadata = b"Metadata-Version: 2.1\nName: sample\nVersion: 1.0\n".to_vec();
    let mut files = vec![
        ("sample/data.txt", b"data".to_vec()),
        ("sample/native.so", elf()),
        ("sample-1.0.dist-info/METADATA", metadata),
        ("sample-1.0.dist-info/WHEEL", wheel),
    ];
    let mut record = String::new();
    for (path, data) in &files {
        let hash = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(data));
        record += &format!("{path},sha256={hash},{}\n", data.len());
    }
    record += "sample-1.0.dist-info/RECORD,,\n";
    files.push(("sample-1.0.dist-info/RECORD", record.into_bytes()));
    let members: Vec<_> = files.iter().map(|(path, data)| member(path, data, true)).collect();
    zip(&members)
}
