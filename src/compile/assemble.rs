//! Files -> blobs and index entries: reads, compiles, scans and deflates on all cores, writes in order of path.
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;

use permafreeze_base::sha256;
use permafreeze_object::deflate::{deflate, deflate_native, deflate_text, deflate_universal};
use permafreeze_object::format::{Blob, Encoding, File, Hints, Module, Native, Slice};
use permafreeze_object::marshal::Tree;
use permafreeze_object::reader::Reader;
use permafreeze_object::writer::Writer;

use crate::error::Error;
use crate::native::{native, slices};
use crate::scan::{Facts, scan};
use crate::worker::HostPython;

/// Reading and writing trees recurses as deep as marshal data may nest.
const STACK: usize = 8 << 20;

/// What is done with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Compiled, with this `co_filename`.
    Module(String),
    /// A stub beside an extension module: only its imports are of interest.
    Stub(String),
    /// Stored; told by its magic whether it is a native library.
    Data,
    /// A symbolic link with this target.
    Link(String),
    /// Read and checked, but no part of the object.
    Checked,
}

/// One file of the object to be.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    /// Path in the object.
    pub path: String,
    /// The member, file or number by which the input knows it.
    pub origin: String,
    /// What is done with it.
    pub kind: Kind,
    /// Whether it has its executable bit.
    pub executable: bool,
}

/// Where files come from.
pub(crate) trait Input: Sync {
    /// Returns a file's bytes.
    fn read(&self, item: &Item) -> Result<Vec<u8>, Error>;

    /// Checks a file against what the input says of it.
    fn check(&self, _item: &Item, _size: u64, _sha256: &str) -> Result<(), Error> {
        Ok(())
    }
}

/// How many threads and host Python processes are used.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cores(pub usize);

impl Cores {
    /// Returns how many host Python processes are worth their start for this many modules.
    pub(crate) fn processes(self, modules: usize) -> usize {
        self.0.min(modules / 150 + 1)
    }
}

/// What files are made with.
#[derive(Clone, Copy)]
pub(crate) struct Compiler<'a> {
    /// Compiles modules.
    pub python: &'a HostPython,
    /// How much runs at once.
    pub cores: Cores,
    /// An object of this program's, whose modules are taken where name and source are the same: the standard library
    /// is compiled once for all targets.
    pub known: Option<&'a Reader>,
}

/// A file with its blobs, ready to be written.
struct Ready {
    file: File,
    bytes: Vec<u8>,
    code: Option<Vec<u8>>,
    /// The stored bytes of the file's slices, in their order.
    slices: Vec<Vec<u8>>,
}

/// Returns the kind of a file of site-packages, and for stubs whether `paths` has the extension module they describe.
pub(crate) fn kind_of(path: &str, paths: &BTreeMap<String, impl Sized>) -> Kind {
    if path.ends_with(".py") {
        return Kind::Module(path.to_owned());
    }
    if let Some(stem) = path.strip_suffix(".pyi") {
        let start = format!("{stem}.");
        let mut beside = paths.range(start.clone()..).take_while(|(other, _)| other.starts_with(&start));
        if beside.any(|(other, _)| other.ends_with(".so") || other.ends_with(".pyd")) {
            return Kind::Stub(path.to_owned());
        }
    }
    Kind::Data
}

/// Turns items, sorted by path, into the object's files.
pub(crate) fn assemble(
    items: &[Item],
    input: &dyn Input,
    compiler: Compiler<'_>,
    writer: &mut Writer,
) -> Result<(), Error> {
    let next = AtomicUsize::new(0);
    let stop = AtomicBool::new(false);
    let (sender, receiver) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..compiler.cores.0.clamp(1, items.len().max(1)) {
            let sender = sender.clone();
            let (next, stop) = (&next, &stop);
            let work = move || {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(index) else { break };
                    let ready = prepare(item, input, compiler);
                    let failed = ready.is_err();
                    // The receiver lives as long as the scope; an item is only dropped when writing has failed.
                    if sender.send((index, ready)).is_err() || failed || stop.load(Ordering::Relaxed) {
                        break;
                    }
                }
            };
            std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work).map_err(|source| Error::Io {
                action: "start a thread for",
                path: item_path(items),
                source,
            })?;
        }
        drop(sender);
        let written = write_in_order(items, &receiver, writer, &stop);
        stop.store(true, Ordering::Relaxed);
        written
    })
}

fn item_path(items: &[Item]) -> camino::Utf8PathBuf {
    items.first().map(|item| item.path.clone().into()).unwrap_or_default()
}

/// Items are taken in order and each that is taken is reported, so of several errors the first by path is returned
/// on every run.
fn write_in_order(
    items: &[Item],
    receiver: &mpsc::Receiver<(usize, Result<Option<Ready>, Error>)>,
    writer: &mut Writer,
    stop: &AtomicBool,
) -> Result<(), Error> {
    let mut waiting = BTreeMap::new();
    let mut at = 0;
    for (index, ready) in receiver {
        if ready.is_err() {
            stop.store(true, Ordering::Relaxed);
        }
        waiting.insert(index, ready);
        while let Some(ready) = waiting.remove(&at) {
            if let Some(ready) = ready? {
                write(&items[at].path, ready, writer)?;
            }
            at += 1;
        }
    }
    Ok(())
}

