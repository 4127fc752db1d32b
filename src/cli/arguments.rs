//! The command line.
use clap::Parser;

use crate::commands::Command;
use crate::options::GlobalOptions;

/// Turn a locked Python project into one executable file whose bytes are the same everywhere
#[derive(Debug, Parser)]
#[command(name = "permafreeze", version, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Options of every subcommand.
    #[command(flatten)]
    pub options: GlobalOptions,
}
