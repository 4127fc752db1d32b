//! A Python runtime in python-build-standalone's `install_only` layout -> an object.
mod facts;
mod layout;

use std::collections::BTreeMap;

use camino::Utf8Path;
use permafreeze_object::format::Origin;
use permafreeze_object::reader::Reader;
use permafreeze_object::writer::Writer;

use crate::archive::{Body, Entry, read};
use crate::assemble::{Compiler, Cores, Input, Item, Kind, assemble};
use crate::error::{ArchiveError, Error};
use crate::stored::Form;
use crate::worker::HostPython;
use layout::{is_kept, is_patch_level};

/// The files of a runtime that are of interest, by path below its root.
struct Runtime {
    files: BTreeMap<String, Body>,
}

impl Input for Runtime {
    fn read(&self, item: &Item) -> Result<Vec<u8>, Error> {
        match self.files.get(&item.origin) {
            Some(Body::File { bytes, .. }) => Ok(bytes.clone()),
            _ => Ok(Vec::new()),
        }
    }
}

/// Compiles a runtime's archive to an object at `out`. `stdlib` is an object of the standard library's modules, by their
/// path in it: those with the same source are not compiled again. The bytes are the same without it.
pub fn compile_runtime(
    archive: &Utf8Path,
    stdlib: Option<&Utf8Path>,
    python: &Utf8Path,
    cores: usize,
    form: Form,
    out: &Utf8Path,
) -> Result<(), Error> {
    let refuse = |source| Error::Archive { archive: archive.to_owned(), source };
    let mut files = BTreeMap::new();
    read(
        archive,
        |path| root(path).is_some_and(|path| is_kept(path) || is_patch_level(path)),
        |entry| {
            let Entry { path, body } = entry;
            let Some(path) = root(&path) else { return Ok(()) };
            match files.insert(path.to_owned(), body) {
                Some(Body::File { .. } | Body::Link(_)) => {
                    Err(refuse(ArchiveError::Duplicate { member: path.to_owned() }))
                }
                _ => Ok(()),
            }
        },
    )?;
    files.retain(|_, body| !matches!(body, Body::Folder));
    if let Some((member, _)) = files.iter().find(|(_, body)| matches!(body, Body::HardLink(_))) {
        return Err(refuse(ArchiveError::Kind { member: member.clone() }));
    }
    let modules = files.keys().filter(|path| path.ends_with(".py")).count();
    let cores = Cores(cores);
    let python = HostPython::new(python, cores.processes(modules));
    let facts = facts::facts(&files, &python, &refuse)?;
    files.retain(|path, _| is_kept(path));
    let items: Vec<Item> = files.iter().map(|(path, body)| item(path, body, &facts.stdlib)).collect();
    let mut writer = Writer::create(out)?;
    let known = stdlib.map(Reader::open).transpose()?;
    let compiler = Compiler { python: &python, cores, known: known.as_ref(), form };
    assemble(&items, &Runtime { files }, compiler, &mut writer)?;
    writer.finish(Origin::Runtime(facts))?;
    Ok(())
}

/// Returns a member's path below the archive's one top folder.
fn root(path: &str) -> Option<&str> {
    path.strip_prefix("python/")
}

fn item(path: &str, body: &Body, stdlib: &str) -> Item {
    let (kind, executable) = match body {
        Body::Link(target) => (Kind::Link(target.clone()), false),
        Body::File { executable, .. } => {
            let below = path.strip_prefix(stdlib).and_then(|below| below.strip_prefix('/')).unwrap_or(path);
            let kind = if path.ends_with(".py") { Kind::Module(below.to_owned()) } else { Kind::Data };
            (kind, *executable)
        }
        Body::HardLink(_) | Body::Folder => (Kind::Data, false),
    };
    Item { path: path.to_owned(), origin: path.to_owned(), kind, executable }
}
