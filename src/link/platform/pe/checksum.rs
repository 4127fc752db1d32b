//! The checksum of an executable that is still in parts.
use permafreeze_executable::pe::Checksum;
use permafreeze_object::reader::ReadError;
use rayon::prelude::*;

use crate::output::Part;

/// Bytes of a part that are read at once.
const STEP: usize = 1 << 20;

/// Returns the checksum of a file whose field for it is zero.
///
/// # Errors
/// If a part cannot be read.
pub(super) fn checksum(parts: &[Part<'_>]) -> Result<u32, ReadError> {
    let sums = parts.par_iter().map(of_part).collect::<Result<Vec<_>, ReadError>>()?;
    Ok(sums.into_iter().fold(Checksum::default(), Checksum::then).finish())
}

fn of_part(part: &Part<'_>) -> Result<Checksum, ReadError> {
    let mut checksum = Checksum::default();
    match part {
        Part::Bytes(bytes) => checksum.update(bytes),
        Part::Blob(reader, blob) => {
            let mut done = 0;
            let mut buffer = vec![0; STEP.min(blob.length as usize)];
            while done < blob.length {
                let step = buffer.len().min((blob.length - done) as usize);
                reader.read_stored(*blob, done, &mut buffer[..step])?;
                checksum.update(&buffer[..step]);
                done += step as u64;
            }
        }
    }
    Ok(checksum)
}
