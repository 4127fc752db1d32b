//! `permafreeze build`.
use clap::Args;

use crate::failure::Outcome;
use crate::options::GlobalOptions;

/// Arguments of `permafreeze build`.
#[derive(Debug, Args)]
pub struct BuildArgs {}

/// Runs `permafreeze build`.
///
/// # Errors
/// None yet.
pub fn run(_args: &BuildArgs, _options: &GlobalOptions) -> Outcome {
    Ok(())
}
