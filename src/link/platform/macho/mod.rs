//! Mach-O, with dyld: macOS.
mod container;
mod places;
mod search;
mod system;

use permafreeze_object::format::Native;

use super::Platform;
use container::Signed;
use search::MachO;
use system::is_of_system;

/// What stands for the folder of the library that needs another one.
const LOADER_PATH: &str = "@loader_path";
/// What stands for each of the run paths in turn.
const RPATH: &str = "@rpath/";

/// Returns the rules for a machine, in Nix's words.
pub fn platform(machine: &'static str) -> Platform {
    Platform { search: Box::new(MachO { machine }), container: Box::new(Signed) }
}

/// Tells whether a library's own run paths may lead a name to one of the system, as Swift's do.
fn may_be_of_system(native: &Native, name: &str) -> bool {
    name.starts_with(RPATH) && native.rpath.iter().any(|path| is_of_system(&format!("{path}/")))
}

/// Returns the file name at a path's end.
fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Returns the path below the folder of the library that names it, if it is such a path.
fn below_loader(path: &str) -> Option<&str> {
    let rest = path.strip_prefix(LOADER_PATH)?;
    rest.strip_prefix('/').or(rest.is_empty().then_some(rest))
}
