//! Where a runtime has what: python-build-standalone's `install_only` layout of each system, below its one top folder.
use permafreeze_object::format::BOOTLOADER_LIBRARY;

/// Top level of the standard library: what is never part of an application.
const LEFT_OUT: [&str; 4] = ["site-packages", "test", "idlelib", "__pycache__"];
/// Header that says the full version.
const PATCH_LEVEL: &str = "patchlevel.h";

/// Tells whether a file is the header that says the full version.
pub(super) fn is_patch_level(path: &str) -> bool {
    path.starts_with("include/") && path.rsplit('/').next() == Some(PATCH_LEVEL)
}

/// Tells whether a file is kept: the shared libpython and what it needs, the library that the bootloader needs, the
/// standard library without tests, IDLE and build files, its extension modules, and the scripts of Tcl and Tk, which
/// PyInstaller collects for tkinter.
pub(super) fn is_kept(path: &str) -> bool {
    match path.split_once('/') {
        _ if path == BOOTLOADER_LIBRARY => true,
        None => is_windows_library(path),
        Some(("lib", below)) => is_kept_of_lib(below),
        Some(("Lib", below)) => is_kept_of_stdlib(below),
        Some(("DLLs", below)) => !is_test_module(below),
        Some(("tcl", below)) => below.split_once('/').is_some_and(|(top, _)| is_tcl(top)),
        Some(_) => false,
    }
}

/// What lies beside `python.exe`: `python313.dll`, `python3.dll`, the C runtime.
fn is_windows_library(name: &str) -> bool {
    name.to_ascii_lowercase().ends_with(".dll")
}

/// `lib` of Linux and macOS.
fn is_kept_of_lib(below: &str) -> bool {
    let Some((top, rest)) = below.split_once('/') else {
        return below.starts_with("libpython3.") && (below.contains(".so") || below.ends_with(".dylib"));
    };
    let is_stdlib = top.strip_prefix("python3.").is_some_and(is_number);
    is_tcl(top) || is_stdlib && is_kept_of_stdlib(rest)
}

fn is_kept_of_stdlib(below: &str) -> bool {
    let first = below.split('/').next().unwrap_or(below);
    !LEFT_OUT.contains(&first) && !first.starts_with("config-") && !below.split('/').any(|part| part == "__pycache__")
}

/// Modules that test Python itself.
fn is_test_module(file: &str) -> bool {
    file.starts_with("_test") || file.starts_with("_ctypes_test") || file.starts_with("xxlimited")
}

fn is_tcl(folder: &str) -> bool {
    ["tcl", "tk"].iter().any(|name| folder.strip_prefix(name).is_some_and(is_number))
}

/// Whether a text is as `8.6` or `13`.
fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept() {
        let kept = [
            "lib/libpython3.13.so.1.0",
            "lib/libpython3.13.dylib",
            "lib/libz.so.1",
            "lib/python3.13/os.py",
            "lib/python3.13/lib-dynload/_ssl.so",
            "lib/tcl8.6/encoding/big5.enc",
            "lib/tcl8/8.6/http-2.9.8.tm",
            "lib/tk8.6/ttk/button.tcl",
            "python313.dll",
            "vcruntime140_1.dll",
            "DLLs/_ssl.pyd",
            "DLLs/libcrypto-3.dll",
            "Lib/json/__init__.py",
            "tcl/tcl8.6/init.tcl",
        ];
        for path in kept {
            assert!(is_kept(path), "{path}");
        }
        let left = [
            "bin/python3.13",
            "lib/libpython3.so/x",
            "lib/libtcl8.6.so",
            "lib/libz.so",
            "lib/x/libz.so.1",
            "lib/tkinter/x.tcl",
            "lib/python3/x.py",
            "lib/python3.13/test/x.py",
            "lib/python3.13/idlelib/x.py",
            "lib/python3.13/site-packages/pip/x.py",
            "lib/python3.13/a/__pycache__/b.pyc",
            "lib/python3.13/config-3.13-x86_64-linux-gnu/Makefile",
            "lib/pkgconfig/python3.pc",
            "python.exe",
            "DLLs/_testcapi.pyd",
            "Lib/test/x.py",
            "Lib/site-packages/pip/x.py",
            "libs/python313.lib",
            "tcl/tix8.4.3/Tix.tcl",
        ];
        for path in left {
            assert!(!is_kept(path), "{path}");
        }
    }
}
