//! `permafreeze fetch`.
use clap::Args;

use crate::failure::Outcome;
use crate::options::GlobalOptions;

/// Arguments of `permafreeze fetch`.
#[derive(Debug, Args)]
pub struct FetchArgs {}

/// Runs `permafreeze fetch`.
///
/// # Errors
/// None yet.
pub fn run(_args: &FetchArgs, _options: &GlobalOptions) -> Outcome {
    Ok(())
}
