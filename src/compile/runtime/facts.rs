//! What is said of a runtime besides its files, all of it read, nothing run.
use std::collections::{BTreeMap, BTreeSet};

use permafreeze_object::format::RuntimeFacts;
use permafreeze_object::native::inittab;

use super::layout::is_patch_level;
use crate::archive::Body;
use crate::error::{ArchiveError, Error};
use crate::worker::HostPython;

/// Modules in every interpreter that `MODBUILT_NAMES` leaves out (CPython, `Modules/config.c.in`).
const ALWAYS_BUILTIN: [&str; 9] =
    ["_ast", "_imp", "_string", "_tokenize", "_warnings", "builtins", "gc", "marshal", "sys"];
/// The standard library's folder on Windows.
const WINDOWS_STDLIB: &str = "Lib";
/// The folder of extension modules on Windows.
const WINDOWS_DYNLOAD: &str = "DLLs";

/// Returns the facts of a runtime with these files, by path below its root.
pub(super) fn facts(
    files: &BTreeMap<String, Body>,
    python: &HostPython,
    refuse: &dyn Fn(ArchiveError) -> Error,
) -> Result<RuntimeFacts, Error> {
    let missing = |path: &str| refuse(ArchiveError::Layout { path: path.to_owned() });
    let os = files.keys().find(|path| path.ends_with("/os.py")).ok_or_else(|| missing("lib/python3.*/os.py"))?;
    let stdlib = os.strip_suffix("/os.py").unwrap_or(os).to_owned();
    let header = files.keys().find(|path| is_patch_level(path)).ok_or_else(|| missing("include/…/patchlevel.h"))?;
    let version = version(contents(files, header)).ok_or_else(|| missing("PY_VERSION in patchlevel.h"))?;
    if stdlib == WINDOWS_STDLIB {
        return windows(files, version, refuse);
    }
    let dynload = format!("{stdlib}/lib-dynload");
    let is_library = |path: &&String| path.starts_with("lib/libpython3.") && !path.ends_with(".so");
    let libpython = files.keys().find(is_library).ok_or_else(|| missing("lib/libpython3.*.so.1.0"))?.clone();
    let Sysconfig { module, suffix, builtins } = sysconfig(files, &stdlib, python, refuse)?;
    let extension_suffixes = vec![suffix, ".abi3.so".to_owned(), ".so".to_owned()];
    Ok(RuntimeFacts { version, stdlib, dynload, libpython, sysconfigdata: Some(module), builtins, extension_suffixes })
}

/// Windows has no module of sysconfig's variables: suffixes are CPython's (`PC/pyconfig.h.in`, `Python/dynload_win.c`),
/// the builtins are in the library.
fn windows(
    files: &BTreeMap<String, Body>,
    version: String,
    refuse: &dyn Fn(ArchiveError) -> Error,
) -> Result<RuntimeFacts, Error> {
    let digits: String = version.split('.').take(2).collect();
    let libpython = format!("python{digits}.dll");
    if !files.contains_key(&libpython) {
        return Err(refuse(ArchiveError::Layout { path: libpython }));
    }
    let builtins = inittab(contents(files, &libpython))
        .map_err(|source| refuse(ArchiveError::Builtins { path: libpython.clone(), source }))?;
    Ok(RuntimeFacts {
        builtins: builtins.into_iter().collect::<BTreeSet<_>>().into_iter().collect(),
        version,
        stdlib: WINDOWS_STDLIB.to_owned(),
        dynload: WINDOWS_DYNLOAD.to_owned(),
        libpython,
        sysconfigdata: None,
        extension_suffixes: vec![format!(".cp{digits}-win_amd64.pyd"), ".pyd".to_owned()],
    })
}

/// What the module of sysconfig's variables says.
struct Sysconfig {
    module: String,
    suffix: String,
    builtins: Vec<String>,
}

fn sysconfig(
    files: &BTreeMap<String, Body>,
    stdlib: &str,
    python: &HostPython,
    refuse: &dyn Fn(ArchiveError) -> Error,
) -> Result<Sysconfig, Error> {
    let is_data = |path: &&String| path.starts_with(&format!("{stdlib}/_sysconfigdata_")) && path.ends_with(".py");
    let missing = |path: &str| refuse(ArchiveError::Layout { path: path.to_owned() });
    let path = files.keys().find(is_data).ok_or_else(|| missing("lib/python3.*/_sysconfigdata_*.py"))?;
    let bad = |why: String| refuse(ArchiveError::Sysconfig { path: path.clone(), why });
    let json = python.variables(path, contents(files, path))?.map_err(bad)?;
    let variables: BTreeMap<String, serde_json::Value> =
        serde_json::from_slice(&json.bytes).map_err(|error| bad(error.to_string()))?;
    let text = |name: &str| variables.get(name).and_then(serde_json::Value::as_str);
    let suffix = text("EXT_SUFFIX").ok_or_else(|| bad("it has no EXT_SUFFIX".to_owned()))?;
    let built = text("MODBUILT_NAMES").ok_or_else(|| bad("it has no MODBUILT_NAMES".to_owned()))?;
    let module = path.rsplit('/').next().and_then(|name| name.strip_suffix(".py")).unwrap_or(path);
    let builtins = builtins(built, text("MODSHARED_NAMES").unwrap_or_default());
    Ok(Sysconfig { module: module.to_owned(), suffix: suffix.to_owned(), builtins })
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
