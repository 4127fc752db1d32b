//! Bootloader, resources and archive -> a program for Windows, in the order of PyInstaller's `EXE.assemble`
//! (`building/api.py`): the archive follows the last section.
use permafreeze_executable::pe::{Checksum, edited};
use permafreeze_object::reader::ReadError;

use super::super::{Container, FrameError};
use crate::collection::Collection;
use crate::output::{Part, stream};

/// The archive is the program's overlay.
pub(super) struct Overlay;

impl Container for Overlay {
    fn frame<'a>(
        &self,
        collection: &Collection,
        bootloader: Vec<u8>,
        archive: Vec<Part<'a>>,
    ) -> Result<Vec<Part<'a>>, FrameError> {
        let (bytes, place) = edited(bootloader, &collection.bootloader.resources)
            .map_err(|error| FrameError::Bootloader { problem: error.to_string() })?;
        let mut parts: Vec<Part<'a>> = [Part::Bytes(bytes)].into_iter().chain(archive).collect();
        let length: u64 = parts.iter().map(Part::length).sum();
        if length > u64::from(u32::MAX) {
            return Err(FrameError::TooLarge { length });
        }
        let mut checksum = Checksum::default();
        stream(&parts, |bytes| {
            checksum.update(bytes);
            Ok::<_, ReadError>(())
        })?;
        if let Some(Part::Bytes(bytes)) = parts.first_mut() {
            bytes[place].copy_from_slice(&checksum.finish().to_le_bytes());
        }
        Ok(parts)
    }
}
