//! The command, end to end: as people call it, mostly with real Nix (`make test STEP=integration`).
//!
//! One program, so that it is linked once: `cargo test --test e2e init::` runs the tests of one file.
#[path = "../support/fetching.rs"]
mod fetching;
#[path = "../support/project.rs"]
mod project;
#[path = "../support/server.rs"]
mod server;

mod action_store;
mod add_target;
mod audit;
mod build;
mod cache_push;
mod clean;
mod doctor;
mod entry;
mod executables;
mod fetch;
mod flake;
mod git;
mod init;
mod lock;
mod needed;
mod nix_faults;
mod pin;
mod sbom;
mod sdists;
mod toolchain_assets;
mod toolchain_update;
mod tree;
mod unfrozen;
mod unpack;
mod urls;
mod verify;
mod verify_on;
mod version_file;
mod windows;
