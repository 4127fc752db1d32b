//! A wheel, a source tree or a runtime -> an object. The library of the static tool `permafreeze-compile`, which
//! Nix runs as a builder in a sandbox that has neither a shell nor a libc.
//!
//! Python files are compiled by the host Python ([`worker`]), made canonical, scanned for imports and calls ([`scan`])
//! and deflated; native libraries are told by their magic ([`native`]); no code of the input ever runs.
mod archive;
mod assemble;
mod chunks;
mod code;
mod error;
mod install;
mod native;
mod path;
mod runtime;
mod scan;
mod signature;
mod source;
mod stored;
mod wheel;
mod worker;

pub use archive::unpack;
pub use error::{ArchiveError, Error, WheelError};
pub use install::install;
pub use native::native;
pub use runtime::compile_runtime;
pub use scan::{Facts, scan};
pub use source::compile_source;
pub use stored::Form;
pub use wheel::compile_wheel;
pub use worker::HostPython;
