//! recipes -> the toolchain's pinned files.
//!
//! [`builder::Builder`] is the entry: it makes a piece of the toolchain ([`product::Product`]) from source. Sources come
//! from where they are ([`source`]), recipes (`nix/toolchain/*.sh`) run step by step ([`step`]) and are not run
//! again while nothing they depend on has changed, results become archives whose bytes depend on nothing but their
//! content ([`archive`]). The Rust tools are built by cargo ([`tool`]). [`store`] adds what was made to the Nix store, [`assets`]
//! gives it to other machines.
pub mod archive;
pub mod assets;
pub mod builder;
pub mod clients;
pub mod error;
pub mod files;
pub mod jobs;
pub mod libraries;
pub mod pins;
pub mod product;
pub mod programs;
pub mod recipe;
pub mod schedule;
pub mod source;
pub mod step;
pub mod store;
pub mod tool;
pub mod update;
pub mod wheel_runtime;
pub mod zig;

pub use error::{Error, Result};
