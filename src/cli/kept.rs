//! What permafreeze keeps on this machine for a project and for its user: where it is, and how large.
use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_base::FileError;
use serde::Serialize;

use crate::environment::user_cache;
use crate::failure::Failure;
use crate::options::GlobalOptions;
use crate::roots::FOLDER;

/// The folder of what `run` and `shell` start, below the user's cache.
pub const UNFROZEN: &str = "unfrozen";

/// Whose something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// The project's: its folder keeps it.
    Project,
    /// The user's: all projects share it.
    User,
}

/// Something that is kept.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Kept {
    /// Whose it is.
    pub scope: Scope,
    /// What it is, for people.
    pub what: &'static str,
    /// The folder or link that keeps it.
    pub place: Utf8PathBuf,
    /// How many files, or paths of the store.
    pub count: u64,
    /// Bytes.
    pub bytes: u64,
}

/// Looks at all that is kept; what is not there has no bytes.
///
/// # Errors
/// If the user has no folder for caches.
pub fn all(options: &GlobalOptions) -> Result<Vec<Kept>, Failure> {
    let folder = options.project_file(FOLDER);
    let names = folder.read_dir_utf8().into_iter().flatten().flatten().map(|entry| entry.file_name().to_owned());
    let (built, fetched): (Vec<String>, Vec<String>) =
        names.filter(|name| !name.starts_with('.')).partition(|name| name.starts_with("built-"));
    let listed = |what, names: &[String]| {
        let paths: BTreeSet<String> = names.iter().flat_map(|name| lines(&folder.join(name))).collect();
        let sizes = paths.iter().map(|path| size(Utf8Path::new(path)).1);
        Kept { scope: Scope::Project, what, place: folder.clone(), count: paths.len() as u64, bytes: sizes.sum() }
    };
    let mut found = vec![listed("wheels in the store", &fetched), listed("objects in the store", &built)];
    let cache = user_cache()?;
    let shared = [
        ("unfinished downloads", "fetch-v1"),
        ("work of `toolchain build`", "toolchain"),
        ("for `run` and `shell`", UNFROZEN),
    ];
    for (what, name) in shared {
        let place = cache.join(name);
        let (count, bytes) = size(&place);
        found.push(Kept { scope: Scope::User, what, place, count, bytes });
    }
    Ok(found)
}

/// Removes what keeps something; what is only named by it in the store goes with the next garbage collection.
///
/// # Errors
/// If it cannot be removed.
pub fn remove(kept: &Kept) -> Result<(), Failure> {
    match std::fs::remove_dir_all(&kept.place) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(FileError::of("remove", &kept.place)(error).into())
        }
        _ => Ok(()),
    }
}

fn lines(list: &Utf8Path) -> Vec<String> {
    std::fs::read_to_string(list).unwrap_or_default().lines().map(str::to_owned).collect()
}

/// Returns the number of files at a path and their bytes; links are not followed.
fn size(path: &Utf8Path) -> (u64, u64) {
    let Ok(metadata) = std::fs::symlink_metadata(path) else { return (0, 0) };
    if !metadata.is_dir() {
        return (1, metadata.len());
    }
    let entries = path.read_dir_utf8().into_iter().flatten().flatten();
    entries.map(|entry| size(entry.path())).fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
}
