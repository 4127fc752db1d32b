//! The plan (`permafreeze.lock`) and the toolchain's pins (`nix/toolchain.json`): formats, readers, writers.
//!
//! Both are JSON with sorted keys, read by Rust here and by Nix with `builtins.fromJSON`.
pub mod difference;
pub mod pins;
pub mod plan;
pub mod reader;
pub mod writer;
