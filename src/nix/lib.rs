//! Nix: its formats, and the only code that runs its programs. Works with Nix 2.8 to 2.34.
//!
//! [`Store`] is the Nix store, through `nix-store` and `nix-instantiate`; [`Nix`] adds flakes and settings, through
//! `nix`. Every call reads Nix's own log (`--log-format internal-json`, [`events`]), and every fault becomes an
//! [`Error`] that names its true cause (decided in `cause`).
mod builds;
mod call;
mod cause;
mod copy;
pub mod derivation;
pub mod error;
pub mod events;
mod flake;
mod forecast;
mod listing;
pub mod nar;
mod origin;
mod own;
mod process;
mod reference;
mod sandbox;
mod store;
pub mod store_path;
#[cfg(test)]
mod tests;
mod text;

pub use builds::{BuildFailure, CheckOutcome, Step};
pub use derivation::Derivation;
pub use error::Error;
pub use flake::{Nix, Setup, WheelDerivations};
pub use origin::Copied;
pub use reference::Flake;
pub use sandbox::Sandbox;
pub use store::{Addition, Store, Substitute};
pub use store_path::{StorePath, store_name};
