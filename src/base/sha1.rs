//! SHA-1 (FIPS 180-4), where a format asks for it: UUIDs of macOS executables, old code signatures. It proves nothing
//! against somebody who looks for collisions.

/// Length of a block in bytes.
const BLOCK: usize = 64;

/// Hashes bytes that come in pieces.
#[derive(Debug, Clone)]
pub struct Sha1 {
    state: [u32; 5],
    /// Bytes of a block that is not full.
    rest: Vec<u8>,
    length: u64,
}

impl Default for Sha1 {
    fn default() -> Sha1 {
        let state = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
        Sha1 { state, rest: Vec::with_capacity(BLOCK), length: 0 }
    }
}

/// Returns the SHA-1 of bytes.
pub fn digest(bytes: &[u8]) -> [u8; 20] {
    let mut hash = Sha1::default();
    hash.update(bytes);
    hash.finish()
}

impl Sha1 {
    /// Adds bytes.
    pub fn update(&mut self, mut bytes: &[u8]) {
        self.length += bytes.len() as u64;
        if !self.rest.is_empty() {
            let (fill, after) = bytes.split_at(bytes.len().min(BLOCK - self.rest.len()));
            self.rest.extend(fill);
            bytes = after;
            if self.rest.len() < BLOCK {
                return;
            }
            let block = std::mem::take(&mut self.rest);
            compress(&mut self.state, &block);
        }
        let mut blocks = bytes.chunks_exact(BLOCK);
        for block in &mut blocks {
            compress(&mut self.state, block);
        }
        self.rest.extend(blocks.remainder());
    }

    /// Returns the hash of all bytes.
    pub fn finish(mut self) -> [u8; 20] {
        let bits = self.length * 8;
        let used = (self.length % BLOCK as u64) as usize;
        let zeros = (BLOCK + BLOCK - 9 - used) % BLOCK;
        let mut end = vec![0x80];
        end.resize(1 + zeros, 0);
        end.extend(bits.to_be_bytes());
        self.update(&end);
        let mut digest = [0; 20];
        for (place, word) in digest.chunks_exact_mut(4).zip(self.state) {
            place.copy_from_slice(&word.to_be_bytes());
        }
        digest
    }
}

/// Adds a block of [`BLOCK`] bytes to the state (section 6.1.2).
fn compress(state: &mut [u32; 5], block: &[u8]) {
    let mut words = [0_u32; 80];
    for (word, bytes) in words.iter_mut().zip(block.chunks_exact(4)) {
        *word = bytes.iter().fold(0, |word, byte| word << 8 | u32::from(*byte));
    }
    for at in 16..80 {
        words[at] = (words[at - 3] ^ words[at - 8] ^ words[at - 14] ^ words[at - 16]).rotate_left(1);
    }
    let [mut a, mut b, mut c, mut d, mut e] = *state;
    for (at, word) in words.into_iter().enumerate() {
        let (mixed, constant) = match at {
            0..20 => (b & c | !b & d, 0x5a82_7999),
            20..40 => (b ^ c ^ d, 0x6ed9_eba1),
            40..60 => (b & c | b & d | c & d, 0x8f1b_bcdc),
            _ => (b ^ c ^ d, 0xca62_c1d6),
        };
        let next = a.rotate_left(5).wrapping_add(mixed).wrapping_add(e).wrapping_add(constant).wrapping_add(word);
        (e, d, c, b, a) = (d, c, b.rotate_left(30), a, next);
    }
    for (known, new) in state.iter_mut().zip([a, b, c, d, e]) {
        *known = known.wrapping_add(new);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::hex;

    /// FIPS 180's own examples.
    #[test]
    fn known_hashes() {
        let long = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
        let million = vec![b'a'; 1_000_000];
        for (bytes, expected) in [
            (&b""[..], "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
            (b"abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (long, "84983e441c3bd26ebaae4aa1f95129e5e54670f1"),
            (&million, "34aa973cd4c4daa4f61eeb2bdbad27316534016f"),
        ] {
            assert_eq!(hex(&digest(bytes)), expected, "{} bytes", bytes.len());
        }
    }

    #[test]
    fn pieces_make_no_difference() {
        let bytes: Vec<u8> = (0..=255).collect();
        for size in [1, 3, 55, 56, 63, 64, 65, 128] {
            for length in [0, 1, 55, 56, 63, 64, 119, 120, 128, 256] {
                let mut hash = Sha1::default();
                bytes[..length].chunks(size).for_each(|piece| hash.update(piece));
                assert_eq!(hash.finish(), digest(&bytes[..length]), "{length} bytes by {size}");
            }
        }
    }
}
