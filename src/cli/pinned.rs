//! Pinned executables: what `build` and `verify` say and do when one differs.
use camino::Utf8Path;
use permafreeze_plan::artifact::Artifact;
use permafreeze_plan::expected::FileDigest;

use crate::failure::{Failure, Kind};
use crate::hashes;

/// An executable that is not the pinned one.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{artifact}` is not the pinned one: sha256 `{found}` ({found_size} bytes), pinned `{pinned}` ({pinned_size} bytes)"
)]
struct Differs {
    artifact: Artifact,
    found: String,
    found_size: u64,
    pinned: String,
    pinned_size: u64,
}

/// Returns the hashes of a file.
///
/// # Errors
/// Kind `Input` if it cannot be read.
pub fn hash(path: &Utf8Path) -> Result<FileDigest, Failure> {
    hashes::of_file(path).map_err(|error| Failure::new(Kind::Input, error))
}

/// Returns the failure that `artifact` is not the pinned one; the hint has the commands that explain it. The first of
/// the two paths has the executable that was delivered earlier, the second the one that differs.
pub fn differs(
    artifact: &Artifact,
    (place, other): (&Utf8Path, &Utf8Path),
    pin: &FileDigest,
    found: &FileDigest,
) -> Failure {
    let error = Differs {
        artifact: artifact.clone(),
        found: found.sha256.clone(),
        found_size: found.size,
        pinned: pin.sha256.clone(),
        pinned_size: pin.size,
    };
    let is_pinned = hashes::is(place, pin.size, &pin.blake3);
    let pinned = if is_pinned { place.as_str() } else { "THE-PINNED-ONE" };
    Failure::new(Kind::Differs, error).hint(explanation(artifact, pinned, other))
}

/// Returns the commands that explain why `artifact`, at `path`, is not the pinned one, which is at `pinned`.
pub fn explanation(artifact: &Artifact, pinned: &str, path: &Utf8Path) -> String {
    format!(
        "`permafreeze diff {pinned} {path}` says what differs; `permafreeze verify reproduce {artifact}` says whether \
         building again gives the same; if the change is meant, `permafreeze pin {artifact}` pins it again"
    )
}
