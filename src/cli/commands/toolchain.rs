//! `permafreeze toolchain`.
use clap::Args;

use crate::failure::Outcome;
use crate::options::GlobalOptions;

/// Arguments of `permafreeze toolchain`.
#[derive(Debug, Args)]
pub struct ToolchainArgs {}

/// Runs `permafreeze toolchain`.
///
/// # Errors
/// None yet.
pub fn run(_args: &ToolchainArgs, _options: &GlobalOptions) -> Outcome {
    Ok(())
}
