//! plan -> verified files in the store; the only code with sockets.
//!
//! Takes the files that a plan or the toolchain's pins name ([`wanted::Wanted`]), finds out which are not in the Nix
//! store, where the indexes that pip is configured with have them ([`settings`], `index`), downloads them
//! in parallel and resumably (`transfer`), and adds what has the pinned sha256 ([`run::Fetch`]). What servers send is
//! bounded in size, rate and time ([`limits`]).
//!
//! Follows PEP 503, 691 and 700, and pip's documentation of its configuration.
#![allow(clippy::disallowed_types, clippy::disallowed_methods, reason = "the only code with sockets")]
mod bounded;
mod cache;
mod certificates;
mod client;
pub mod credentials;
pub mod default_index;
pub mod download;
pub mod environment;
pub mod error;
pub mod exceeded;
pub mod git;
pub mod git_error;
mod index;
mod ini;
pub mod limits;
pub mod links;
mod local;
mod netrc;
pub mod page;
mod pip_config;
pub mod poetry;
pub mod proxy;
pub mod run;
pub mod settings;
#[cfg(test)]
mod tests;
mod transfer;
mod tries;
pub mod wanted;
mod watch;

pub use client::Client;
pub use error::Error;
pub use index::Indexes;
pub use links::{Keep, Link};
