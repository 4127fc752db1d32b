//! The modules that an executable holds, by what is in it: nobody's list is asked.
use std::borrow::Cow;
use std::collections::BTreeSet;

use permafreeze_archive::Result;
use permafreeze_archive::{EntryKind, Executable, PyzKind};
use permafreeze_executable::format::DEFERRED_PACKAGE;

/// What compiled modules' file names end with; `.so` and `.pyd` alone may be a library too.
const EXTENSION_TAGS: [&str; 3] = [".cpython-", ".abi3.", ".cp3"];

/// Returns the name of every module in the PYZ, in `base_library.zip` and in the files that are unpacked.
///
/// # Errors
/// If a part of the archive cannot be read.
pub fn modules(executable: &Executable) -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for (_, pyz) in executable.pyz()? {
        let modules = pyz.modules().iter().filter(|module| module.kind != PyzKind::Data && is_importable(&module.name));
        names.extend(modules.map(|module| module.name.clone()));
    }
    if let Some(library) = executable.base_library()? {
        names.extend(library.members().iter().filter_map(|member| dotted(member.name.strip_suffix(".pyc")?)));
    }
    let (major, minor) = executable.python();
    // PyInstaller before 6.16 unpacks the standard library's extension modules to the second folder.
    let dynload = [format!("python{major}.{minor}/lib-dynload/"), "lib-dynload/".to_owned()];
    for entry in executable.entries() {
        let path = dynload.iter().find_map(|folder| entry.name.strip_prefix(folder)).unwrap_or(&entry.name);
        let name = match entry.kind {
            EntryKind::Binary => extension(path, || executable.data(entry))?,
            EntryKind::Data => path.strip_suffix(".py").or(path.strip_suffix(".pyc")).and_then(dotted),
            _ => None,
        };
        names.extend(name);
    }
    Ok(names)
}

/// Tells whether an import can find a module of the PYZ: run-time hooks that wait there are none.
fn is_importable(name: &str) -> bool {
    name.split('.').next() != Some(DEFERRED_PACKAGE)
}

/// Returns the module's name if a native file is an extension module: its name says so, or it has the function that
/// Python calls.
fn extension<'d>(path: &str, data: impl FnOnce() -> Result<Cow<'d, [u8]>>) -> Result<Option<String>> {
    let Some(stem) = path.strip_suffix(".so").or(path.strip_suffix(".pyd")) else { return Ok(None) };
    let (folder, file) = stem.rsplit_once('/').map_or(("", stem), |(folder, file)| (folder, file));
    let module = file.split('.').next().unwrap_or_default();
    let Some(name) = dotted(&if folder.is_empty() { module.to_owned() } else { format!("{folder}/{module}") }) else {
        return Ok(None);
    };
    let whole = path.rsplit('/').next().unwrap_or_default();
    if EXTENSION_TAGS.iter().any(|tag| whole.contains(tag)) {
        return Ok(Some(name));
    }
    let wanted = format!("PyInit_{module}\0");
    let found = data()?.windows(wanted.len()).any(|window| window == wanted.as_bytes());
    Ok(found.then_some(name))
}

/// Returns the module that a file is, by its path without suffix; `None` if a part of it cannot be part of a name.
fn dotted(path: &str) -> Option<String> {
    let path = path.strip_suffix("/__init__").unwrap_or(path);
    let part = |part: &str| {
        part.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && part.chars().all(|c| c.is_alphanumeric() || c == '_')
    };
    path.split('/').all(part).then(|| path.replace('/', "."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_names() {
        assert_eq!(dotted("a/b/__init__"), Some("a.b".to_owned()));
        assert_eq!(dotted("_a1/b"), Some("_a1.b".to_owned()));
        assert_eq!(dotted("a-b/c"), None);
        assert_eq!(dotted("a/1b"), None);
        assert_eq!(dotted(""), None);
    }

    #[test]
    fn hooks_that_wait_are_not_imported() {
        assert!(!is_importable("_permafreeze_deferred.pyi_rth_inspect"));
        assert!(is_importable("pyi_rth_inspect") && is_importable("a._permafreeze_deferred"));
    }

    #[test]
    fn extensions_are_known_by_tag_or_by_their_function() {
        let name = |path: &str, data: &[u8]| extension(path, || Ok(Cow::Borrowed(data))).expect("readable");
        assert_eq!(name("a/_b.cpython-313-x86_64-linux-gnu.so", b""), Some("a._b".to_owned()));
        assert_eq!(name("a/_b.cp313-win_amd64.pyd", b""), Some("a._b".to_owned()));
        assert_eq!(name("a/_b.abi3.so", b""), Some("a._b".to_owned()));
        assert_eq!(name("_b.so", b"\0PyInit__b\0"), Some("_b".to_owned()));
        assert_eq!(name("a/libz.so", b"\0deflate\0"), None);
        assert_eq!(name("libz.so.1", b""), None);
    }
}
