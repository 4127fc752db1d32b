//! What is fetched: a file that the plan or the toolchain's pins name.
use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_nix::{StorePath, store_name};
use permafreeze_plan::pins::PinnedWheel;
use permafreeze_plan::plan::PinnedFile;
use url::Url;

use crate::error::Error;

/// A file to fetch.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Its file name.
    pub file: String,
    /// The distribution's normalised name.
    pub project: String,
    /// sha256, lower-case hex.
    pub sha256: String,
    /// Size in bytes, if it is known.
    pub size: Option<u64>,
    /// Where it is, if that is known.
    pub url: Option<Url>,
    /// The only index that has it; `None`: the configured ones.
    pub index: Option<Url>,
    /// Where it is on this machine, if the project brings it.
    pub local: Option<Utf8PathBuf>,
    /// Where it goes.
    pub store_path: StorePath,
}

impl Wanted {
    /// Makes it from a file of the plan of the project in the folder `project`.
    ///
    /// # Errors
    /// If a URL or the sha256 is malformed.
    pub fn from_plan(project: &Utf8Path, file: &str, pinned: &PinnedFile) -> Result<Wanted, Error> {
        let parsed = |text: &Option<String>| {
            let bad = |error: url::ParseError| Error::Url { file: file.to_owned(), reason: error.to_string() };
            text.as_deref().map(Url::parse).transpose().map_err(bad)
        };
        Ok(Wanted {
            file: file.to_owned(),
            project: pinned.package.clone(),
            sha256: pinned.sha256.clone(),
            size: pinned.size,
            url: parsed(&pinned.url)?,
            index: parsed(&pinned.index)?,
            local: pinned.path.as_ref().map(|path| project.join(path)),
            store_path: StorePath::flat(&store_name(file), &pinned.sha256)?,
        })
    }

    /// Makes it from a wheel of the toolchain's pins.
    ///
    /// # Errors
    /// If the sha256 is malformed.
    pub fn from_pins(wheel: &PinnedWheel) -> Result<Wanted, Error> {
        Ok(Wanted {
            file: wheel.file.clone(),
            project: wheel.package.clone(),
            sha256: wheel.sha256.clone(),
            size: Some(wheel.size),
            url: None,
            index: None,
            local: None,
            store_path: StorePath::flat(&store_name(&wheel.file), &wheel.sha256)?,
        })
    }
}
