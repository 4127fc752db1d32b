//! The plan (`permafreeze.lock`), what is expected of its executables (`permafreeze.expected.json`), the toolchain's pins
//! (`nix/toolchain.json`) and the jobs that Nix gives to the static tools: formats, readers, writers.
//!
//! The files are JSON with sorted keys, read by Rust here and by Nix with `builtins.fromJSON`.
pub mod artifact;
pub mod difference;
pub mod digest;
pub mod expected;
pub mod form;
pub mod jobs;
pub mod lock_format;
pub mod pins;
pub mod plan;
pub mod reader;
pub mod strip;
pub mod version_1;
pub mod version_text;
pub mod windows;
pub mod writer;
