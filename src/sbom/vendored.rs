//! Names of native libraries in wheels: what auditwheel, delocate and delvewheel make of them.

/// What a library's file name says.
#[derive(Debug, PartialEq, Eq)]
pub struct LibraryName<'a> {
    /// The library, as `libjpeg`.
    pub name: &'a str,
    /// The version in the file name, which is that of its interface (`62.4.0`), not of its release.
    pub version: Option<&'a str>,
}

/// Tells whether a native file is a library and no extension module: its path in the wheel decides.
pub fn is_library(path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let in_libs = folder.split('/').any(|part| part.ends_with(".libs") || part == ".dylibs");
    let named = name.starts_with("lib") && (name.contains(".so") || name.ends_with(".dylib"));
    let tagged = name.contains(".cpython-") || name.contains(".abi3.");
    in_libs || (named && !tagged) || name.ends_with(".dll")
}

/// Reads a library's file name: `libjpeg-6dc8d115.so.62.4.0`, `libjpeg.62.4.0.dylib`, `zlib1-1234abcd….dll`.
pub fn parse(path: &str) -> LibraryName<'_> {
    let file = path.rsplit('/').next().unwrap_or(path);
    if let Some((stem, rest)) = file.split_once(".so") {
        return LibraryName { name: without_hash(stem), version: rest.strip_prefix('.').filter(|v| !v.is_empty()) };
    }
    let stem = file.strip_suffix(".dylib").or_else(|| file.strip_suffix(".dll")).unwrap_or(file);
    match stem.split_once('.') {
        Some((name, version)) if version.starts_with(|c: char| c.is_ascii_digit()) => {
            LibraryName { name: without_hash(name), version: Some(version) }
        }
        _ => LibraryName { name: without_hash(stem), version: None },
    }
}

/// Takes off the hash (8 hex digits or more) that a repairing tool has put behind the name.
fn without_hash(stem: &str) -> &str {
    match stem.rsplit_once('-') {
        Some((name, hash)) if hash.len() >= 8 && hash.bytes().all(|b| b.is_ascii_hexdigit()) => name,
        _ => stem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_every_repairing_tool_are_read() {
        let read = |path| parse(path);
        assert_eq!(
            read("pillow.libs/libjpeg-6dc8d115.so.62.4.0"),
            LibraryName { name: "libjpeg", version: Some("62.4.0") }
        );
        assert_eq!(read("a/.dylibs/libtiff.6.dylib"), LibraryName { name: "libtiff", version: Some("6") });
        assert_eq!(read("a.libs/zlib1-0123456789abcdef.dll"), LibraryName { name: "zlib1", version: None });
        assert_eq!(read("a/libfoo-bar.so"), LibraryName { name: "libfoo-bar", version: None });
    }

    #[test]
    fn extension_modules_are_no_libraries() {
        assert!(is_library("pillow.libs/libjpeg-6dc8d115.so.62.4.0"));
        assert!(is_library("torch/lib/libtorch.so"));
        assert!(is_library("PIL/.dylibs/libjpeg.62.4.0.dylib"));
        assert!(!is_library("PIL/_imaging.cpython-313-x86_64-linux-gnu.so"));
        assert!(!is_library("lib/libx.cpython-313-x86_64-linux-gnu.so"));
        assert!(!is_library("_cffi_backend.abi3.so"));
        assert!(!is_library("a/_b.pyd"));
    }
}
