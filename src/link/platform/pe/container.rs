//! Bootloader, resources and archive -> a program for Windows, in the order of PyInstaller's `EXE.assemble`
//! (`building/api.py`): the archive follows the last section.
use super::super::{Container, FrameError};
use super::checksum::checksum;
use super::head::Head;
use super::resources;
use crate::collection::Collection;
use crate::output::Part;

/// When every executable was made: 1980-01-01, the oldest time that zip files can say.
const STAMP: u32 = 315_532_800;

/// The archive is the program's overlay.
pub(super) struct Overlay;

impl Container for Overlay {
    fn frame<'a>(
        &self,
        collection: &Collection,
        bootloader: Vec<u8>,
        archive: Vec<Part<'a>>,
    ) -> Result<Vec<Part<'a>>, FrameError> {
        let mut head = Head::parse(bootloader)?;
        let resources = &collection.bootloader.resources;
        if !resources.is_empty() {
            head.add_resources(|address| resources::section(resources, address))?;
        }
        head.set_stamp(STAMP)?;
        let (bytes, place) = head.finish()?;
        let mut parts: Vec<Part<'a>> = [Part::Bytes(bytes)].into_iter().chain(archive).collect();
        let length: u64 = parts.iter().map(Part::length).sum();
        if length > u64::from(u32::MAX) {
            return Err(FrameError::TooLarge { length });
        }
        let checksum = checksum(&parts)? as u32;
        if let Some(Part::Bytes(bytes)) = parts.first_mut() {
            bytes[place].copy_from_slice(&checksum.to_le_bytes());
        }
        Ok(parts)
    }
}