fn write(path: &str, ready: Ready, writer: &mut Writer) -> Result<(), Error> {
    let Ready { mut file, bytes, code, slices } = ready;
    file.blob = writer.blob(&file.sha256, &bytes, file.blob.encoding == Encoding::Deflated)?;
    for (slice, bytes) in file.slices.iter_mut().zip(slices) {
        slice.blob = writer.blob(&slice.sha256, &bytes, slice.blob.encoding == Encoding::Deflated)?;
    }
    if let (Some(module), Some(code)) = (&mut file.module, code) {
        // Code carries its file name, so no two modules have the same.
        module.code = Some(writer.blob(&format!("code of {path}"), &code, true)?);
    }
    writer.file(path.to_owned(), file);
    Ok(())
}

fn prepare(item: &Item, input: &dyn Input, compiler: Compiler<'_>) -> Result<Option<Ready>, Error> {
    let bytes = if matches!(item.kind, Kind::Link(_)) { Vec::new() } else { input.read(item)? };
    let sha256 = sha256::of(&bytes);
    input.check(item, bytes.len() as u64, &sha256)?;
    let mut code = None;
    let mut module = None;
    let mut native_facts: Option<Native> = None;
    let mut symlink = None;
    match &item.kind {
        Kind::Module(name) => {
            if let Some(ready) = known(compiler.known, name, &sha256, item.executable)? {
                return Ok(Some(ready));
            }
            let (made, stream) = compile(name, &bytes, compiler.python)?;
            module = Some(made);
            code = stream;
        }
        Kind::Stub(name) => {
            let (made, _) = compile(name, &bytes, compiler.python)?;
            module = Some(Module { code_size: 0, hints: Hints::default(), ..made });
        }
        Kind::Data => native_facts = native(&bytes),
        Kind::Link(target) => symlink = Some(target.clone()),
        Kind::Checked => return Ok(None),
    }
    let size = bytes.len() as u64;
    let (slices, slice_bytes) = if native_facts.is_some() { sliced(&bytes) } else { Default::default() };
    let (blob, bytes) = stored(
        bytes,
        match (&item.kind, &native_facts) {
            (Kind::Module(_), _) => deflate_text,
            (_, Some(_)) if slices.is_empty() => deflate_native,
            (_, Some(_)) => deflate_universal,
            (_, None) => deflate,
        },
    );
    let file = File { size, sha256, executable: item.executable, symlink, blob, module, native: native_facts, slices };
    Ok(Some(Ready { file, bytes, code, slices: slice_bytes }))
}

/// Returns bytes as they are stored. Where the blob lies is known when it is written.
fn stored(bytes: Vec<u8>, deflate: fn(&[u8]) -> Vec<u8>) -> (Blob, Vec<u8>) {
    let deflated = deflate(&bytes);
    let shrinks = deflated.len() < bytes.len();
    let encoding = if shrinks { Encoding::Deflated } else { Encoding::Stored };
    (Blob { offset: 0, length: 0, encoding }, if shrinks { deflated } else { bytes })
}

/// Returns the slices of a universal file, and the stored bytes of each.
fn sliced(bytes: &[u8]) -> (Vec<Slice>, Vec<Vec<u8>>) {
    let slices = slices(bytes).into_iter().map(|(part, native)| {
        let part = &bytes[part];
        let (blob, stored) = stored(part.to_vec(), deflate_native);
        let machine = native.machines.concat();
        (Slice { machine, size: part.len() as u64, sha256: sha256::of(part), blob, native }, stored)
    });
    slices.unzip()
}

/// Takes a module out of the known object, if it has one of this name and source.
fn known(known: Option<&Reader>, name: &str, sha256: &str, executable: bool) -> Result<Option<Ready>, Error> {
    let Some(object) = known else { return Ok(None) };
    let Some(file) = object.index().files.get(name).filter(|file| file.sha256 == sha256) else { return Ok(None) };
    let Some(module) = &file.module else { return Ok(None) };
    let code = module.code.map(|code| object.stored(code)).transpose()?;
    let bytes = object.stored(file.blob)?;
    let module = Some(Module { code: None, ..module.clone() });
    Ok(Some(Ready { file: File { executable, module, ..file.clone() }, bytes, code, slices: Vec::new() }))
}

/// Returns what the index says of a module, and its canonical code, deflated.
fn compile(file_name: &str, source: &[u8], python: &HostPython) -> Result<(Module, Option<Vec<u8>>), Error> {
    let mut module = Module::default();
    let code = match python.compile(file_name, source)? {
        Ok(code) => code,
        Err(error) => {
            module.error = Some(error);
            return Ok((module, None));
        }
    };
    let bad = |source| Error::Code { file: file_name.to_owned(), source };
    let tree = Tree::parse(&code).map_err(bad)?;
    let canonical = tree.emit().map_err(bad)?;
    let Facts { imports, calls, library_attributes, hints } = scan(&tree);
    let module = Module { code_size: canonical.len() as u64, imports, calls, library_attributes, hints, ..module };
    Ok((module, Some(deflate(&canonical))))
}
