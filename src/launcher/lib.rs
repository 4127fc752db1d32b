//! The launcher: the static program at the head of a bundle. Unpacks the bundle once into a folder of the user's, and
//! from then on only starts what is there.
//!
//! ```text
//! own: footer, head of the index
//!   └─ cache: place after place, is the folder there? ──yes──→ start: environment, exec
//!        └─no─→ lock, unpack beside, marker, rename ──────────→ start
//!                 └─no place─→ temporary folder ───────────────→ start, wait, remove
//! ```
//!
//! Only `place`, `system` and `wait` have rules of an operating system.
#![cfg(target_os = "linux")]
pub mod aside;
pub mod cache;
pub mod clean;
pub mod error;
pub mod lock;
pub mod marker;
pub mod own;
pub mod place;
pub mod start;
pub mod system;
pub mod temporary;
pub mod trust;
pub mod unpack;
pub mod verify;
pub mod wait;
mod workers;

use std::ffi::OsString;

use crate::error::Error;
use crate::own::Own;
use crate::place::Mode;
use crate::start::Start;

/// The exit code of the launcher's own errors: that of PyInstaller's bootloader.
pub const FAILED: i32 = 255;

/// Starts the application of the bundle that this program is the head of; comes back only where it is not replaced by it.
/// Returns the exit code. `say` hears what is done, if `PERMAFREEZE_TRACE` is set.
///
/// # Errors
/// If it cannot be started.
pub fn run(say: &dyn Fn(&str)) -> Result<i32, Error> {
    let own = Own::open()?;
    system::refuse_privileges(&own.file)?;
    let environment = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let mode = Mode::of(environment("PERMAFREEZE_UNPACK_ONLY").as_deref());
    let say = if environment("PERMAFREEZE_TRACE").is_some() { say } else { &|_: &str| {} };
    let folder = match cache::find(&own, mode, &environment, say) {
        Err(Error::NoPlace { tried }) if mode == Mode::Start => return temporary::run(&own, tried, &environment),
        found => found?,
    };
    verify_if_asked(&own, &folder, &environment)?;
    if mode != Mode::Start {
        return Ok(0);
    }
    Err(Start::new(&own, &folder).exec(&environment))
}

/// Returns a variable of the environment, if it is there and not empty.
pub type Environment<'e> = dyn Fn(&str) -> Option<OsString> + 'e;

fn verify_if_asked(own: &Own, folder: &std::path::Path, environment: &Environment<'_>) -> Result<(), Error> {
    if environment("PERMAFREEZE_VERIFY").is_none() {
        return Ok(());
    }
    verify::folder(&own.index()?, folder)
}
