//! Reads an object.
mod frames;

use std::fs;
use std::os::unix::fs::FileExt;

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_bundle::BundleError;
use serde::Deserialize;

use crate::deflate::inflate;
use crate::format::{BLOBS, Blob, Encoding, FORMAT, File, Frame, INDEX, Index};

/// Why an object cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The folder is not an object, or the disk fails.
    #[error("cannot read `{path}`")]
    Io {
        /// The file.
        path: Utf8PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// The index is damaged.
    #[error("bad index of an object, `{path}`")]
    Index {
        /// The file.
        path: Utf8PathBuf,
        /// Where and why.
        #[source]
        source: serde_json::Error,
    },
    /// Another release made the object.
    #[error("`{path}` has format `{found}`, this program reads format `{expected}`", expected = FORMAT)]
    Format {
        /// The file.
        path: Utf8PathBuf,
        /// The version it has.
        found: u32,
    },
    /// The index names bytes that are not there.
    #[error("`{path}`: the blob of `{file}` ends at byte `{end}`, but there are only `{length}` bytes")]
    Bounds {
        /// The file of blobs.
        path: Utf8PathBuf,
        /// The member.
        file: String,
        /// Where its blob would end.
        end: u128,
        /// How long the file of blobs is.
        length: u64,
    },
    /// A stored stream is not what the index says.
    #[error("`{path}`: the stream at byte `{offset}` does not hold `{size}` bytes")]
    Stream {
        /// The file of blobs.
        path: Utf8PathBuf,
        /// Where the stream begins.
        offset: u64,
        /// What the index says it holds.
        size: u64,
    },
    /// The index's frames are not what its blobs need.
    #[error("bad index of an object, `{path}`: {problem}")]
    Frames {
        /// The file of blobs.
        path: Utf8PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// A frame is damaged.
    #[error("`{path}`: the frame at byte `{offset}` cannot be decoded")]
    Frame {
        /// The file of blobs.
        path: Utf8PathBuf,
        /// Where it begins.
        offset: u64,
        /// What is wrong.
        #[source]
        source: BundleError,
    },
}

/// An open object. Reading does not move a position, so threads may share it.
#[derive(Debug)]
pub struct Reader {
    index: Index,
    path: Utf8PathBuf,
    blobs: fs::File,
    /// Tells the frames of open objects apart.
    number: u64,
}

#[derive(Deserialize)]
struct Version {
    format: u32,
}

impl Reader {
    /// Opens the object in a folder and checks that every blob of its index is there, and its frames.
    ///
    /// # Errors
    /// If it is no object of this format, or its index is damaged.
    pub fn open(folder: &Utf8Path) -> Result<Reader, ReadError> {
        let index = read_index(&folder.join(INDEX))?;
        let path = folder.join(BLOBS);
        let io = |source| ReadError::Io { path: path.clone(), source };
        let blobs = fs::File::open(&path).map_err(io)?;
        let length = blobs.metadata().map_err(io)?.len();
        for (name, file) in &index.files {
            for blob in file.blobs() {
                let end = u128::from(blob.offset) + u128::from(blob.length);
                if end > u128::from(length) {
                    return Err(ReadError::Bounds { path, file: name.clone(), end, length });
                }
            }
        }
        if let Err(problem) = frames::check(&index, length) {
            return Err(ReadError::Frames { path, problem });
        }
        Ok(Reader { index, path, blobs, number: frames::number() })
    }

    /// Returns the object with what one machine (in Nix's words) loads of universal files ([`Index::thin`]); `None`: as
    /// it is.
    #[must_use]
    pub fn thinned(mut self, machine: Option<&str>) -> Reader {
        if let Some(machine) = machine {
            self.index.thin(machine);
        }
        self
    }

    /// Returns the index.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// Returns the path of the file of blobs.
    pub fn blobs_path(&self) -> &Utf8Path {
        &self.path
    }

    /// Returns a blob's bytes as they are stored.
    pub fn stored(&self, blob: Blob) -> Result<Vec<u8>, ReadError> {
        // Bounded by the file's length: `open` has checked every blob of the index.
        let mut bytes = vec![0; blob.length as usize];
        self.blobs
            .read_exact_at(&mut bytes, blob.offset)
            .map_err(|source| ReadError::Io { path: self.path.clone(), source })?;
        Ok(bytes)
    }

    /// Fills `buffer` with a blob's stored bytes from the `from`th on.
    pub fn read_stored(&self, blob: Blob, from: u64, buffer: &mut [u8]) -> Result<(), ReadError> {
        self.blobs
            .read_exact_at(buffer, blob.offset + from)
            .map_err(|source| ReadError::Io { path: self.path.clone(), source })
    }

    /// Returns a blob's bytes as they are outside of the object; `size` is how many there must be. Where modules share a
    /// frame, each thread keeps the last one decoded: modules read in order decode each frame once.
    ///
    /// # Errors
    /// If the blob does not hold `size` bytes, or cannot be read.
    pub fn plain(&self, blob: Blob, size: u64) -> Result<Vec<u8>, ReadError> {
        let plain = match blob.encoding {
            Encoding::Stored => Some(self.stored(blob)?).filter(|bytes| bytes.len() as u64 == size),
            Encoding::Deflated => inflate(&self.stored(blob)?, size as usize),
            Encoding::Frames => self.unframed(blob, size)?,
            Encoding::Member { at, length } => {
                self.member(blob, at, length, |stream| inflate(stream, size as usize))?.flatten()
            }
        };
        plain.ok_or_else(|| ReadError::Stream { path: self.path.clone(), offset: blob.offset, size })
    }

    /// Returns the zlib stream (RFC 1950) of a blob that has one: of [`Encoding::Deflated`] what is stored, of
    /// [`Encoding::Member`] its part of the decoded frame.
    ///
    /// # Errors
    /// If the blob cannot be read.
    pub fn stream(&self, blob: Blob) -> Result<Option<Vec<u8>>, ReadError> {
        match blob.encoding {
            Encoding::Deflated => self.stored(blob).map(Some),
            Encoding::Member { at, length } => self.member(blob, at, length, <[u8]>::to_vec),
            Encoding::Stored | Encoding::Frames => Ok(None),
        }
    }

    /// Returns the frames of a blob; none if it is not [`Encoding::Frames`] or [`Encoding::Member`].
    pub fn frames(&self, blob: Blob) -> &[Frame] {
        frames::of(&self.index.frames, blob)
    }

    /// Returns a file's bytes.
    pub fn file(&self, file: &File) -> Result<Vec<u8>, ReadError> {
        self.plain(file.blob, file.size)
    }
}

fn read_index(path: &Utf8Path) -> Result<Index, ReadError> {
    let text = fs::read(path).map_err(|source| ReadError::Io { path: path.to_owned(), source })?;
    let bad = |source| ReadError::Index { path: path.to_owned(), source };
    // The version first: an index of another format need not have our fields.
    let version: Version = serde_json::from_slice(&text).map_err(bad)?;
    if version.format != FORMAT {
        return Err(ReadError::Format { path: path.to_owned(), found: version.format });
    }
    serde_json::from_slice(&text).map_err(bad)
}
