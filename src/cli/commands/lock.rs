//! `permafreeze lock`.
use clap::Args;

use crate::failure::Outcome;
use crate::options::GlobalOptions;

/// Arguments of `permafreeze lock`.
#[derive(Debug, Args)]
pub struct LockArgs {}

/// Runs `permafreeze lock`.
///
/// # Errors
/// None yet.
pub fn run(_args: &LockArgs, _options: &GlobalOptions) -> Outcome {
    Ok(())
}
