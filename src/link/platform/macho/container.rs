//! The executable: a bootloader for one machine, the archive as the end of its string table, an ad-hoc signature of
//! both (PyInstaller: `building/api.py`, `utils/osx.py`).
use permafreeze_base::sha1::Sha1;
use permafreeze_base::sha256;
use permafreeze_object::reader::ReadError;
use rayon::prelude::*;

use super::super::{Container, FrameError};
use crate::collection::Collection;
use crate::macho::{Image, MachOError, PAGE};
use crate::output::{Part, stream};

/// The container of macOS.
pub(super) struct Signed;

impl Container for Signed {
    /// The signature's identifier is the program's name in the plan, not the file's.
    fn frame<'a>(
        &self,
        program: &Collection,
        bootloader: Vec<u8>,
        archive: Vec<Part<'a>>,
    ) -> Result<Vec<Part<'a>>, FrameError> {
        let mut image = Image::parse(bootloader).map_err(refused)?;
        if let Some(uuid) = image.uuid() {
            image.set_uuid(identifier(uuid, &archive)?).map_err(refused)?;
        }
        if let Some(libpython) = program.files.iter().find(|file| file.dest == program.libpython) {
            let library = Image::parse(libpython.content.plain()?).ok();
            lower_sdk(&mut image, library.and_then(|library| library.sdk())).map_err(refused)?;
        }
        let length = archive.iter().map(Part::length).sum();
        let mut signing = image.lay_out(&program.name, length).map_err(refused)?;
        let head = Part::Bytes(std::mem::take(&mut signing.head));
        let mut parts: Vec<_> = [head].into_iter().chain(archive).collect();
        parts.push(Part::Bytes(vec![0; signing.padding]));
        let mut hashes = Vec::new();
        stream::<ReadError>(&parts, |bytes| {
            hashes.par_extend(bytes.par_chunks(PAGE).map(sha256::digest));
            Ok(())
        })?;
        parts.push(Part::Bytes(signing.tail(&hashes)));
        Ok(parts)
    }
}

fn refused(error: MachOError) -> FrameError {
    match error {
        MachOError::TooLarge { size } => FrameError::TooLarge { length: size },
        error => FrameError::Bootloader { problem: error.to_string() },
    }
}

/// Returns the UUID of an executable, which no other executable of the same bootloader must have (`update_exe_identifier`;
/// Apple's technote TN3178).
fn identifier(bootloader: [u8; 16], archive: &[Part<'_>]) -> Result<[u8; 16], ReadError> {
    let mut hash = Sha1::default();
    stream::<ReadError>(archive, |bytes| {
        hash.update(bytes);
        Ok(())
    })?;
    hash.update(&bootloader);
    let mut uuid = [0; 16];
    uuid.copy_from_slice(&hash.finish()[..16]);
    Ok(uuid)
}

/// macOS switches features on by the SDK that a program was built with: Python's library must bear them.
fn lower_sdk(image: &mut Image, library: Option<u32>) -> Result<(), MachOError> {
    match (image.sdk(), library) {
        (Some(own), Some(library)) if library < own => image.set_sdk(library),
        _ => Ok(()),
    }
}
