//! The plan (`permafreeze.lock`), the toolchain's pins (`nix/toolchain.json`) and the jobs that Nix gives to the static
//! tools: formats, readers, writers.
//!
//! Plan and pins are JSON with sorted keys, read by Rust here and by Nix with `builtins.fromJSON`.
pub mod difference;
pub mod jobs;
pub mod pins;
pub mod plan;
pub mod reader;
pub mod writer;
