//! The index: the files of the unpacked folder, and the frames that their bytes are in.
use crate::error::BundleError;
use crate::filter::Filter;

/// The version of the format. A reader refuses another one.
pub const VERSION: u32 = 1;
/// The most bytes that a frame may have, decoded.
pub const FRAME_LIMIT: u32 = 32 << 20;
/// The most bytes that a frame may have, stored: a frame of bytes that do not shrink is a little longer than they are.
const STORED_LIMIT: u32 = FRAME_LIMIT + (1 << 16);

/// The whole index.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Index {
    /// The executable's name: that of its folder in the cache.
    pub name: String,
    /// Path of the file that is started.
    pub program: String,
    /// Path of the folder that all other files are in.
    pub internal: String,
    /// Files, sorted by path.
    pub files: Vec<File>,
    /// Frames, in the order of their places in the bundle.
    pub frames: Vec<Frame>,
}

/// The first bytes of the index: what a start needs to know of an unpacked bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// [`Index::name`].
    pub name: String,
    /// [`Index::program`].
    pub program: String,
    /// [`Index::internal`].
    pub internal: String,
}

/// So many bytes of the index are enough for [`Head::parse`].
pub const HEAD: usize = 4096;

impl Head {
    /// Reads the beginning of an index: [`HEAD`] bytes of it, or all if it has fewer.
    ///
    /// # Errors
    /// [`BundleError::Version`]; [`BundleError::Index`] if it is damaged.
    pub fn parse(bytes: &[u8]) -> Result<Head, BundleError> {
        Reader { bytes, at: 0 }.head()
    }
}

/// A file of the unpacked folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its path there, `/` between parts.
    pub path: String,
    /// What it is.
    pub kind: Kind,
}

/// What a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A regular file. What no extent covers is zero.
    Regular {
        /// Permission bits.
        mode: u32,
        /// Size in bytes.
        size: u64,
        /// sha256 of its bytes.
        sha256: [u8; 32],
    },
    /// A symbolic link.
    Link {
        /// Where it leads, relative to its folder.
        target: String,
    },
}

/// A zstd frame (RFC 8878) of at most [`FRAME_LIMIT`] bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Offset in bytes in the bundle.
    pub offset: u64,
    /// Length in bytes in the bundle.
    pub stored: u32,
    /// Length in bytes, decoded: the sum of the extents' lengths.
    pub size: u32,
    /// What was done to the bytes before they were compressed. Positions count from the first extent's place in its file.
    pub filter: Filter,
    /// Where its bytes go, in their order.
    pub extents: Vec<Extent>,
}

/// Bytes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// Number of the file in the index.
    pub file: u32,
    /// Offset in bytes in that file.
    pub at: u64,
    /// Length in bytes.
    pub length: u32,
}

impl Frame {
    /// Returns the position that the filter counts from.
    pub fn position(&self) -> u64 {
        self.extents.first().map_or(0, |extent| extent.at)
    }

    /// Returns each extent with its place in the decoded frame.
    pub fn parts(&self) -> impl Iterator<Item = (Extent, std::ops::Range<usize>)> {
        self.extents.iter().scan(0usize, |from, extent| {
            let range = *from..*from + extent.length as usize;
            *from = range.end;
            Some((*extent, range))
        })
    }
}

impl Index {
    /// Reads an index. `end` is its offset in the bundle: frames must lie in front of it.
    ///
    /// # Errors
    /// [`BundleError::Version`]; [`BundleError::Index`] if it is damaged: a path that leads out of the folder, a frame
    /// outside of the bundle, extents that do not fit their frame or file.
    pub fn parse(bytes: &[u8], end: u64) -> Result<Index, BundleError> {
        let mut reader = Reader { bytes, at: 0 };
        let Head { name, program, internal } = reader.head()?;
        let mut index = Index { name, program, internal, ..Index::default() };
        for _ in 0..reader.u32()? {
            let file = reader.file()?;
            if index.files.last().is_some_and(|last| last.path >= file.path) {
                return Err(reader.bad("files are not sorted, or one is there twice"));
            }
            index.files.push(file);
        }
        for _ in 0..reader.u32()? {
            let frame = reader.frame(&index.files, end)?;
            index.frames.push(frame);
        }
        if reader.at != bytes.len() {
            return Err(reader.bad("bytes follow the last frame"));
        }
        Ok(index)
    }
}

struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Reader<'b> {
    fn bad(&self, problem: &'static str) -> BundleError {
        BundleError::Index { at: self.at, problem }
    }

    fn take(&mut self, length: usize) -> Result<&'b [u8], BundleError> {
        let end = self.at.checked_add(length).filter(|end| *end <= self.bytes.len());
        let end = end.ok_or_else(|| self.bad("it ends too early"))?;
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], BundleError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    fn u32(&mut self) -> Result<u32, BundleError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    fn u64(&mut self) -> Result<u64, BundleError> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    fn text(&mut self) -> Result<String, BundleError> {
        let length = u16::from_le_bytes(self.array()?);
        let text = str::from_utf8(self.take(length.into())?).map_err(|_| self.bad("a text is not UTF-8"))?;
        if text.is_empty() || text.contains('\0') {
            return Err(self.bad("a text is empty or has a NUL"));
        }
        Ok(text.to_owned())
    }

    fn head(&mut self) -> Result<Head, BundleError> {
        let found = self.u32()?;
        if found != VERSION {
            return Err(BundleError::Version { found, known: VERSION });
        }
        Ok(Head { name: self.name()?, program: self.path()?, internal: self.path()? })
    }

    fn name(&mut self) -> Result<String, BundleError> {
        let name = self.path()?;
        if name.contains('/') { Err(self.bad("the name has a slash")) } else { Ok(name) }
    }

    fn path(&mut self) -> Result<String, BundleError> {
        let path = self.text()?;
        if path.split('/').any(|part| matches!(part, "" | "." | "..")) {
            return Err(self.bad("a path leads out of the folder"));
        }
        Ok(path)
    }

    fn file(&mut self) -> Result<File, BundleError> {
        let path = self.path()?;
        let kind = match self.take(1)? {
            [0] => Kind::Regular { mode: self.u32()?, size: self.u64()?, sha256: self.array()? },
            [1] => Kind::Link { target: self.target(&path)? },
            _ => return Err(self.bad("a file is of an unknown kind")),
        };
        if matches!(kind, Kind::Regular { mode, .. } if mode & !0o777 != 0) {
            return Err(self.bad("a file has other bits than permissions"));
        }
        Ok(File { path, kind })
    }

    /// A link's target, which stays in the folder.
    fn target(&mut self, path: &str) -> Result<String, BundleError> {
        let target = self.text()?;
        let mut depth = path.split('/').count() - 1;
        for part in target.split('/') {
            match part {
                "" => return Err(self.bad("a link is absolute, or has an empty part")),
                "." => {}
                ".." => depth = depth.checked_sub(1).ok_or_else(|| self.bad("a link leads out of the folder"))?,
                _ => depth += 1,
            }
        }
        Ok(target)
    }

    fn frame(&mut self, files: &[File], end: u64) -> Result<Frame, BundleError> {
        let (offset, stored, size) = (self.u64()?, self.u32()?, self.u32()?);
        if offset.checked_add(stored.into()).is_none_or(|frame_end| frame_end > end) {
            return Err(self.bad("a frame lies outside of the bundle"));
        }
        if size > FRAME_LIMIT || stored > STORED_LIMIT {
            return Err(self.bad("a frame is too large"));
        }
        let filter = Filter::of(self.take(1)?[0]).ok_or_else(|| self.bad("a filter is not known"))?;
        let mut extents = Vec::new();
        let mut sum = 0u64;
        for _ in 0..self.u32()? {
            let extent = self.extent(files)?;
            sum += u64::from(extent.length);
            extents.push(extent);
        }
        if sum != u64::from(size) {
            return Err(self.bad("extents do not cover their frame"));
        }
        Ok(Frame { offset, stored, size, filter, extents })
    }

    fn extent(&mut self, files: &[File]) -> Result<Extent, BundleError> {
        let extent = Extent { file: self.u32()?, at: self.u64()?, length: self.u32()? };
        let file = files.get(extent.file as usize).map(|file| &file.kind);
        let Some(Kind::Regular { size, .. }) = file else { return Err(self.bad("an extent is of no regular file")) };
        if extent.at.checked_add(extent.length.into()).is_none_or(|extent_end| extent_end > *size) {
            return Err(self.bad("an extent goes beyond its file"));
        }
        Ok(extent)
    }
}

#[cfg(test)]
mod tests;
