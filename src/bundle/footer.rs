//! The footer: the last bytes of a bundle.
use crate::error::BundleError;

/// Its first bytes.
pub const MAGIC: [u8; 8] = *b"PFBUNDLE";
/// Its length in bytes: magic, offset and length of the index (8 bytes each), key (32 bytes).
pub const FOOTER: usize = 56;
/// How many hexadecimal digits of the key name the unpacked folder.
pub const DIGITS: usize = 32;

/// What the footer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Footer {
    /// Offset in bytes of the index.
    pub offset: u64,
    /// Length in bytes of the index.
    pub length: u64,
    /// sha256 of the index, which has the sha256 of every file: it names what is unpacked.
    pub key: [u8; 32],
}

impl Footer {
    /// Reads a file's last bytes; `size` is the file's length in bytes.
    ///
    /// # Errors
    /// [`BundleError::NoFooter`]; [`BundleError::IndexPlace`] if the index is not in front of the footer.
    pub fn parse(bytes: &[u8; FOOTER], size: u64) -> Result<Footer, BundleError> {
        let number = |at: usize| {
            let mut number = [0; 8];
            number.copy_from_slice(&bytes[at..at + 8]);
            u64::from_le_bytes(number)
        };
        if bytes[..8] != MAGIC {
            return Err(BundleError::NoFooter);
        }
        let (offset, length) = (number(8), number(16));
        let end = offset.checked_add(length).and_then(|end| end.checked_add(FOOTER as u64));
        if end != Some(size) {
            return Err(BundleError::IndexPlace { offset, length });
        }
        let mut key = [0; 32];
        key.copy_from_slice(&bytes[24..]);
        Ok(Footer { offset, length, key })
    }

    /// Returns the name of the unpacked folder: the first [`DIGITS`] hexadecimal digits of the key.
    pub fn folder(&self) -> String {
        self.key[..DIGITS / 2].iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn footer(offset: u64, length: u64) -> [u8; FOOTER] {
        let mut bytes = [0xab; FOOTER];
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[8..16].copy_from_slice(&offset.to_le_bytes());
        bytes[16..24].copy_from_slice(&length.to_le_bytes());
        bytes
    }

    #[test]
    fn the_index_ends_where_the_footer_begins() {
        let footer = footer(100, 44);
        let read = Footer::parse(&footer, 200).expect("a footer");
        assert_eq!((read.offset, read.length), (100, 44));
        assert_eq!(read.folder(), "ab".repeat(16));
        assert!(matches!(Footer::parse(&footer, 201), Err(BundleError::IndexPlace { offset: 100, length: 44 })));
    }

    #[test]
    fn numbers_that_overflow_are_refused() {
        for (offset, length) in [(u64::MAX, 1), (1, u64::MAX), (u64::MAX - 10, 5)] {
            assert!(matches!(Footer::parse(&footer(offset, length), 50), Err(BundleError::IndexPlace { .. })));
        }
    }

    #[test]
    fn another_file_has_no_footer() {
        assert_eq!(Footer::parse(&[0; FOOTER], 56), Err(BundleError::NoFooter));
    }
}
