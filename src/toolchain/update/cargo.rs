//! The newest crate, by cargo.
use camino::Utf8Path;
use permafreeze_plan::pins::PinnedSource;
use serde::Deserialize;

use crate::clients;

/// Any version.
const ANY: &str = "*";

/// What is read of Cargo.lock.
#[derive(Deserialize)]
struct Lock {
    package: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    /// sha256 of the crate's file, lower-case hex; the project itself has none.
    checksum: Option<String>,
}

/// Returns the newest version of a source's crate that `source.within` allows.
///
/// # Errors
/// What failed, in words.
pub(super) fn newest(source: &PinnedSource, folder: &Utf8Path) -> Result<PinnedSource, String> {
    let pinned = source.crate_.as_deref().unwrap_or_default();
    let name = pinned.split_once(' ').map_or(pinned, |(name, _)| name);
    let lock = clients::crate_lock(name, source.within.as_deref().unwrap_or(ANY), folder)?;
    let lock: Lock = toml_edit::de::from_str(&lock).map_err(|error| format!("Cargo.lock: {error}"))?;
    let found = lock.package.into_iter().find(|package| package.name == name);
    let Some(Package { version, checksum: Some(sha256), .. }) = found else {
        return Err(format!("cargo has locked no `{name}`"));
    };
    Ok(PinnedSource { sha256, crate_: Some(format!("{name} {version}")), ..source.clone() })
}
