//! Files -> blobs and index entries: reads, compiles, scans and deflates on all cores, writes in order of path.
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;

use permafreeze_base::sha256;
use permafreeze_object::format::{Encoding, File, Hints, Module, Slice};
use permafreeze_object::marshal::Tree;
use permafreeze_object::reader::Reader;
use permafreeze_object::writer::Writer;

use crate::code::{self, Pending};
use crate::error::Error;
use crate::native::{native, slices};
use crate::scan::{Facts, scan};
use crate::stored::{Bytes, Form, NOWHERE, Stored, hollowed};
use crate::worker::{HostPython, Made};

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
    /// How bytes are stored.
    pub form: Form,
}

/// A file with its blobs, ready to be written.
struct Ready {
    file: File,
    bytes: Stored,
    /// A zlib stream.
    code: Option<Vec<u8>>,
    /// The stored bytes of the file's slices, in their order.
    slices: Vec<Stored>,
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
        let written = write_in_order(items, &receiver, writer, &stop, compiler.form);
        stop.store(true, Ordering::Relaxed);
        // Without frames no code waits for that of others.
        let effort = compiler.form.frames.unwrap_or_default();
        code::write(written?, effort, compiler.cores.0, compiler.known, writer)
    })
}

fn item_path(items: &[Item]) -> camino::Utf8PathBuf {
    items.first().map(|item| item.path.clone().into()).unwrap_or_default()
}

/// Items are taken in order and each that is taken is reported, so of several errors the first by path is returned
/// on every run. Returns the modules whose code is not written yet.
fn write_in_order(
    items: &[Item],
    receiver: &mpsc::Receiver<(usize, Result<Option<Ready>, Error>)>,
    writer: &mut Writer,
    stop: &AtomicBool,
    form: Form,
) -> Result<Vec<Pending>, Error> {
    let mut waiting = BTreeMap::new();
    let mut pending = Vec::new();
    let mut at = 0;
    for (index, ready) in receiver {
        if ready.is_err() {
            stop.store(true, Ordering::Relaxed);
        }
        waiting.insert(index, ready);
        while let Some(ready) = waiting.remove(&at) {
            if let Some(ready) = ready? {
                pending.extend(write(&items[at], ready, writer, form)?);
            }
            at += 1;
        }
    }
    Ok(pending)
}

/// Writes a file; of a module whose code comes into a frame, all but that.
fn write(item: &Item, ready: Ready, writer: &mut Writer, form: Form) -> Result<Option<Pending>, Error> {
    let Ready { mut file, bytes, code, slices } = ready;
    let path = &item.path;
    file.blob = bytes.write(&file.sha256, writer)?;
    for (slice, bytes) in file.slices.iter_mut().zip(slices) {
        slice.blob = bytes.write(&slice.sha256, writer)?;
    }
    match (&mut file.module, code, &item.kind) {
        (Some(_), Some(stream), Kind::Module(name)) if form.frames.is_some() => {
            return Ok(Some(Pending { path: path.clone(), name: name.clone(), file, stream }));
        }
        (Some(module), Some(code), _) => {
            // Code carries its file name, so no two modules have the same.
            module.code = Some(writer.blob(&format!("code of {path}"), &code, true)?);
        }
        _ => {}
    }
    writer.file(path.clone(), file);
    Ok(None)
}

fn prepare(item: &Item, input: &dyn Input, compiler: Compiler<'_>) -> Result<Option<Ready>, Error> {
    let bytes = if matches!(item.kind, Kind::Link(_)) { Vec::new() } else { input.read(item)? };
    let sha256 = sha256::of(&bytes);
    input.check(item, bytes.len() as u64, &sha256)?;
    let form = compiler.form;
    let (mut code, mut module, mut facts, mut symlink) = (None, None, None, None);
    match &item.kind {
        Kind::Module(name) => {
            if let Some(ready) = known(compiler, name, &sha256, item.executable)? {
                return Ok(Some(ready));
            }
            let (made, stream) = compile(name, &bytes, compiler)?;
            module = Some(made);
            code = stream;
        }
        Kind::Stub(name) => {
            let (made, _) = compile(name, &bytes, compiler)?;
            module = Some(Module { code_size: 0, hints: Hints::default(), ..made });
        }
        Kind::Data => facts = native(&bytes),
        Kind::Link(target) => symlink = Some(target.clone()),
        Kind::Checked => return Ok(None),
    }
    let size = bytes.len() as u64;
    let (slices, slice_bytes) = if facts.is_some() { sliced(&bytes, form) } else { Default::default() };
    let what = match (&item.kind, &facts) {
        (Kind::Module(_), _) => Bytes::Text,
        (_, Some(native)) if slices.is_empty() => Bytes::Native(native),
        (_, Some(_)) => Bytes::Universal,
        (_, None) => Bytes::Data,
    };
    let (bytes, hollowed) = hollowed(bytes, what, form);
    let bytes = Stored::new(bytes, what, form);
    let executable = item.executable;
    let file = File { size, sha256, executable, symlink, blob: NOWHERE, hollowed, module, native: facts, slices };
    Ok(Some(Ready { file, bytes, code, slices: slice_bytes }))
}

/// Returns the slices of a universal file, and the stored bytes of each.
fn sliced(bytes: &[u8], form: Form) -> (Vec<Slice>, Vec<Stored>) {
    let slices = slices(bytes).into_iter().map(|(part, native)| {
        let part = &bytes[part];
        let stored = Stored::new(part.to_vec(), Bytes::Native(&native), form);
        let machine = native.machines.concat();
        (Slice { machine, size: part.len() as u64, sha256: sha256::of(part), blob: NOWHERE, native }, stored)
    });
    slices.unzip()
}

/// Takes a module out of the known object, if it has one of this name and source.
fn known(compiler: Compiler<'_>, name: &str, sha256: &str, executable: bool) -> Result<Option<Ready>, Error> {
    let Some(object) = compiler.known else { return Ok(None) };
    let Some(file) = object.index().files.get(name).filter(|file| file.sha256 == sha256) else { return Ok(None) };
    let Some(module) = &file.module else { return Ok(None) };
    let code = match module.code {
        Some(blob) if matches!(blob.encoding, Encoding::Member { .. }) == compiler.form.frames.is_some() => {
            object.stream(blob)?
        }
        Some(blob) => Some(compiler.form.stream(&object.plain(blob, module.code_size)?)),
        None => None,
    };
    let bytes = Stored::Stream(object.stored(file.blob)?, file.blob.encoding);
    let module = Some(Module { code: None, ..module.clone() });
    Ok(Some(Ready { file: File { executable, module, ..file.clone() }, bytes, code, slices: Vec::new() }))
}

/// Returns what the index says of a module, and its canonical code as a zlib stream.
fn compile(file_name: &str, source: &[u8], compiler: Compiler<'_>) -> Result<(Module, Option<Vec<u8>>), Error> {
    let mut module = Module::default();
    let Made { python, bytes: code } = match compiler.python.compile(file_name, source)? {
        Ok(made) => made,
        Err(error) => {
            module.error = Some(error);
            return Ok((module, None));
        }
    };
    let bad = |source| Error::Code { file: file_name.to_owned(), source };
    let tree = Tree::parse(&code).map_err(bad)?;
    let canonical = tree.emit().map_err(bad)?;
    let Facts { imports, calls, library_attributes, hints } = scan(python, &tree);
    let module = Module { code_size: canonical.len() as u64, imports, calls, library_attributes, hints, ..module };
    Ok((module, Some(compiler.form.stream(&canonical))))
}
