//! A compiled wheel on disk: a folder with `index.json` (what is in it) and `blobs` (the bytes).
//!
//! Made by `compile`, one per wheel, source tree or runtime; read by `link` and `verify`.
//! The same input gives the same bytes on every host.
pub mod deflate;
pub mod format;
pub mod frames;
pub mod marshal;
pub mod native;
pub mod reader;
pub mod writer;
