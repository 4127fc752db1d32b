//! Collections made by hand.
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_executable::format::ModuleKind;
use permafreeze_executable::report::Report;
use permafreeze_link::collection::{
    Bootloader, CollectedFile, Collection, Content, FileKind, Form, Origin, PyzModule, Script,
};
use permafreeze_link::platform::Platform;
use permafreeze_link::write::{WriteError, Written};
use permafreeze_object::deflate::deflate;
use permafreeze_object::format;
use permafreeze_object::reader::Reader;
use permafreeze_object::writer::Writer;
use permafreeze_packaging::python::DEFAULT;
use permafreeze_packaging::target::Target;

/// A folder that is removed in the end.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> Utf8PathBuf {
        Utf8PathBuf::from_path_buf(self.0.path().join(name)).unwrap()
    }

    pub(crate) fn root(&self) -> &Utf8Path {
        Utf8Path::from_path(self.0.path()).unwrap()
    }

    pub(crate) fn names(&self) -> Vec<String> {
        let names = std::fs::read_dir(self.0.path()).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    }
}

/// Writes what is delivered, `bin/app` if it is one file, and `report.json` to one folder.
pub(crate) fn write(collection: &Collection, folder: &Utf8Path) -> Result<Report, WriteError> {
    let platform = Platform::of(collection.target);
    Ok(Written::new(collection, platform.container.as_ref(), folder, folder)?.commit()?)
}

pub(crate) fn origin(owner: &str, path: &str) -> Origin {
    Origin { owner: owner.into(), path: path.to_owned(), sha256: Some("00ff".to_owned()) }
}

pub(crate) fn bytes(bytes: &[u8]) -> Content {
    Content::Bytes(bytes.to_vec())
}

pub(crate) fn script(name: &str, code: &[u8]) -> Script {
    Script { name: name.to_owned(), code: code.to_vec(), origin: origin("pyinstaller.whl", name) }
}

pub(crate) fn module(name: &str, kind: ModuleKind, code: Option<Content>) -> PyzModule {
    PyzModule { name: name.to_owned(), kind, code, origin: origin("app.whl", name) }
}

pub(crate) fn file(dest: &str, kind: FileKind, content: &[u8]) -> CollectedFile {
    CollectedFile {
        dest: dest.to_owned(),
        kind,
        content: bytes(content),
        origin: origin("app.whl", dest),
        changed: None,
    }
}

/// The smallest collection that is laid out.
pub(crate) fn collection() -> Collection {
    Collection {
        name: "app".to_owned(),
        target: Target::LinuxAmd64,
        form: Form::Onefile,
        bootloader: Bootloader {
            content: bytes(b"\x7fELF bootloader"),
            origin: origin("pyinstaller.whl", "run"),
            resources: Vec::new(),
        },
        libpython: "libpython3.13.so.1.0".to_owned(),
        python: DEFAULT,
        options: vec!["pyi-contents-directory _internal".to_owned()],
        bootstrap: vec![script("struct", &[1; 100]), script("pyimod01_archive", b"2")],
        scripts: vec![script("pyiboot01_bootstrap", b"3"), script("app", &[4; 100])],
        modules: Vec::new(),
        base_library: Vec::new(),
        files: vec![file("libpython3.13.so.1.0", FileKind::Binary, &[5; 500])],
        warnings: vec!["a warning".to_owned()],
    }
}

/// An object with one deflated and one stored blob of the given bytes.
pub(crate) fn object(folder: &Folder, deflated: &[u8], stored: &[u8]) -> (Arc<Reader>, Content, Content) {
    let place = folder.path("object");
    let mut writer = Writer::create(&place).unwrap();
    let first = writer.blob("deflated", &deflate(deflated), true).unwrap();
    let second = writer.blob("stored", stored, false).unwrap();
    writer.finish(format::Origin::Source { name: None, version: None, dist_info: None }).unwrap();
    let object = Arc::new(Reader::open(&place).unwrap());
    let content = |blob, size: &[u8]| Content::Blob { object: object.clone(), blob, size: size.len() as u64 };
    (object.clone(), content(first, deflated), content(second, stored))
}
