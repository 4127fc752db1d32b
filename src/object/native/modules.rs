//! Names of modules in the bytes of an extension module: what its C code imports, as `_cffi_backend`.
use std::collections::BTreeSet;

/// What every extension module has: Python calls a function of this name.
const MARK: &[u8] = b"PyInit_";
/// A library without a function of Python's that imports imports nothing.
const IMPORTS: [&[u8]; 2] = [b"PyImport_Import", b"PyCapsule_Import"];
/// The longest name that is looked at.
const LONGEST: usize = 100;
/// The most names of one file.
const MOST: usize = 4096;

/// Returns the strings of an extension module that may name modules: alone between NULs, dotted, or with an underscore
/// first, in lower case, as names of native modules are (PEP 8). Sorted; which of them are modules is for who knows what
/// is installed. Nothing for libraries that are no extension modules, and for those that import nothing.
pub fn modules(bytes: &[u8]) -> Vec<String> {
    let has = |wanted: &[u8]| find(bytes, wanted);
    if !has(MARK) || !IMPORTS.into_iter().any(has) {
        return Vec::new();
    }
    let strings = bytes.split(|byte| *byte == 0).filter(|string| is_name(string));
    let names: BTreeSet<&str> = strings.filter_map(|string| std::str::from_utf8(string).ok()).collect();
    names.into_iter().take(MOST).map(str::to_owned).collect()
}

/// Tells whether bytes have others in them.
fn find(bytes: &[u8], wanted: &[u8]) -> bool {
    let Some((first, rest)) = wanted.split_first() else { return true };
    let mut from = bytes;
    while let Some(at) = from.iter().position(|byte| byte == first) {
        from = &from[at + 1..];
        if from.starts_with(rest) {
            return true;
        }
    }
    false
}

fn is_name(string: &[u8]) -> bool {
    let dotted = string.contains(&b'.');
    if !(4..=LONGEST).contains(&string.len()) || (!dotted && (string[0] != b'_' || string[1] == b'_')) {
        return false;
    }
    string.split(|byte| *byte == b'.').all(|part| {
        let rest = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'_';
        part.first().is_some_and(|first| rest(first) && !first.is_ascii_digit()) && part.iter().all(rest)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(strings: &str) -> Vec<u8> {
        format!("\x7fELF\0PyInit__rust\0PyImport_ImportModule\0{strings}\0").replace('|', "\0").into_bytes()
    }

    #[test]
    fn names_stand_alone() {
        let found =
            modules(&file("_cffi_backend|x _no|numpy._core.multiarray|_a|__dunder__|_Upper|a..b|json|_b.1c|a.b"));
        assert_eq!(found, ["_cffi_backend", "numpy._core.multiarray"]);
    }

    #[test]
    fn only_extension_modules_that_import() {
        assert_eq!(modules(b"PyInit_a\0_cffi_backend\0"), Vec::<String>::new());
        assert_eq!(modules(b"PyImport_Import\0_cffi_backend\0"), Vec::<String>::new());
        assert_eq!(modules(b"PyInit_a\0PyCapsule_Import\0_cffi_backend\0"), ["_cffi_backend"]);
    }

    #[test]
    fn there_is_an_end_to_names() {
        let many: String = (0..MOST + 10).map(|number| format!("_name{number}|")).collect();
        assert_eq!(modules(&file(&many)).len(), MOST);
        assert_eq!(modules(&file(&format!("_{}", "a".repeat(LONGEST)))), Vec::<String>::new());
    }
}
