//! Libraries that macOS has itself. Since macOS 11 they are in no file, only in dyld's cache.

/// Folders of the system's own libraries (macholib's `in_system_path`).
const FOLDERS: [&str; 2] = ["/usr/lib/", "/System/Library/"];
/// Libraries of `/usr/lib` that programs load by their bare names, without `lib` and versions.
const LIBRARIES: &str = "\
    Accelerate archive bz2 c c++ c++abi charset compression cups curl curses dl edit exslt expat ffi form gssapi_krb5 \
    iconv icucore krb5 ldap lzma m menu ncurses network objc pam panel pcap poll proc pthread readline resolv sandbox \
    sasl2 sqlite3 System termcap util xml2 xslt z";
/// Frameworks that `ctypes.util.find_library` is asked for.
const FRAMEWORKS: &str = "\
    Accelerate AppKit ApplicationServices AudioToolbox AVFoundation Carbon Cocoa CoreAudio CoreBluetooth CoreFoundation \
    CoreGraphics CoreLocation CoreMedia CoreMIDI CoreServices CoreText CoreVideo CoreWLAN DiskArbitration Foundation GLUT \
    IOBluetooth IOKit ImageIO LocalAuthentication Metal OpenAL OpenCL OpenGL Quartz QuartzCore Security \
    SystemConfiguration UserNotifications WebKit";

/// Tells whether a path is one of the system's libraries.
pub(super) fn is_of_system(library: &str) -> bool {
    FOLDERS.iter().any(|folder| library.starts_with(folder))
}

/// Tells whether a file name alone means a library of the system, as `libc.dylib` and what `find_library` makes of a
/// framework's name.
pub(super) fn has(file_name: &str) -> bool {
    let Some(stem) = file_name.strip_prefix("lib").and_then(|name| name.strip_suffix(".dylib")) else { return false };
    let name = stem.split('.').next().unwrap_or(stem);
    let is_in = |names: &str| names.split_whitespace().any(|known| known == name);
    is_in(LIBRARIES) || is_in(FRAMEWORKS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_system() {
        for name in ["libc.dylib", "libSystem.B.dylib", "libobjc.A.dylib", "libz.1.dylib", "libCoreFoundation.dylib"] {
            assert!(has(name), "{name}");
        }
        for name in ["libssl.3.dylib", "libusb-1.0.dylib", "c.dylib", "libzstd.1.dylib", "libc"] {
            assert!(!has(name), "{name}");
        }
    }

    #[test]
    fn paths_of_the_system() {
        assert!(is_of_system("/usr/lib/libz.1.dylib") && is_of_system("/System/Library/Frameworks/A.framework/A"));
        assert!(!is_of_system("/usr/local/lib/libz.dylib") && !is_of_system("@rpath/libz.dylib"));
    }
}
