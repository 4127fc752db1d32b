//! Pinned executables: what `build` and `verify` say and do when one differs.
use camino::{Utf8Path, Utf8PathBuf};
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

/// Returns the failure that `artifact`, which lies at `path`, is not the pinned one; the hint has the commands that
/// explain it.
pub fn differs(artifact: &Artifact, path: &Utf8Path, pin: &FileDigest, found: &FileDigest) -> Failure {
    let error = Differs {
        artifact: artifact.clone(),
        found: found.sha256.clone(),
        found_size: found.size,
        pinned: pin.sha256.clone(),
        pinned_size: pin.size,
    };
    Failure::new(Kind::Differs, error).hint(explanation(artifact, path))
}

/// Returns the commands that explain why `artifact` is not the pinned one.
pub fn explanation(artifact: &Artifact, path: &Utf8Path) -> String {
    let kept = place(path);
    let other = if kept.is_file() { kept.as_str() } else { "THE-PINNED-ONE" };
    format!(
        "`permafreeze diff {other} {path}` says what differs; `permafreeze verify reproduce {artifact}` says whether \
         building again gives the same; if the change is meant, `permafreeze pin {artifact}` pins it again"
    )
}

/// Keeps the executable at `path`, if it is the pinned one, beside it before another takes its place: so there is
/// something to compare with.
///
/// # Errors
/// Kind `Input` if it cannot be renamed.
pub fn keep(path: &Utf8Path, pin: &FileDigest) -> Result<(), Failure> {
    if !hashes::is(path, pin.size, &pin.blake3) {
        return Ok(());
    }
    let to = place(path);
    std::fs::rename(path, &to)
        .map_err(|error| Failure::new(Kind::Input, format!("cannot rename `{path}` to `{to}`: {error}")))
}

/// Where the pinned executable is kept when another has taken its place: `dist/.NAME-TARGET.pinned`.
fn place(path: &Utf8Path) -> Utf8PathBuf {
    path.with_file_name(format!(".{}.pinned", path.file_name().unwrap_or_default()))
}
