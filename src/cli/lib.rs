//! The `permafreeze` command: one file per subcommand; the only code that prints.
pub mod arguments;
pub mod artifact;
pub mod built;
pub mod commands;
pub mod expected;
pub mod failure;
pub mod files;
mod hashes;
pub mod log;
pub mod options;
pub mod output;
pub mod pinned;
pub mod pins_file;
pub mod progress;
pub mod realise;
pub mod roots;
pub mod say;
pub mod signals;
