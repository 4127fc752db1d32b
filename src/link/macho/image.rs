//! A file whose load commands can be changed.
use super::MachOError;
use super::command::{CODE_SIGNATURE, Command, SEGMENT, SYMTAB, UUID};

const COMMANDS: &str = "load commands";
const SIGNATURE: &str = "signature";
/// 64 bits, little endian.
const MAGIC: u32 = 0xfeed_facf;
const CPU_ARM64: u32 = 0x0100_000c;
/// Length of the header in bytes.
const HEADER: usize = 32;
/// Length of a segment command without its sections, in bytes, and of a section.
const SEGMENT_LENGTH: usize = 72;
const SECTION_LENGTH: usize = 80;
/// Kinds of sections that have no bytes in the file: zero-filled, of gigabytes, thread-local.
const ZERO_FILLED: [u32; 3] = [1, 12, 18];
/// The segment at the file's end: symbols, strings, signature.
const LINKEDIT: &str = "__LINKEDIT";

/// A Mach-O file for one machine of 64 bits, in memory.
#[derive(Debug, Clone)]
pub struct Image {
    /// The file; its header and load commands are as they were read.
    bytes: Vec<u8>,
    commands: Vec<Command>,
}

impl Image {
    /// Reads the load commands of a file.
    ///
    /// # Errors
    /// [`MachOError::Malformed`] if it is a universal file, one of 32 bits, or none.
    pub fn parse(bytes: Vec<u8>) -> Result<Image, MachOError> {
        let magic = field(&bytes, 0);
        if magic != MAGIC || bytes.len() < HEADER {
            let problem = format!("begins with `{magic:#010x}`, expected `{MAGIC:#010x}` (64 bits, one machine)");
            return Err(MachOError::malformed("header", problem));
        }
        let (count, length) = (field(&bytes, 16), field(&bytes, 20) as usize);
        let mut left = bytes.get(HEADER..HEADER + length).ok_or_else(|| {
            MachOError::malformed(COMMANDS, format!("have `{length}` bytes, the file has `{}`", bytes.len()))
        })?;
        let mut commands = Vec::new();
        for _ in 0..count {
            let length = field(left, 4) as usize;
            let (command, rest) = left.split_at_checked(length).filter(|_| length >= 8).ok_or_else(|| {
                MachOError::malformed(COMMANDS, format!("one has `{length}` bytes, `{}` are left", left.len()))
            })?;
            commands.push(Command::new(command));
            left = rest;
        }
        if !left.is_empty() {
            return Err(MachOError::malformed(COMMANDS, format!("`{}` bytes follow the last one", left.len())));
        }
        Ok(Image { bytes, commands })
    }

    /// Returns the UUID.
    pub fn uuid(&self) -> Option<[u8; 16]> {
        let command = self.commands.iter().find(|command| command.kind() == UUID)?;
        command.bytes().get(8..24)?.try_into().ok()
    }

    /// Replaces the UUID, if there is one.
    ///
    /// # Errors
    /// [`MachOError::Malformed`] if its command is too short.
    pub fn set_uuid(&mut self, uuid: [u8; 16]) -> Result<(), MachOError> {
        let command = self.commands.iter_mut().find(|command| command.kind() == UUID);
        command.map_or(Ok(()), |command| command.set(8, &uuid))
    }

    /// Returns the version of the SDK that the file was built with: `xxxx.yy.zz` in hexadecimal digits.
    pub fn sdk(&self) -> Option<u32> {
        self.commands.iter().find_map(|command| Some(command.u32(command.sdk()?)))
    }

    /// Replaces the version of the SDK, if there is one.
    ///
    /// # Errors
    /// [`MachOError::Malformed`] if its command is too short.
    pub fn set_sdk(&mut self, version: u32) -> Result<(), MachOError> {
        for command in &mut self.commands {
            if let Some(at) = command.sdk() {
                return command.set(at, &version.to_le_bytes());
            }
        }
        Ok(())
    }

    /// Replaces the names of needed libraries: `change` returns the new one of those that change.
    pub fn rename_needed(&mut self, change: impl Fn(&str) -> Option<String>) {
        for command in self.commands.iter_mut().filter(|command| command.is_load()) {
            if let Some(name) = std::str::from_utf8(command.name()).ok().and_then(&change) {
                *command = command.with_name(&name);
            }
        }
    }

