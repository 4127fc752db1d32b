//! PyInstaller's formats: PYZ, CArchive, base_library.zip, and our report; readers and writers.
//!
//! An executable is the bootloader followed by a CArchive. The archive holds, besides the files that are unpacked
//! at run time, the PYZ (modules, read in place) and base_library.zip (modules that Python needs before the PYZ's
//! importer exists). The writers here only lay out: they return offsets, tables and headers, and the caller, who has
//! the bytes, puts them there. The readers take any input and neither panic nor trust a length that it declares.
pub mod base_library;
pub mod carchive;
pub mod error;
pub mod format;
mod input;
pub mod pyz;
pub mod report;
