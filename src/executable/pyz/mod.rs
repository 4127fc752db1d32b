//! The PYZ: modules as zlib streams of marshalled code, read in place by PyInstaller's importer
//! (PyInstaller: `loader/pyimod01_archive.py`).
//!
//! Header: `PYZ\0`, the pyc magic, the table's offset (signed, big endian), five zero bytes. Then the modules'
//! streams, then the table: a marshalled list of `(name, (kind, offset, length))`. Offsets count from the header.
mod toc;
mod writer;

pub use writer::{Layout, Member, lay_out};

const FORMAT: &str = "PYZ";
