//! The job: what Nix asks the linker to do.
use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_packaging::target::Target;
use permafreeze_plan::plan::Executable;
use permafreeze_sbom::material::Inputs;
use serde::Deserialize;

use crate::error::LinkError;

/// One executable to link.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Job {
    /// What the executable runs on.
    pub target: Target,
    /// Its name.
    pub name: String,
    /// Its entry point and options, as the plan has them.
    pub executable: Executable,
    /// Objects of what is installed, in order of precedence.
    pub packages: Vec<Utf8PathBuf>,
    /// Object of the target's Python runtime.
    pub runtime: Utf8PathBuf,
    /// Object of the PyInstaller wheel.
    pub pyinstaller: Utf8PathBuf,
    /// Object of the pyinstaller-hooks-contrib wheel.
    pub hooks_contrib: Utf8PathBuf,
    /// The interpreter that runs the hooks.
    pub host_python: Utf8PathBuf,
    /// Folder with what the hooks import: PyInstaller, hooks-contrib, altgraph, packaging, setuptools.
    pub hooks_env: Utf8PathBuf,
    /// Where all of this comes from, for the bill of materials and the provenance.
    pub inputs: Inputs,
}

impl Job {
    /// Reads a job from a file.
    pub fn read(path: &Utf8Path) -> Result<Job, LinkError> {
        let text = std::fs::read(path).map_err(LinkError::io("read", path))?;
        serde_json::from_slice(&text).map_err(|source| LinkError::Job { path: path.to_owned(), source })
    }
}
