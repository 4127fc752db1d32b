//! How an executable is tried.
use std::time::Duration;

use camino::Utf8Path;

use super::runner::Runner;

/// How an executable is tried.
#[derive(Debug, Clone, Copy)]
pub struct Settings<'a> {
    /// What runs it.
    pub runner: &'a Runner,
    /// The folder below which temporary ones are made; the executable unpacks itself there.
    pub scratch: &'a Utf8Path,
    /// How many processes import at once.
    pub jobs: usize,
    /// How long the executable may take to start, or a module to be imported; longer where it is emulated.
    pub limit: Duration,
}
