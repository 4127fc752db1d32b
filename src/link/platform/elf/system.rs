//! Libraries that the target's system provides: never collected from anywhere.

use permafreeze_packaging::manylinux::{Version, has_library, is_loader};

/// The glibc whose systems decide what is left to the system: the same for every project, whatever glibc it asks for.
const GLIBC: (u32, u32) = (2, 28);

/// Names before `.so` that PyInstaller never collects (PyInstaller/depend/dylib.py), in lower case.
const EXCLUDED: &[&str] = &[
    "ld-linux",
    "libanl",
    "libbrokenlocale",
    "libc",
    "libcidn",
    "libcrypt",
    "libcuda",
    "libcudadebugger",
    "libdl",
    "libdrm",
    "libegl",
    "libegl_nvidia",
    "libgl",
    "libgldispatch",
    "libglesv1_cm",
    "libglesv2",
    "libglx",
    "libglx_nvidia",
    "libglxserver_nvidia",
    "libm",
    "libnsl",
    "libnvidia-allocator",
    "libnvidia-cfg",
    "libnvidia-compiler",
    "libnvidia-eglcore",
    "libnvidia-egl-gbm",
    "libnvidia-egl-wayland",
    "libnvidia-glcore",
    "libnvidia-glsi",
    "libnvidia-glvkspirv",
    "libnvidia-ml",
    "libnvidia-rtcore",
    "libnvidia-tls",
    "libopengl",
    "libpthread",
    "libresolv",
    "librt",
    "libthread_db",
    "libutil",
    "libxcb",
    "nvidia_drv",
];

/// Beginnings of such names.
const EXCLUDED_FAMILIES: &[&str] =
    &["libnss_compat", "libnss_dns", "libnss_files", "libnss_hesiod", "libnss_nis", "libwayland", "libxcb-dri"];

/// Tells whether PyInstaller leaves a library out, wherever it is found.
pub(super) fn is_excluded(library: &str) -> bool {
    let library = library.to_ascii_lowercase();
    let Some((stem, version)) = library.split_once(".so") else { return false };
    let is_name = version.is_empty() || version.starts_with('.');
    is_name && (EXCLUDED.contains(&stem) || EXCLUDED_FAMILIES.iter().any(|family| stem.starts_with(family)))
}

/// Tells whether every system that a manylinux wheel may run on has the library.
pub(super) fn is_provided(library: &str) -> bool {
    has_library(&Version::from(GLIBC), library) || is_loader(library)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excluded_names() {
        for name in
            ["libc.so.6", "libGL.so.1", "libEGL.so", "libnss_dns-2.28.so", "libwayland-client.so.0", "libxcb.so.1"]
        {
            assert!(is_excluded(name), "{name}");
        }
        for name in ["libcurl.so.4", "libxcb-shm.so.0", "libz.so.1", "libc.sox", "libm"] {
            assert!(!is_excluded(name), "{name}");
        }
    }

    #[test]
    fn provided_names() {
        for name in ["libz.so.1", "libstdc++.so.6", "ld-linux-aarch64.so.1", "ld-linux-x86-64.so.2"] {
            assert!(is_provided(name), "{name}");
        }
        assert!(!is_provided("libssl.so.3"));
        assert!(!is_provided("libz.so"));
    }
}
