//! ELF, with glibc's loader: Linux.
mod search;
mod system;

use super::{Container, FrameError, Platform};
use crate::collection::Collection;
use crate::output::Part;
use search::Elf;

/// Returns the rules for a machine, in Nix's words.
pub fn platform(machine: &'static str) -> Platform {
    Platform { search: Box::new(Elf { machine }), container: Box::new(Appended) }
}

/// The archive follows the bootloader, which stays as it is.
struct Appended;

impl Container for Appended {
    fn frame<'a>(
        &self,
        _: &Collection,
        bootloader: Vec<u8>,
        archive: Vec<Part<'a>>,
    ) -> Result<Vec<Part<'a>>, FrameError> {
        Ok([Part::Bytes(bootloader)].into_iter().chain(archive).collect())
    }
}
