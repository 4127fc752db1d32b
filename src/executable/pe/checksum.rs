//! The checksum of a PE file, as `ImageHlp`'s `CheckSumMappedFile` computes it: not needed to start a program, but virus
//! scanners distrust one that is wrong.

/// The checksum of a part of a file, or of all of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Checksum {
    sum: u64,
    length: u64,
}

impl Checksum {
    /// Adds the bytes that follow.
    pub fn update(&mut self, bytes: &[u8]) {
        let words = bytes.chunks_exact(2);
        let last = words.remainder().first().map_or(0, |byte| u64::from(*byte));
        // No file that the format can say overflows 64 bits.
        let sum = words.map(|word| u64::from(u16::from_le_bytes([word[0], word[1]]))).sum::<u64>() + last;
        *self = self.then(Checksum { sum, length: bytes.len() as u64 });
    }

    /// Returns the checksum of this part and the one that follows it.
    fn then(self, next: Checksum) -> Checksum {
        let sum = folded(next.sum);
        // A word's halves change places where a part begins in the middle of one.
        let sum = if self.length % 2 == 1 { u64::from((sum as u16).swap_bytes()) } else { sum };
        Checksum { sum: folded(self.sum) + sum, length: self.length + next.length }
    }

    /// Returns the checksum of a file whose field for it is zero: the sum of its words of 16 bits, little endian, with the
    /// carries added to it again, and its length in bytes.
    pub fn finish(self) -> u32 {
        (folded(self.sum) + self.length) as u32
    }
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
    fn plain(bytes: &[u8]) -> u32 {
        let mut sum = 0_u64;
        for (at, byte) in bytes.iter().enumerate() {
            sum += u64::from(*byte) << (at % 2 * 8);
            sum = (sum & 0xffff) + (sum >> 16);
        }
        (sum + bytes.len() as u64) as u32
    }

    fn of(bytes: &[u8]) -> Checksum {
        let mut checksum = Checksum::default();
        checksum.update(bytes);
        checksum
    }

    #[test]
    fn parts_of_any_length_have_the_sum_of_the_whole() {
        let bytes: Vec<u8> = (0..5000_u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        assert_eq!(of(&bytes).finish(), plain(&bytes));
        for cuts in [[1, 1, 2], [2, 7, 8], [7, 8, 1001], [0, 4999, 5000]] {
            let parts = [&bytes[..cuts[0]], &bytes[cuts[0]..cuts[1]], &bytes[cuts[1]..cuts[2]], &bytes[cuts[2]..]];
            let one_by_one = parts.iter().fold(Checksum::default(), |sum, part| sum.then(of(part)));
            assert_eq!(one_by_one.finish(), plain(&bytes), "{cuts:?}");
            let grouped = of(parts[0]).then(of(parts[1])).then(of(parts[2]).then(of(parts[3])));
            assert_eq!(grouped.finish(), plain(&bytes), "{cuts:?}");
        }
        assert_eq!(Checksum::default().finish(), 0);
        assert_eq!(of(&[255; 4]).finish(), 0xffff + 4);
    }
}
