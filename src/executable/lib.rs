//! PyInstaller's formats: PYZ, CArchive, base_library.zip, report; readers and writers.
pub mod format;
