//! A Python runtime in python-build-standalone's `install_only` layout -> an object.
use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8Path;
use permafreeze_object::format::{Origin, RuntimeFacts};
use permafreeze_object::reader::Reader;
use permafreeze_object::writer::Writer;

use crate::archive::{Body, Entry, read};
use crate::assemble::{Compiler, Cores, Input, Item, Kind, assemble};
use crate::error::{ArchiveError, Error};
use crate::worker::HostPython;

/// Modules in every interpreter that `MODBUILT_NAMES` leaves out (CPython, `Modules/config.c.in`).
const ALWAYS_BUILTIN: [&str; 9] =
    ["_ast", "_imp", "_string", "_tokenize", "_warnings", "builtins", "gc", "marshal", "sys"];
/// Top level of the standard library: what is never part of an application.
const LEFT_OUT: [&str; 4] = ["site-packages", "test", "idlelib", "__pycache__"];
/// Header that says the full version.
const PATCH_LEVEL: &str = "patchlevel.h";

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
    let facts = facts(&files, &python, &refuse)?;
    files.retain(|path, _| is_kept(path));
    let items: Vec<Item> = files.iter().map(|(path, body)| item(path, body, &facts.stdlib)).collect();
    let mut writer = Writer::create(out)?;
    let known = stdlib.map(Reader::open).transpose()?;
    let compiler = Compiler { python: &python, cores, known: known.as_ref() };
    assemble(&items, &Runtime { files }, compiler, &mut writer)?;
    writer.finish(Origin::Runtime(facts))?;
    Ok(())
}

/// Returns a member's path below the archive's one top folder.
fn root(path: &str) -> Option<&str> {
    path.strip_prefix("python/")
}

fn is_patch_level(path: &str) -> bool {
    path.starts_with("include/") && path.rsplit('/').next() == Some(PATCH_LEVEL)
}

/// Whether a file is kept: the shared libpython, the standard library without tests, IDLE and build files, and the scripts
/// of Tcl and Tk, which PyInstaller collects for tkinter.
fn is_kept(path: &str) -> bool {
    let Some(below) = path.strip_prefix("lib/") else { return false };
    let Some((top, rest)) = below.split_once('/') else {
        return below.starts_with("libpython3.") && below.contains(".so");
    };
    let numbered = |name| top.strip_prefix(name).is_some_and(is_number);
    if numbered("tcl") || numbered("tk") {
        return true;
    }
    let is_stdlib = numbered("python3.");
    let first = rest.split('/').next().unwrap_or(rest);
    is_stdlib
        && !LEFT_OUT.contains(&first)
        && !first.starts_with("config-")
        && !rest.split('/').any(|part| part == "__pycache__")
}

/// Whether a text is as `8.6` or `13`.
fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
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

