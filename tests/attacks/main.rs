//! What somebody attempts, a file for each, named after the attempt.
#[path = "../support/project.rs"]
mod project;

mod evil_cache;
mod nix_code_in_options;
mod no_sandbox;
mod wheel_hook;
