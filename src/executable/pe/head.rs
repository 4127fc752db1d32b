//! The bootloader for Windows as it is edited: a section is added, time stamps are set (Microsoft's PE format
//! specification).
use super::Error;

/// Offsets from the signature `PE\0\0`.
const SECTION_COUNT: usize = 6;
const STAMP: usize = 8;
const OPTIONAL_SIZE: usize = 20;
const OPTIONAL: usize = 24;
const INITIALISED: usize = OPTIONAL + 8;
const SECTION_ALIGNMENT: usize = OPTIONAL + 32;
const FILE_ALIGNMENT: usize = OPTIONAL + 36;
const IMAGE_SIZE: usize = OPTIONAL + 56;
const CHECKSUM: usize = OPTIONAL + 64;
const DIRECTORY_COUNT: usize = OPTIONAL + 108;
const DIRECTORIES: usize = OPTIONAL + 112;
/// The magic number of the optional header of files of 64 bits.
const PE32_PLUS: u16 = 0x20b;
/// Length in bytes of a section's header, and of an entry of the debug directory.
const SECTION_HEADER: usize = 40;
const DEBUG_ENTRY: usize = 28;
/// Data directories by their place.
const RESOURCES: usize = 2;
const CERTIFICATES: usize = 4;
const DEBUG: usize = 6;
/// Initialised data that is read.
const READ_ONLY: u32 = 0x4000_0040;
const RESOURCE_SECTION: &[u8; 8] = b".rsrc\0\0\0";

/// A program of 64 bits without resources, certificate and overlay.
pub(super) struct Head {
    bytes: Vec<u8>,
    signature: usize,
    sections: Vec<Section>,
}

#[derive(Debug, Clone, Copy)]
struct Section {
    address: u32,
    size: u32,
    raw: u32,
    raw_size: u32,
}

fn error(problem: impl Into<String>) -> Error {
    Error(problem.into())
}

impl Head {
    /// Reads a bootloader.
    ///
    /// # Errors
    /// [`Error`] if it is not what can be edited.
    pub(super) fn parse(bytes: Vec<u8>) -> Result<Head, Error> {
        let mut head = Head { bytes, signature: 0, sections: Vec::new() };
        if !head.bytes.starts_with(b"MZ") {
            return Err(error("expected a program for Windows, which begins with `MZ`"));
        }
        head.signature = head.u32(60)? as usize;
        if head.slice(head.signature, 4)? != b"PE\0\0" || head.u16(head.signature + OPTIONAL)? != PE32_PLUS {
            return Err(error("expected a program of 64 bits (PE32+)"));
        }
        for index in 0..usize::from(head.u16(head.signature + SECTION_COUNT)?) {
            let at = head.table()? + index * SECTION_HEADER;
            let field = |offset| head.u32(at + offset);
            head.sections.push(Section { size: field(8)?, address: field(12)?, raw_size: field(16)?, raw: field(20)? });
        }
        for (directory, what) in [(RESOURCES, "resources"), (CERTIFICATES, "a signature")] {
            if head.directory(directory)? != (0, 0) {
                return Err(error(format!("it has {what} already")));
            }
        }
        let end = head.sections.iter().map(|section| u64::from(section.raw) + u64::from(section.raw_size)).max();
        if end != Some(head.bytes.len() as u64) {
            return Err(error(format!("its sections do not end where its `{}` bytes end", head.bytes.len())));
        }
        Ok(head)
    }

