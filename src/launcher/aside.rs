//! Names of what is being made or removed: it lies beside its place, and is renamed.
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::SystemTime;

/// What the names of what is being made begin with.
pub const NEW: &str = ".new-";
/// What the names of what is being removed begin with.
pub const OLD: &str = ".old-";

/// Counts the paths of this process: two of its threads may ask in one nanosecond.
static COUNT: AtomicU32 = AtomicU32::new(0);

/// Returns a path in `folder` that nobody else has, for what has or will have the name of `place`.
pub fn path(folder: &Path, prefix: &str, place: &Path) -> PathBuf {
    let name = place.file_name().unwrap_or_default().to_string_lossy();
    let nanos = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |time| time.subsec_nanos());
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    folder.join(format!("{prefix}{name}-{}-{nanos}-{count}", std::process::id()))
}
