//! The plan (`permafreeze.lock`) and the toolchain's pins (`nix/toolchain.json`): formats, readers, writers.
//!
//! Both are JSON with sorted keys, read by Rust here and by Nix with `builtins.fromJSON`.
pub mod difference;
pub mod pins;
pub mod plan;
pub mod reader;
pub mod store_path;
pub mod writer;

pub use store_path::{StorePath, store_name};
