//! One load command.
use super::MachOError;

/// Set in the kinds of commands that dyld must know.
const REQUIRED: u32 = 0x8000_0000;
/// The string table and the symbols that it names.
pub(super) const SYMTAB: u32 = 0x2;
/// A part of the file and where it is mapped.
pub(super) const SEGMENT: u32 = 0x19;
/// The image's UUID.
pub(super) const UUID: u32 = 0x1b;
/// Where the signature is.
pub(super) const CODE_SIGNATURE: u32 = 0x1d;
/// The oldest macOS and the SDK, before macOS 10.14.
const VERSION_MIN_MACOSX: u32 = 0x24;
/// The oldest macOS and the SDK.
const BUILD_VERSION: u32 = 0x32;
/// Libraries: plain, weak, re-exported, lazy, upward.
const LOADS: [u32; 5] = [0xc, 0x18 | REQUIRED, 0x1f | REQUIRED, 0x20, 0x23 | REQUIRED];

/// Where a library command's name is, as `dylib_command` has it.
const DYLIB_NAME: usize = 24;

/// A load command: kind, length, fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Command(Vec<u8>);

impl Command {
    /// Takes the bytes of a command, which are 8 at least.
    pub(super) fn new(bytes: &[u8]) -> Command {
        Command(bytes.to_vec())
    }

    /// Makes a command of 32-bit fields.
    pub(super) fn of_fields(kind: u32, fields: &[u32]) -> Command {
        let length = 8 + 4 * fields.len() as u32;
        Command([kind, length].iter().chain(fields).flat_map(|field| field.to_le_bytes()).collect())
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn kind(&self) -> u32 {
        self.u32(0)
    }

    /// Tells whether the command names a library that is needed.
    pub(super) fn is_load(&self) -> bool {
        LOADS.contains(&self.kind())
    }

    /// Tells whether the command is a segment of this name.
    pub(super) fn is_segment(&self, name: &str) -> bool {
        let field = self.0.get(8..24).unwrap_or_default();
        let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
        self.kind() == SEGMENT && &field[..end] == name.as_bytes()
    }

    /// Returns where the SDK's version is, if the command says it.
    pub(super) fn sdk(&self) -> Option<usize> {
        match self.kind() {
            BUILD_VERSION => Some(16),
            VERSION_MIN_MACOSX => Some(12),
            _ => None,
        }
    }

    /// Returns a field; 0 beyond the command's end.
    pub(super) fn u32(&self, at: usize) -> u32 {
        self.0.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_le_bytes)
    }

    /// Returns a field; 0 beyond the command's end.
    pub(super) fn u64(&self, at: usize) -> u64 {
        self.0.get(at..at + 8).and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_le_bytes)
    }

    /// Replaces bytes.
    ///
    /// # Errors
    /// [`MachOError::Malformed`] if the command ends before.
    pub(super) fn set(&mut self, at: usize, bytes: &[u8]) -> Result<(), MachOError> {
        let (kind, length) = (self.kind(), self.0.len());
        let place = self.0.get_mut(at..at + bytes.len()).ok_or_else(|| {
            MachOError::malformed("load commands", format!("one of kind `{kind:#x}` has `{length}` bytes"))
        })?;
        place.copy_from_slice(bytes);
        Ok(())
    }

    /// Returns the name whose offset the first field says.
    pub(super) fn name(&self) -> &[u8] {
        let name = self.0.get(self.u32(8) as usize..).unwrap_or_default();
        &name[..name.iter().position(|byte| *byte == 0).unwrap_or(name.len())]
    }

    /// Returns a library's command with another name.
    pub(super) fn with_name(&self, name: &str) -> Command {
        let mut bytes = self.0.clone();
        bytes.resize(DYLIB_NAME, 0);
        bytes.extend(name.as_bytes());
        // At least one NUL ends the name.
        bytes.resize((bytes.len() + 1).next_multiple_of(8), 0);
        let length = bytes.len() as u32;
        bytes[4..8].copy_from_slice(&length.to_le_bytes());
        bytes[8..12].copy_from_slice(&(DYLIB_NAME as u32).to_le_bytes());
        Command(bytes)
    }
}
