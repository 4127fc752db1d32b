//! A scratch folder, wheels made to measure, and the host Python.
#![allow(dead_code, reason = "each test program uses a part")]
use std::io::{Cursor, Write};

use camino::Utf8PathBuf;
use permafreeze_compile::{Error, Form};
use permafreeze_object::reader::Reader;
use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;

/// The file name of every wheel made here.
pub(crate) const NAME: &str = "my_pkg-1.0-py3-none-any.whl";

pub(crate) fn host_python() -> Utf8PathBuf {
    let hint = "set PERMAFREEZE_HOST_PYTHON to the full path of the host Python 3.13 (`make test` sets it)";
    Utf8PathBuf::from(std::env::var("PERMAFREEZE_HOST_PYTHON").expect(hint))
}

pub(crate) fn hooks_environment() -> Utf8PathBuf {
    let hint = "set PERMAFREEZE_HOOKS_ENV to a folder in which PyInstaller 6.18.0, pyinstaller-hooks-contrib and \
        setuptools are installed (`make test` sets it)";
    Utf8PathBuf::from(std::env::var("PERMAFREEZE_HOOKS_ENV").expect(hint))
}

/// A folder that is removed when it is dropped.
pub(crate) struct Scratch {
    _folder: tempfile::TempDir,
    pub path: Utf8PathBuf,
}

impl Scratch {
    pub(crate) fn new() -> Scratch {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
        Scratch { _folder: folder, path }
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> Utf8PathBuf {
        let path = self.path.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// Names of what is in it, sorted.
    pub(crate) fn list(&self) -> Vec<String> {
        let mut names: Vec<String> =
            self.path.read_dir_utf8().unwrap().map(|entry| entry.unwrap().file_name().to_owned()).collect();
        names.sort();
        names
    }
}

/// A wheel to be: members in order. Starts with metadata; RECORD is made unless a member of that name is given.
pub(crate) struct Wheel {
    members: Vec<(String, Vec<u8>)>,
}

impl Wheel {
    pub(crate) fn new() -> Wheel {
        let wheel = Wheel { members: Vec::new() };
        wheel
            .with("my_pkg-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\nTag: py2-none-any\n")
            .with("my_pkg-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: My.Pkg\nVersion: 1.0\n\nbody\n")
    }

    pub(crate) fn with(mut self, name: &str, bytes: impl AsRef<[u8]>) -> Wheel {
        self.members.retain(|(other, _)| other != name);
        self.members.push((name.to_owned(), bytes.as_ref().to_vec()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Wheel {
        self.members.retain(|(other, _)| other != name);
        self
    }

    pub(crate) fn record(&self) -> String {
        let mut text = String::new();
        for (name, bytes) in &self.members {
            let digest = base64(&Sha256::digest(bytes));
            text.push_str(&format!("{name},sha256={digest},{}\n", bytes.len()));
        }
        text + "my_pkg-1.0.dist-info/RECORD,,\n"
    }

    pub(crate) fn zip(&self) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default();
        let record = ("my_pkg-1.0.dist-info/RECORD".to_owned(), self.record().into_bytes());
        let has_record = self.members.iter().any(|(name, _)| *name == record.0);
        for (name, bytes) in self.members.iter().chain((!has_record).then_some(&record)) {
            zip.start_file(name.as_str(), options.unix_permissions(0o644)).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let bits: Vec<u8> = bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect();
    let digit = |bits: &[u8]| (0..6).fold(0, |value, at| value << 1 | bits.get(at).copied().unwrap_or(0));
    bits.chunks(6).map(|bits| char::from(ALPHABET[usize::from(digit(bits))])).collect()
}

/// Compiles a wheel; whatever happens, nothing half-written stays.
pub(crate) fn compile(zip: &[u8]) -> Result<(Scratch, Reader), Error> {
    compile_named(zip, NAME)
}

pub(crate) fn compile_named(zip: &[u8], name: &str) -> Result<(Scratch, Reader), Error> {
    compile_as(zip, name, Form::default())
}

pub(crate) fn compile_as(zip: &[u8], name: &str, form: Form) -> Result<(Scratch, Reader), Error> {
    let scratch = Scratch::new();
    let file = scratch.write("hash-name.whl", zip);
    let out = scratch.path.join("out");
    let compiled = permafreeze_compile::compile_wheel(&file, name, &host_python(), 2, form, &out);
    match compiled {
        Ok(()) => {
            let reader = Reader::open(&out).unwrap();
            Ok((scratch, reader))
        }
        Err(error) => {
            assert_eq!(scratch.list(), ["hash-name.whl"], "something was left behind");
            Err(error)
        }
    }
}

/// Returns an error with all its causes, as `permafreeze-compile` prints it.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}

/// Returns the bytes of a file of an object.
pub(crate) fn contents(reader: &Reader, path: &str) -> Vec<u8> {
    reader.file(&reader.index().files[path]).unwrap()
}

/// Returns an ELF library for amd64 with a segment that is loaded, debug sections and symbols.
pub(crate) fn elf() -> Vec<u8> {
    const NAMES: &[u8] = b"\0.text\0.debug_info\0.symtab\0.shstrtab\0";
    let number = |bytes: &mut Vec<u8>, at: usize, value: u64, width: usize| {
        bytes.resize(bytes.len().max(at + width), 0);
        bytes[at..at + width].copy_from_slice(&value.to_le_bytes()[..width]);
    };
    let mut bytes = b"\x7fELF\x02\x01\x01".to_vec();
    let header =
        [(16, 3, 2), (18, 62, 2), (20, 1, 4), (32, 64, 8), (40, 0x500, 8), (52, 64, 2), (54, 56, 2), (56, 1, 2)];
    header.iter().for_each(|(at, value, width)| number(&mut bytes, *at, *value, *width));
    [(58, 64), (60, 5), (62, 4)].iter().for_each(|(at, value)| number(&mut bytes, *at, *value, 2));
    let segment = [(0, 1, 4), (4, 5, 4), (8, 0, 8), (32, 0x200, 8), (40, 0x200, 8)];
    segment.iter().for_each(|(at, value, width)| number(&mut bytes, 64 + at, *value, *width));
    bytes.resize(0x200, 0x90);
    bytes.resize(0x400, 7);
    bytes.extend(NAMES);
    bytes.resize(0x500 + 5 * 64, 0);
    let names = [".text", ".debug_info", ".symtab", ".shstrtab"];
    let places = [(0x100, 0x100, 1, 6), (0x200, 0x180, 1, 0), (0x380, 0x80, 2, 0), (0x400, NAMES.len(), 3, 0)];
    for (section, (name, (offset, size, kind, flags))) in names.iter().zip(places).enumerate() {
        let at = 0x500 + 64 * (section + 1);
        let name = NAMES.windows(name.len()).position(|part| part == name.as_bytes()).unwrap();
        let fields = [(0, name, 4), (4, kind, 4), (8, flags, 8), (24, offset, 8), (32, size, 8)];
        fields.iter().for_each(|(field, value, width)| number(&mut bytes, at + field, *value as u64, *width));
    }
    bytes
}
