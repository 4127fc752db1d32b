//! Where a pinned file is in the Nix store, and how it gets in.
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_nix::{Addition, Store, StorePath};
use permafreeze_plan::pins::{Made, Pins};

use crate::error::{Error, Result};
use crate::files::failed;

/// Returns a made file's path in the store.
///
/// # Errors
/// If a hash in the pins is malformed.
pub fn path(made: &Made) -> Result<StorePath> {
    Ok(match &made.nar_sha256 {
        Some(nar_sha256) => StorePath::recursive(&made.name, nar_sha256)?,
        None => StorePath::flat(&made.name, &made.sha256)?,
    })
}

/// Returns the paths of what the store has of the toolchain, by name in the pins.
///
/// # Errors
/// If a hash in the pins is malformed, or Nix is missing or fails.
pub fn present(store: &Store, pins: &Pins) -> Result<BTreeMap<String, StorePath>> {
    let paths = pins.made.iter().map(|(name, made)| Ok((name.clone(), path(made)?)));
    let mut paths: BTreeMap<String, StorePath> = paths.collect::<Result<_>>()?;
    let missing = store.missing(paths.values())?;
    paths.retain(|_, path| !missing.contains(path.as_str()));
    Ok(paths)
}

/// Adds a file, already checked, to the store.
///
/// # Errors
/// If Nix refuses, or puts it elsewhere than the pins say.
pub fn add(store: &Store, made: &Made, file: &Utf8Path) -> Result<()> {
    // Its name in the store is its file's name, and the mode of an executable counts.
    let folder = tempfile::tempdir().map_err(failed("make the folder of a copy of", file))?;
    let named = Utf8PathBuf::from_path_buf(folder.path().join(&made.name))
        .map_err(|path| Error::WorkFolder { path: path.to_string_lossy().into_owned().into() })?;
    std::fs::copy(file, &named).map_err(failed("copy", file))?;
    let (mode, how) = if made.nar_sha256.is_some() { (0o755, Addition::Recursive) } else { (0o644, Addition::Flat) };
    std::fs::set_permissions(&named, std::fs::Permissions::from_mode(mode)).map_err(failed("write", &named))?;
    Ok(store.add(&named, how, &path(made)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn made(nar: bool) -> Made {
        Made {
            name: "permafreeze-link".into(),
            sha256: HASH.into(),
            size: Some(3),
            nar_sha256: nar.then(|| HASH.to_owned()),
            urls: Vec::new(),
        }
    }

    #[test]
    fn the_path_depends_on_how_it_is_added() {
        let executable = path(&made(true)).expect("good hash");
        assert_eq!(executable.as_str(), "/nix/store/f1ialhxgd0fa0wc5w0zdc6m6pl4xc7wl-permafreeze-link");
        assert_ne!(path(&made(false)).expect("good hash"), executable);
    }

    #[test]
    fn a_bad_hash_in_the_pins_is_refused() {
        let bad = Made { sha256: "abc".into(), ..made(false) };
        let text = path(&bad).expect_err("bad hash").to_string();
        assert_eq!(text, "bad sha256 `abc` of `permafreeze-link`: expected 64 lower-case hexadecimal digits");
    }
}
