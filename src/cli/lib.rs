//! The `permafreeze` command: one file per subcommand; the only code that prints.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "the command prints")]
pub mod arguments;
pub mod artifact;
pub mod built;
pub mod commands;
pub mod expected;
pub mod failure;
pub mod files;
mod hashes;
pub mod options;
pub mod output;
pub mod pinned;
pub mod pins_file;
pub mod prepare;
pub mod progress;
pub mod realise;
pub mod roots;
