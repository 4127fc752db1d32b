//! Where bytes lie in the file of blobs, and the frames there.
use permafreeze_bundle::Filter;
use serde::{Deserialize, Serialize};

/// Where bytes lie in [`super::BLOBS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blob {
    /// Offset in bytes.
    pub offset: u64,
    /// Stored length in bytes.
    pub length: u64,
    /// What the stored bytes are.
    pub encoding: Encoding,
}

/// What the stored bytes of a blob are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// The bytes themselves.
    Stored,
    /// A zlib stream (RFC 1950).
    Deflated,
    /// One or more [`Frame`]s, one after another: a native library.
    Frames,
    /// One [`Frame`], a part of whose bytes is a zlib stream (RFC 1950) of level 0: a PYZ takes it as it is.
    Member {
        /// Offset in bytes in the decoded frame.
        at: u64,
        /// Length in bytes of the stream.
        length: u64,
    },
}

/// A zstd frame (RFC 8878) with content size and checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Frame {
    /// Offset in bytes in [`super::BLOBS`].
    pub offset: u64,
    /// Length in bytes there.
    pub stored: u32,
    /// Length in bytes, decoded; at most [`permafreeze_bundle::index::FRAME_LIMIT`].
    pub size: u32,
    /// What was done to the bytes before they were compressed. Positions count from the beginning of the file that the
    /// frame is of.
    #[serde(with = "FilterName", default, skip_serializing_if = "is_none")]
    pub filter: Filter,
    /// How many zero bytes follow the frame's in the file that it is of: they are not stored.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub zeros: u64,
}

impl Frame {
    /// Returns the offset of the first byte after it in [`super::BLOBS`].
    pub fn end(&self) -> u64 {
        self.offset.saturating_add(self.stored.into())
    }

    /// Returns how many bytes of a file it stands for.
    pub fn length(&self) -> u64 {
        self.zeros.saturating_add(self.size.into())
    }
}

/// The names of filters in the index.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Filter", rename_all = "kebab-case")]
enum FilterName {
    None,
    X86,
    Arm64,
}

fn is_none(filter: &Filter) -> bool {
    *filter == Filter::None
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}