    /// Adds the section of the resources; `made` makes its bytes, given the address that it is loaded to.
    ///
    /// # Errors
    /// [`Error`] if there is no room for its header.
    pub(super) fn add_resources(&mut self, made: impl FnOnce(u32) -> Vec<u8>) -> Result<(), Error> {
        let at = |offset| self.signature + offset;
        let (alignment, raw_alignment) = (self.u32(at(SECTION_ALIGNMENT))?, self.u32(at(FILE_ALIGNMENT))?);
        let header = self.table()? + self.sections.len() * SECTION_HEADER;
        let first =
            self.sections.iter().filter(|section| section.raw_size > 0).map(|section| section.raw as usize).min();
        if first.is_none_or(|first| header + SECTION_HEADER > first) {
            return Err(error("its headers have no room for another section"));
        }
        let end = self.sections.iter().map(|section| section.address.saturating_add(section.size)).max();
        let address = aligned(end.unwrap_or_default(), alignment)?;
        let mut bytes = made(address);
        let size = u32::try_from(bytes.len()).map_err(|_| error("its resources have more than 4 GiB"))?;
        let raw = aligned(self.bytes.len() as u32, raw_alignment)?;
        let raw_size = aligned(size, raw_alignment)?;
        self.bytes.resize(raw as usize, 0);
        bytes.resize(raw_size as usize, 0);
        self.bytes.append(&mut bytes);
        self.put(header, RESOURCE_SECTION)?;
        for (index, field) in [size, address, raw_size, raw, 0, 0, 0, READ_ONLY].into_iter().enumerate() {
            self.put(header + 8 + 4 * index, &field.to_le_bytes())?;
        }
        self.sections.push(Section { address, size, raw, raw_size });
        self.put(self.signature + SECTION_COUNT, &(self.sections.len() as u16).to_le_bytes())?;
        let initialised = self.u32(self.signature + INITIALISED)?.saturating_add(raw_size);
        self.put(self.signature + INITIALISED, &initialised.to_le_bytes())?;
        self.put(self.signature + IMAGE_SIZE, &aligned(address.saturating_add(size), alignment)?.to_le_bytes())?;
        let directory = self.signature + DIRECTORIES + 8 * RESOURCES;
        self.put(directory, &address.to_le_bytes())?;
        self.put(directory + 4, &size.to_le_bytes())
    }

    /// Sets the time stamps, seconds since 1970: the file's and those of debug entries that have one (PyInstaller,
    /// `utils/win32/winutils.py`).
    ///
    /// # Errors
    /// [`Error`] if the debug directory is not in the file.
    pub(super) fn set_stamp(&mut self, stamp: u32) -> Result<(), Error> {
        self.put(self.signature + STAMP, &stamp.to_le_bytes())?;
        let (address, size) = self.directory(DEBUG)?;
        for index in 0..size as usize / DEBUG_ENTRY {
            let at = self.offset(address)? + index * DEBUG_ENTRY + 4;
            if self.u32(at)? != 0 {
                self.put(at, &stamp.to_le_bytes())?;
            }
        }
        Ok(())
    }

    /// Returns the bytes, with a checksum of zero, and where that lies.
    ///
    /// # Errors
    /// [`Error`] if the header is too short.
    pub(super) fn finish(mut self) -> Result<(Vec<u8>, std::ops::Range<usize>), Error> {
        let place = self.signature + CHECKSUM;
        self.put(place, &[0; 4])?;
        Ok((self.bytes, place..place + 4))
    }

    /// Returns where the table of the sections begins.
    fn table(&self) -> Result<usize, Error> {
        Ok(self.signature + OPTIONAL + usize::from(self.u16(self.signature + OPTIONAL_SIZE)?))
    }

    /// Returns address and size of a data directory; zeros if there is none.
    fn directory(&self, index: usize) -> Result<(u32, u32), Error> {
        if index >= self.u32(self.signature + DIRECTORY_COUNT)? as usize {
            return Err(error(format!("its header has no data directory `{index}`")));
        }
        let at = self.signature + DIRECTORIES + 8 * index;
        Ok((self.u32(at)?, self.u32(at + 4)?))
    }

    /// Returns the place in the file of an address.
    fn offset(&self, address: u32) -> Result<usize, Error> {
        let found = self.sections.iter().find_map(|section| {
            let offset = address.checked_sub(section.address).filter(|offset| *offset < section.raw_size)?;
            Some(section.raw as usize + offset as usize)
        });
        found.ok_or_else(|| error(format!("the address `{address:#x}` is in none of its sections")))
    }

    fn slice(&self, at: usize, length: usize) -> Result<&[u8], Error> {
        let bytes = at.checked_add(length).and_then(|end| self.bytes.get(at..end));
        bytes.ok_or_else(|| error(format!("it ends before byte `{at}`")))
    }

    fn u16(&self, at: usize) -> Result<u16, Error> {
        self.slice(at, 2).map(|bytes| u16::from_le_bytes([bytes[0], bytes[1]]))
    }

    fn u32(&self, at: usize) -> Result<u32, Error> {
        self.slice(at, 4).map(|bytes| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    fn put(&mut self, at: usize, bytes: &[u8]) -> Result<(), Error> {
        self.slice(at, bytes.len())?;
        self.bytes[at..at + bytes.len()].copy_from_slice(bytes);
        Ok(())
    }
}

fn aligned(number: u32, alignment: u32) -> Result<u32, Error> {
    let aligned = if alignment.is_power_of_two() { number.checked_next_multiple_of(alignment) } else { None };
    aligned.ok_or_else(|| error(format!("its alignment is `{alignment}`, expected a power of two")))
}
