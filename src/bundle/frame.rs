//! Frames: zstd (RFC 8878) with content size and checksum, decoded into memory.
use structured_zstd::decoding::FrameDecoder;

use crate::error::BundleError;
use crate::filter::Filter;

/// Decodes frames, one after another, in the same memory.
pub struct Decoder {
    frames: FrameDecoder,
}

impl Default for Decoder {
    fn default() -> Decoder {
        Decoder::new()
    }
}

impl Decoder {
    /// Makes a decoder.
    pub fn new() -> Decoder {
        Decoder { frames: FrameDecoder::new() }
    }

    /// Decodes a frame into `to`, which has its `size` bytes afterwards, and undoes its filter; `position` is the one that
    /// the filter counts from ([`crate::Frame::position`]).
    ///
    /// # Errors
    /// [`BundleError::Frame`] if it is no frame, has another size, or its checksum is another one.
    pub fn decode(
        &mut self,
        stored: &[u8],
        size: usize,
        filter: Filter,
        position: u64,
        to: &mut Vec<u8>,
    ) -> Result<(), BundleError> {
        let bad = |problem: String| BundleError::Frame { problem };
        to.resize(size, 0);
        let decoded = self.frames.decode_all(stored, to).map_err(|error| bad(error.to_string()))?;
        if decoded != size {
            return Err(bad(format!("it has `{decoded}` bytes, `{size}` are expected")));
        }
        // A frame without a checksum has neither.
        if self.frames.get_checksum_from_data() != self.frames.get_calculated_checksum() {
            return Err(bad("its checksum is another one".to_owned()));
        }
        filter.undo(to, position);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use structured_zstd::encoding::{CompressionLevel, FrameCompressor};

    use super::*;

    fn frame(bytes: &[u8]) -> Vec<u8> {
        let mut compressor: FrameCompressor = FrameCompressor::new(CompressionLevel::from_level(3));
        compressor.set_content_checksum(true);
        compressor.compress_independent_frame(bytes)
    }

    fn bytes() -> Vec<u8> {
        (0..100_000u32).flat_map(|number| (number / 7).to_le_bytes()).collect()
    }

    #[test]
    fn a_frame_is_decoded_again_and_again() {
        let bytes = bytes();
        let stored = frame(&bytes);
        let (mut decoder, mut to) = (Decoder::new(), Vec::new());
        for _ in 0..3 {
            decoder.decode(&stored, bytes.len(), Filter::None, 0, &mut to).expect("decodes");
            assert!(to == bytes);
        }
    }

    #[test]
    fn a_changed_byte_is_found_wherever_it_is() {
        let bytes = bytes();
        let stored = frame(&bytes);
        let (mut decoder, mut to) = (Decoder::new(), Vec::new());
        for at in (0..stored.len()).step_by(stored.len() / 50 + 1).chain(stored.len() - 4..stored.len()) {
            let mut changed = stored.clone();
            changed[at] ^= 0x10;
            let decoded = decoder.decode(&changed, bytes.len(), Filter::None, 0, &mut to);
            assert!(decoded.is_err() || to == bytes, "byte {at}");
            assert!(decoded.is_err() || at < 4 + 2, "byte {at} is not found");
        }
    }

    #[test]
    fn another_size_and_other_bytes_are_refused() {
        let stored = frame(b"hello");
        let mut to = Vec::new();
        for (stored, size) in
            [(stored.as_slice(), 4), (&stored, 6), (&stored[..stored.len() - 1], 5), (b"", 5), (b"none", 4)]
        {
            let decoded = Decoder::new().decode(stored, size, Filter::None, 0, &mut to);
            assert!(matches!(decoded, Err(BundleError::Frame { .. })), "{size}");
        }
    }
}
