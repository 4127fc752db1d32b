//! `permafreeze doctor`.
use clap::Args;

use crate::failure::Outcome;
use crate::options::GlobalOptions;

/// Arguments of `permafreeze doctor`.
#[derive(Debug, Args)]
pub struct DoctorArgs {}

/// Runs `permafreeze doctor`.
///
/// # Errors
/// None yet.
pub fn run(_args: &DoctorArgs, _options: &GlobalOptions) -> Outcome {
    Ok(())
}
