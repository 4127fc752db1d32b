//! Objects that a bundle is linked from.
use std::sync::Arc;

use camino::Utf8PathBuf;
use permafreeze_base::sha256;
use permafreeze_bundle::Filter;
use permafreeze_object::deflate::{deflate, store};
use permafreeze_object::format::{self, Blob, Encoding, File, Module, RuntimeFacts};
use permafreeze_object::frames::{Effort, Encoded, encode};
use permafreeze_object::reader::Reader;
use permafreeze_object::writer::Writer;

use crate::{LIBPYTHON, MODULES};

/// An object that is being made.
pub(crate) struct Object {
    writer: Writer,
    place: Utf8PathBuf,
}

fn entry(bytes: &[u8], blob: Blob, module: Option<Module>) -> File {
    let (size, sha256) = (bytes.len() as u64, sha256::of(bytes));
    File {
        size,
        sha256,
        executable: false,
        symlink: None,
        hollowed: None,
        blob,
        module,
        native: None,
        slices: Vec::new(),
    }
}

impl Object {
    pub(crate) fn new(place: Utf8PathBuf) -> Object {
        Object { writer: Writer::create(&place).expect("created"), place }
    }

    pub(crate) fn deflated(&mut self, path: &str, bytes: &[u8]) -> Blob {
        self.writer.blob(path, &deflate(bytes), true).expect("written")
    }

    pub(crate) fn file(&mut self, path: &str, bytes: &[u8]) {
        let blob = self.deflated(path, bytes);
        self.writer.file(path.to_owned(), entry(bytes, blob, None));
    }

    /// A module with its own code.
    pub(crate) fn module(&mut self, path: &str, code: &[u8]) {
        let (blob, own) = (self.deflated(path, path.as_bytes()), self.deflated(&format!("code of {path}"), code));
        self.code(path, blob, own, code);
    }

    pub(crate) fn code(&mut self, path: &str, blob: Blob, own: Blob, code: &[u8]) {
        let module = Module { code: Some(own), code_size: code.len() as u64, ..Module::default() };
        self.writer.file(path.to_owned(), entry(path.as_bytes(), blob, Some(module)));
    }

    /// A library in two frames, with zeros after the first.
    pub(crate) fn library(&mut self, path: &str) -> Vec<u8> {
        let code: Vec<u8> = (0..700u32).flat_map(|number| [0xe8, number as u8, (number >> 8) as u8, 0, 0]).collect();
        let zeros = 70_000;
        let frame = |position: usize, filter, zeros| Encoded {
            bytes: encode(&code, position as u64, filter, Effort::Fast),
            size: code.len() as u32,
            filter,
            zeros,
        };
        let second = code.len() + zeros;
        let frames = [frame(0, Filter::X86, zeros as u64), frame(second, Filter::X86, 0)];
        let blob = self.writer.frames(path, &frames).expect("written");
        let bytes = [&code[..], &vec![0; zeros], &code].concat();
        self.writer.file(path.to_owned(), entry(&bytes, blob, None));
        bytes
    }

    /// Modules that share a frame.
    pub(crate) fn modules(&mut self) {
        let codes: Vec<String> = MODULES.iter().map(|name| format!("code of {name}, which is marshalled")).collect();
        let streams: Vec<Vec<u8>> = codes.iter().map(|code| store(code.as_bytes())).collect();
        let plain = streams.concat();
        let (bytes, size) = (encode(&plain, 0, Filter::None, Effort::Fast), plain.len() as u32);
        let frame = Encoded { bytes, size, filter: Filter::None, zeros: 0 };
        let place = self.writer.frames("code", &[frame]).expect("written");
        let mut at = 0;
        for ((name, code), stream) in MODULES.iter().zip(&codes).zip(&streams) {
            let path = format!("{}.py", name.replace('.', "/"));
            let encoding = Encoding::Member { at, length: stream.len() as u64 };
            let blob = self.deflated(&path, path.as_bytes());
            self.code(&path, blob, Blob { encoding, ..place }, code.as_bytes());
            at += stream.len() as u64;
        }
    }

    pub(crate) fn finish(self, origin: format::Origin) -> Arc<Reader> {
        self.writer.finish(origin).expect("written");
        Arc::new(Reader::open(&self.place).expect("an object"))
    }
}

pub(crate) fn wheel(file: &str) -> format::Origin {
    format::Origin::Wheel {
        file: file.to_owned(),
        name: "w".to_owned(),
        version: "1".to_owned(),
        dist_info: "w-1.dist-info".to_owned(),
        tags: Vec::new(),
    }
}

pub(crate) fn runtime() -> format::Origin {
    format::Origin::Runtime(RuntimeFacts {
        version: "3.13.15".to_owned(),
        stdlib: "lib/python3.13".to_owned(),
        dynload: "lib/python3.13/lib-dynload".to_owned(),
        libpython: LIBPYTHON.to_owned(),
        sysconfigdata: None,
        builtins: Vec::new(),
        extension_suffixes: Vec::new(),
    })
}
