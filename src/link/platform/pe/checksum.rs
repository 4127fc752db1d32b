//! The checksum of a PE file, as `ImageHlp`'s `CheckSumMappedFile` computes it: not needed to start a program, but virus
//! scanners distrust one that is wrong.
use permafreeze_object::reader::ReadError;
use rayon::prelude::*;

use crate::output::Part;

/// Bytes of a part that are read at once: an even number.
const STEP: usize = 1 << 20;

/// Returns the checksum of a file whose field for it is zero: the sum of its words of 16 bits, little endian, with the
/// carries added to it again, and its length in bytes.
///
/// # Errors
/// If a part cannot be read.
pub(super) fn checksum(parts: &[Part<'_>]) -> Result<u64, ReadError> {
    let mut length = 0;
    let placed = parts.iter().map(|part| {
        let at = length;
        length += part.length();
        (at, part)
    });
    let placed: Vec<_> = placed.collect();
    let sums = placed.par_iter().map(|(at, part)| {
        let sum = sum_of_part(part)?;
        // A word's halves change places where a part begins in the middle of one.
        Ok(if at % 2 == 1 { u64::from((folded(sum) as u16).swap_bytes()) } else { sum })
    });
    let sum = sums.try_reduce(|| 0, |first, second| Ok(folded(first) + folded(second)))?;
    Ok(folded(sum) + length)
}

fn sum_of_part(part: &Part<'_>) -> Result<u64, ReadError> {
    match part {
        Part::Bytes(bytes) => Ok(sum(bytes)),
        Part::Blob(reader, blob) => {
            let (mut total, mut done) = (0, 0);
            let mut buffer = vec![0; STEP.min(blob.length as usize)];
            while done < blob.length {
                let step = buffer.len().min((blob.length - done) as usize);
                reader.read_stored(*blob, done, &mut buffer[..step])?;
                total += sum(&buffer[..step]);
                done += step as u64;
            }
            Ok(total)
        }
    }
}

/// Returns the sum of the words of at most 2^48 bytes.
fn sum(bytes: &[u8]) -> u64 {
    let words = bytes.chunks_exact(2);
    let last = words.remainder().first().map_or(0, |byte| u64::from(*byte));
    words.map(|word| u64::from(u16::from_le_bytes([word[0], word[1]]))).sum::<u64>() + last
}

/// Returns a sum in 16 bits, with its carries added to it.
fn folded(mut sum: u64) -> u64 {
    while sum >> 16 != 0 {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same, written as its definition is.
    fn plain(bytes: &[u8]) -> u64 {
        let mut sum = 0_u64;
        for (at, byte) in bytes.iter().enumerate() {
            sum += u64::from(*byte) << (at % 2 * 8);
            sum = (sum & 0xffff) + (sum >> 16);
        }
        sum + bytes.len() as u64
    }

    #[test]
    fn parts_of_any_length_have_the_sum_of_the_whole() {
        let bytes: Vec<u8> = (0..5000_u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        for cuts in [&[][..], &[1], &[2], &[7, 8, 8, 1001], &[4999]] {
            let mut ends = cuts.to_vec();
            ends.push(bytes.len());
            let starts = [0].into_iter().chain(cuts.iter().copied());
            let parts: Vec<Part<'_>> =
                starts.zip(&ends).map(|(from, to)| Part::Bytes(bytes[from..*to].to_vec())).collect();
            assert_eq!(checksum(&parts).unwrap(), plain(&bytes), "{cuts:?}");
        }
        assert_eq!(checksum(&[]).unwrap(), 0);
        assert_eq!(checksum(&[Part::Bytes(vec![255; 4])]).unwrap(), 0xffff + 4);
    }
}
