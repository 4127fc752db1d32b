//! PyInstaller's formats, written: PYZ, CArchive, base_library.zip; bootloaders for Windows as they are edited; and the
//! link's report.
//!
//! An executable is the bootloader followed by a CArchive. The archive holds, besides the files that are unpacked
//! at run time, the PYZ (modules, read in place) and base_library.zip (modules that Python needs before the PYZ's
//! importer exists). A bundle holds the same, unpacked into a folder and compressed. The writers here only lay out: they
//! return offsets, tables and headers, and the caller, who has the bytes, puts them there. `permafreeze-archive` and
//! `permafreeze-bundle` read what they write and share no code with them.
pub mod base_library;
pub mod bundle;
pub mod carchive;
pub mod error;
pub mod format;
pub mod owner;
pub mod pe;
pub mod pyinstaller;
pub mod pyz;
pub mod reasons;
pub mod report;
pub mod tarball;
