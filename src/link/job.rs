//! The job: what Nix asks the linker to do.
use camino::Utf8Path;
pub use permafreeze_plan::jobs::LinkJob as Job;

use crate::error::LinkError;

/// Reads a job from a file.
///
/// # Errors
/// [`LinkError::Io`] and [`LinkError::Job`].
pub fn read(path: &Utf8Path) -> Result<Job, LinkError> {
    let text = std::fs::read(path).map_err(LinkError::io("read", path))?;
    serde_json::from_slice(&text).map_err(|source| LinkError::Job { path: path.to_owned(), source })
}
