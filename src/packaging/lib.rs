//! The packaging standards' types: names (PEP 503), versions (PEP 440, with Poetry's constraints), markers and
//! requirements (PEP 508), tags (PEP 425, 600), what manylinux systems have (PEP 600) and wheel file names (PEP 427);
//! the targets and the Python that executables are made of; what Windows has and how it names files.
//!
//! Nothing here asks the machine that it runs on: everything is computed for a given [`platform::Platform`].
pub mod constraint;
pub mod environment;
pub mod lexer;
pub mod manylinux;
pub mod marker;
pub mod metadata;
pub mod name;
pub mod platform;
pub mod python;
pub mod requirement;
pub mod tag;
pub mod target;
pub mod wheel_file_name;
pub mod windows;

pub use pep440_rs::{Version, VersionSpecifier, VersionSpecifiers};
