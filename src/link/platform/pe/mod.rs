//! PE, with Windows' loader.
mod checksum;
mod container;
mod head;
pub mod resources;
mod search;
pub mod version;

use super::Platform;
use container::Overlay;
use search::Pe;

/// Returns the rules for a machine, in Nix's words.
pub fn platform(machine: &'static str) -> Platform {
    Platform { search: Box::new(Pe { machine }), container: Box::new(Overlay) }
}