    /// Removes the signature, if there is one.
    ///
    /// # Errors
    /// [`MachOError::Malformed`] if it is not at the file's end, or there are several.
    pub fn unsign(&mut self) -> Result<(), MachOError> {
        let is_signature = |command: &Command| command.kind() == CODE_SIGNATURE;
        let Some(at) = self.commands.iter().position(is_signature) else { return Ok(()) };
        if self.commands[at + 1..].iter().any(is_signature) {
            return Err(MachOError::malformed(SIGNATURE, "several load commands name one, expected one at most"));
        }
        let (offset, size) = (self.commands[at].u32(8) as usize, self.commands[at].u32(12) as usize);
        if offset.checked_add(size) != Some(self.bytes.len()) {
            let problem = format!("`{size}` bytes from `{offset}` on, expected the end of `{}`", self.bytes.len());
            return Err(MachOError::malformed(SIGNATURE, problem));
        }
        self.bytes.truncate(offset);
        self.commands.remove(at);
        self.extend_linkedit(self.bytes.len() as u64)
    }

    /// Makes the string table, which is the last of [`LINKEDIT`], reach to `end`: what is appended becomes part of it.
    pub(super) fn extend_strings(&mut self, end: u64) -> Result<(), MachOError> {
        let length = self.bytes.len() as u64;
        let command = self.commands.iter_mut().find(|command| command.kind() == SYMTAB);
        let command = command.ok_or_else(|| MachOError::malformed(COMMANDS, "none names a string table"))?;
        let (offset, size) = (u64::from(command.u32(16)), u64::from(command.u32(20)));
        if offset > length || (offset + size).next_multiple_of(16) < length {
            let problem = format!("`{size}` bytes from `{offset}` on, expected the end of `{length}`");
            return Err(MachOError::malformed("string table", problem));
        }
        let size = u32::try_from(end - offset).map_err(|_| MachOError::TooLarge { size: end })?;
        command.set(20, &size.to_le_bytes())
    }

    /// Makes the last segment reach to `end`.
    pub(super) fn extend_linkedit(&mut self, end: u64) -> Result<(), MachOError> {
        let page: u64 = if field(&self.bytes, 4) == CPU_ARM64 { 0x4000 } else { 0x1000 };
        let command = self.commands.iter_mut().find(|command| command.is_segment(LINKEDIT));
        let command = command.ok_or_else(|| MachOError::malformed(COMMANDS, "there is no segment `__LINKEDIT`"))?;
        let offset = command.u64(40);
        let size = end.checked_sub(offset).ok_or_else(|| {
            MachOError::malformed(LINKEDIT, format!("begins at byte `{offset}`, expected one before `{end}`"))
        })?;
        command.set(32, &size.next_multiple_of(page).to_le_bytes())?;
        command.set(48, &size.to_le_bytes())
    }

    /// Adds the command that says where the signature is.
    pub(super) fn add_signature(&mut self, offset: u32, size: u32) {
        self.commands.push(Command::of_fields(CODE_SIGNATURE, &[offset, size]));
    }

    /// Returns file offset and length of the code, and whether the file is a program.
    pub(super) fn text(&self) -> (u64, u64, bool) {
        let text = self.commands.iter().find(|command| command.is_segment("__TEXT"));
        let (offset, size) = text.map_or((0, 0), |text| (text.u64(40), text.u64(48)));
        (offset, size, field(&self.bytes, 12) == 2)
    }

    /// Returns the length in bytes, without what is to be appended.
    pub(super) fn length(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// Returns the file with its load commands as they are now.
    ///
    /// # Errors
    /// [`MachOError::NoRoom`] if they do not fit before the first section.
    pub fn into_bytes(self) -> Result<Vec<u8>, MachOError> {
        let commands: Vec<u8> = self.commands.iter().flat_map(Command::bytes).copied().collect();
        let (end, room) = (HEADER + commands.len(), self.room());
        if end > room {
            return Err(MachOError::NoRoom { end, room });
        }
        let mut bytes = self.bytes;
        let old_end = (HEADER + field(&bytes, 20) as usize).min(bytes.len());
        bytes[16..20].copy_from_slice(&(self.commands.len() as u32).to_le_bytes());
        bytes[20..24].copy_from_slice(&(commands.len() as u32).to_le_bytes());
        bytes[HEADER..end].copy_from_slice(&commands);
        if end < old_end {
            bytes[end..old_end].fill(0);
        }
        Ok(bytes)
    }

    /// Returns where the first bytes are that some section or segment maps, besides header and load commands.
    fn room(&self) -> usize {
        let mut first = self.bytes.len();
        for command in self.commands.iter().filter(|command| command.kind() == SEGMENT) {
            let mut take = |offset: u64| {
                if offset > 0 {
                    first = first.min(usize::try_from(offset).unwrap_or(first));
                }
            };
            take(command.u64(40));
            let sections = command.bytes().get(SEGMENT_LENGTH..).unwrap_or_default().chunks_exact(SECTION_LENGTH);
            for section in sections.map(Command::new) {
                let kind = section.u32(64) & 0xff;
                if section.u64(40) > 0 && !ZERO_FILLED.contains(&kind) {
                    take(section.u32(48).into());
                }
            }
        }
        first
    }
}

/// Returns a number of 32 bits; 0 beyond the end.
fn field(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_le_bytes)
}
