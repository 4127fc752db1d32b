//! PE, with Windows' loader.
mod container;
mod search;

use super::Platform;
use container::Overlay;
use search::Pe;

/// Returns the rules for a machine, in Nix's words.
pub fn platform(machine: &'static str) -> Platform {
    Platform { search: Box::new(Pe { machine }), container: Box::new(Overlay) }
}