/// What is said of the runtime besides its files, all of it read, nothing run.
fn facts(
    files: &BTreeMap<String, Body>,
    python: &HostPython,
    refuse: &dyn Fn(ArchiveError) -> Error,
) -> Result<RuntimeFacts, Error> {
    let missing = |path: &str| refuse(ArchiveError::Layout { path: path.to_owned() });
    let os = files.keys().find(|path| path.ends_with("/os.py")).ok_or_else(|| missing("lib/python3.*/os.py"))?;
    let stdlib = os.strip_suffix("/os.py").unwrap_or(os).to_owned();
    let dynload = format!("{stdlib}/lib-dynload");
    let libpython = |path: &&String| path.starts_with("lib/libpython3.") && !path.ends_with(".so");
    let libpython = files.keys().find(libpython).ok_or_else(|| missing("lib/libpython3.*.so.1.0"))?.clone();
    let is_data = |path: &&String| path.starts_with(&format!("{stdlib}/_sysconfigdata_")) && path.ends_with(".py");
    let path = files.keys().find(is_data).ok_or_else(|| missing("lib/python3.*/_sysconfigdata_*.py"))?;
    let bad = |why: String| refuse(ArchiveError::Sysconfig { path: path.clone(), why });
    let json = python.variables(path, contents(files, path))?.map_err(bad)?;
    let variables: BTreeMap<String, serde_json::Value> =
        serde_json::from_slice(&json).map_err(|error| bad(error.to_string()))?;
    let text = |name: &str| variables.get(name).and_then(serde_json::Value::as_str);
    let suffix = text("EXT_SUFFIX").ok_or_else(|| bad("it has no EXT_SUFFIX".to_owned()))?;
    let built = text("MODBUILT_NAMES").ok_or_else(|| bad("it has no MODBUILT_NAMES".to_owned()))?;
    let patch_level =
        files.keys().find(|path| is_patch_level(path)).ok_or_else(|| missing("include/…/patchlevel.h"))?;
    let version = version(contents(files, patch_level)).ok_or_else(|| missing("PY_VERSION in patchlevel.h"))?;
    let sysconfigdata = path.rsplit('/').next().and_then(|name| name.strip_suffix(".py")).unwrap_or(path).to_owned();
    let builtins = builtins(built, text("MODSHARED_NAMES").unwrap_or_default());
    let extension_suffixes = vec![suffix.to_owned(), ".abi3.so".to_owned(), ".so".to_owned()];
    Ok(RuntimeFacts { version, stdlib, dynload, libpython, sysconfigdata, builtins, extension_suffixes })
}

fn contents<'f>(files: &'f BTreeMap<String, Body>, path: &str) -> &'f [u8] {
    match files.get(path) {
        Some(Body::File { bytes, .. }) => bytes,
        _ => &[],
    }
}

/// `MODBUILT_NAMES` lists the shared modules too.
fn builtins(built: &str, shared: &str) -> Vec<String> {
    let shared: BTreeSet<&str> = shared.split_whitespace().collect();
    let built = built.split_whitespace().filter(|name| !shared.contains(name));
    let all: BTreeSet<String> = built.chain(ALWAYS_BUILTIN).map(str::to_owned).collect();
    all.into_iter().collect()
}

/// Returns the value of PY_VERSION.
fn version(header: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(header).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("#define PY_VERSION"))?;
    line.split('"').nth(1).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept() {
        let kept = [
            "lib/libpython3.13.so.1.0",
            "lib/python3.13/os.py",
            "lib/python3.13/lib-dynload/_ssl.so",
            "lib/tcl8.6/encoding/big5.enc",
            "lib/tcl8/8.6/http-2.9.8.tm",
            "lib/tk8.6/ttk/button.tcl",
        ];
        assert!(kept.iter().all(|path| is_kept(path)));
        let left = [
            "bin/python3.13",
            "lib/libpython3.so/x",
            "lib/libtcl8.6.so",
            "lib/tkinter/x.tcl",
            "lib/python3/x.py",
            "lib/python3.13/test/x.py",
            "lib/python3.13/idlelib/x.py",
            "lib/python3.13/site-packages/pip/x.py",
            "lib/python3.13/a/__pycache__/b.pyc",
            "lib/python3.13/config-3.13-x86_64-linux-gnu/Makefile",
            "lib/pkgconfig/python3.pc",
        ];
        assert!(left.iter().all(|path| !is_kept(path)));
    }

    #[test]
    fn builtins_are_not_the_shared_ones() {
        let builtins = builtins("_io array posix", "array zlib");
        assert!(builtins.contains(&"_io".to_owned()) && builtins.contains(&"sys".to_owned()));
        assert!(!builtins.contains(&"array".to_owned()) && !builtins.contains(&"zlib".to_owned()));
    }

    #[test]
    fn versions() {
        assert_eq!(version(b"/* x */\n#define PY_VERSION              \"3.13.5\"\n").as_deref(), Some("3.13.5"));
        assert_eq!(version(b"#define PY_MAJOR 3\n"), None);
    }
}
