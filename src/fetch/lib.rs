//! plan -> verified files in the store; the only code with sockets.
//!
//! Takes the files that a plan or the toolchain's pins name ([`wanted::Wanted`]), finds out which are not in the Nix
//! store, where the indexes that pip is configured with have them ([`settings`], `index`), downloads them
//! in parallel and resumably (`transfer`), and adds what has the pinned sha256 ([`run::Fetch`]).
//!
//! Follows PEP 503, 691 and 700, and pip's documentation of its configuration.
#![allow(clippy::disallowed_types, clippy::disallowed_methods, reason = "the only code with sockets")]
mod client;
pub mod credentials;
pub mod default_index;
pub mod download;
pub mod environment;
pub mod error;
mod index;
mod ini;
mod links;
mod netrc;
mod pip_config;
pub mod poetry;
pub mod proxy;
pub mod run;
pub mod settings;
#[cfg(test)]
mod tests;
mod transfer;
pub mod wanted;

pub use client::Client;
pub use error::Error;
pub use index::Indexes;
pub use links::Link;
