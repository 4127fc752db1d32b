//! Mach-O files (Apple's `mach-o/loader.h`, `cs_blobs.h`): their signatures, and how one differs from the file
//! that it was made of. Shares no code with the linker, which writes them.
mod adhoc;
mod changes;
mod signature;
#[cfg(test)]
mod tests;

use std::ops::Range;

pub(crate) use adhoc::adhoc;
pub(crate) use changes::{Changes, compare};
pub(crate) use signature::{Signature, signature};

/// 64 bits, little endian.
const MAGIC: [u8; 4] = [0xcf, 0xfa, 0xed, 0xfe];
/// Length of the header in bytes.
const HEADER: usize = 32;
const CODE_SIGNATURE: u32 = 0x1d;
const CPU_ARM64: u32 = 0x0100_000c;

/// A file for one machine of 64 bits.
#[derive(Debug, Clone)]
pub(crate) struct File<'a> {
    /// The whole file.
    pub bytes: &'a [u8],
    /// Where its load commands are.
    pub commands: Vec<Range<usize>>,
}

impl<'a> File<'a> {
    /// Reads where the load commands are.
    ///
    /// # Errors
    /// If it is no such file, or a load command lies outside of its table.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<File<'a>, String> {
        if !bytes.starts_with(&MAGIC) || bytes.len() < HEADER {
            return Err("is no Mach-O file of 64 bits for one machine".to_owned());
        }
        let (count, end) = (le32(bytes, 16), HEADER + le32(bytes, 20) as usize);
        if end > bytes.len() {
            return Err(format!("its load commands end at byte `{end}`, it has `{}`", bytes.len()));
        }
        let (mut commands, mut at) = (Vec::new(), HEADER);
        for index in 0..count {
            let length = if at + 8 <= end { le32(bytes, at + 4) as usize } else { 0 };
            if length < 8 || at + length > end {
                return Err(format!("load command `{index}` has `{length}` bytes, `{}` are left", end - at));
            }
            commands.push(at..at + length);
            at += length;
        }
        if at != end {
            return Err(format!("`{}` bytes follow the last load command", end - at));
        }
        Ok(File { bytes, commands })
    }

    /// Returns the load commands with their kinds.
    pub(crate) fn commands(&self) -> impl Iterator<Item = (u32, &'a [u8])> {
        self.commands.iter().map(|place| (le32(self.bytes, place.start), &self.bytes[place.clone()]))
    }

    /// Returns where the load commands end.
    pub(crate) fn commands_end(&self) -> usize {
        self.commands.last().map_or(HEADER, |last| last.end)
    }

    /// Returns where the signature is, if a load command says it; it may lie outside of the file.
    pub(crate) fn signature(&self) -> Option<Range<usize>> {
        let (_, command) = self.commands().find(|(kind, _)| *kind == CODE_SIGNATURE)?;
        let (offset, size) = (le32(command, 8) as usize, le32(command, 12) as usize);
        Some(offset..offset + size)
    }

    /// Returns the UUID.
    pub(crate) fn uuid(&self) -> Option<&'a [u8]> {
        self.commands().find(|(kind, _)| *kind == changes::UUID).and_then(|(_, command)| command.get(8..24))
    }

    /// Returns the SDK that it was built with, as the load command packs it.
    pub(crate) fn sdk(&self) -> Option<u32> {
        self.commands().find_map(|(kind, command)| Some(le32(command, changes::sdk(kind)?)))
    }
}

/// Tells whether a file is for one machine of 64 bits.
pub(crate) fn is_thin(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}

/// Returns a number; 0 beyond the end.
fn le32(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_le_bytes)
}

/// Returns a number; 0 beyond the end.
fn le64(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..at + 8).and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_le_bytes)
}

/// Returns a number; 0 beyond the end.
fn be32(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_be_bytes)
}
