//! Pythons with their patch releases.
use std::collections::BTreeMap;

use permafreeze_packaging::Version;
use permafreeze_packaging::python::Python;

/// The Pythons that can be frozen, with their patch releases.
pub type Pythons = BTreeMap<Python, Version>;

/// A Python with its patch release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// The Python.
    pub python: Python,
    /// The release, as `3.13.5`.
    pub version: Version,
}
