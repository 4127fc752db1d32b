//! PyInstaller's onefile format, read: bootloader, package, table of contents, PYZ, base_library.zip.
