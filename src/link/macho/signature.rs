//! Ad-hoc signatures: one code directory with the SHA-256 of every page, as Apple's linker writes it.
use permafreeze_base::sha256;

use super::{Image, MachOError};

/// Bytes that are hashed at once.
pub const PAGE: usize = 4096;
/// Begins a signature: a list of blobs. All its numbers are big-endian.
const EMBEDDED_SIGNATURE: u32 = 0xfade_0cc0;
const CODE_DIRECTORY: u32 = 0xfade_0c02;
/// The version that says where the code segment is.
const VERSION: u32 = 0x20400;
/// Ad hoc; by the linker, so that `codesign` may replace it.
const FLAGS: u32 = 0x2 | 0x20000;
/// Length in bytes of the list of one blob.
const LIST: usize = 20;
/// Length in bytes of a code directory of this version, before the identifier.
const DIRECTORY: usize = 88;
const HASH: usize = 32;
const HASH_SHA256: u8 = 2;
/// The binary logarithm of [`PAGE`].
const PAGE_BITS: u8 = 12;
/// The code segment is a main program's.
const MAIN_BINARY: u64 = 1;
/// Signatures begin and end at multiples of this.
const ALIGNMENT: u64 = 16;

/// A file whose layout is decided: its first bytes are [`Signing::head`], then what is appended, then
/// [`Signing::padding`] zeros, then [`Signing::tail`].
#[derive(Debug)]
pub struct Signing {
    /// The image with its last load commands.
    pub head: Vec<u8>,
    /// Zeros between what is appended and the signature.
    pub padding: usize,
    identifier: String,
    /// Where the signature begins, which is how many bytes it covers.
    limit: u32,
    text: (u64, u64, bool),
}

impl Image {
    /// Lays out the signed file: the image without its signature, `appended` bytes, which become part of the string
    /// table, and an ad-hoc signature by the name `identifier`.
    ///
    /// # Errors
    /// [`MachOError`] if the load commands do not fit, the file would be too large, or its end is no string table.
    pub fn lay_out(mut self, identifier: &str, appended: u64) -> Result<Signing, MachOError> {
        self.unsign()?;
        let end = self.length() + appended;
        if appended > 0 {
            self.extend_strings(end)?;
        }
        let limit = end.next_multiple_of(ALIGNMENT);
        let size = signature_length(identifier, limit);
        let too_large = |_| MachOError::TooLarge { size: limit + size };
        let (offset, length) = (u32::try_from(limit).map_err(too_large)?, u32::try_from(size).map_err(too_large)?);
        u32::try_from(limit + size).map_err(too_large)?;
        self.add_signature(offset, length);
        self.extend_linkedit(limit + size)?;
        let text = self.text();
        let padding = (limit - end) as usize;
        Ok(Signing { head: self.into_bytes()?, padding, identifier: identifier.to_owned(), limit: offset, text })
    }

    /// Returns the file with an ad-hoc signature by the name `identifier` instead of the one it has.
    ///
    /// # Errors
    /// As [`Image::lay_out`].
    pub fn signed(self, identifier: &str) -> Result<Vec<u8>, MachOError> {
        let mut signing = self.lay_out(identifier, 0)?;
        let mut bytes = std::mem::take(&mut signing.head);
        bytes.resize(bytes.len() + signing.padding, 0);
        let hashes: Vec<_> = bytes.chunks(PAGE).map(sha256::digest).collect();
        bytes.extend(signing.tail(&hashes));
        Ok(bytes)
    }
}

/// Returns the length in bytes of the signature of so many bytes.
fn signature_length(identifier: &str, limit: u64) -> u64 {
    let pages = limit.div_ceil(PAGE as u64);
    ((LIST + DIRECTORY + identifier.len() + 1) as u64 + pages * HASH as u64).next_multiple_of(ALIGNMENT)
}

impl Signing {
    /// Returns the signature: `hashes` are the SHA-256 of each [`PAGE`] of all bytes before it.
    pub fn tail(&self, hashes: &[[u8; HASH]]) -> Vec<u8> {
        let hash_offset = DIRECTORY + self.identifier.len() + 1;
        let length = hash_offset + hashes.len() * HASH;
        let mut bytes = big_endian(&[EMBEDDED_SIGNATURE, (LIST + length) as u32, 1, 0, LIST as u32]);
        let numbers = [
            CODE_DIRECTORY,
            length as u32,
            VERSION,
            FLAGS,
            hash_offset as u32,
            DIRECTORY as u32,
            0, // hashes of other blobs
            hashes.len() as u32,
            self.limit,
        ];
        bytes.extend(big_endian(&numbers));
        bytes.extend([HASH as u8, HASH_SHA256, 0, PAGE_BITS]);
        // Spare field, scatter, team, spare field, limit of 64 bits (two words): none.
        bytes.extend(big_endian(&[0; 6]));
        let (offset, size, program) = self.text;
        for number in [offset, size, if program { MAIN_BINARY } else { 0 }] {
            bytes.extend(number.to_be_bytes());
        }
        bytes.extend(self.identifier.as_bytes());
        bytes.push(0);
        bytes.extend(hashes.as_flattened());
        bytes.resize(signature_length(&self.identifier, self.limit.into()) as usize, 0);
        bytes
    }
}

fn big_endian(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
}
