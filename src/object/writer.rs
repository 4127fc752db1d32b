//! Writes an object: blobs as they come, the index last, the folder renamed into place when all is there.
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::{BufWriter, Write};

use camino::{Utf8Path, Utf8PathBuf};

use crate::format::{BLOBS, Blob, Encoding, FORMAT, File, Frame, INDEX, Index, Origin};
use crate::frames::Encoded;

/// Why an object cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write `{path}`")]
pub struct WriteError {
    /// The file or folder.
    pub path: Utf8PathBuf,
    /// What the system says.
    #[source]
    pub source: std::io::Error,
}

/// An object that is being written. Dropped before [`Writer::finish`], it leaves nothing at its place.
#[derive(Debug)]
pub struct Writer {
    place: Utf8PathBuf,
    beside: Utf8PathBuf,
    blobs: BufWriter<fs::File>,
    offset: u64,
    stored: HashMap<String, Blob>,
    files: BTreeMap<String, File>,
    frames: Vec<Frame>,
    finished: bool,
}

impl Writer {
    /// Starts an object that will be at `place`, a folder that does not exist yet.
    pub fn create(place: &Utf8Path) -> Result<Writer, WriteError> {
        let beside = Utf8PathBuf::from(format!("{place}.tmp"));
        let error = |path: &Utf8Path, source| WriteError { path: path.to_owned(), source };
        if place.symlink_metadata().is_ok() {
            return Err(error(place, std::io::ErrorKind::AlreadyExists.into()));
        }
        if beside.exists() {
            fs::remove_dir_all(&beside).map_err(|source| error(&beside, source))?;
        }
        fs::create_dir(&beside).map_err(|source| error(&beside, source))?;
        let path = beside.join(BLOBS);
        let blobs = fs::File::create(&path).map_err(|source| error(&path, source))?;
        Ok(Writer {
            place: place.to_owned(),
            beside,
            blobs: BufWriter::with_capacity(1 << 18, blobs),
            offset: 0,
            stored: HashMap::new(),
            files: BTreeMap::new(),
            frames: Vec::new(),
            finished: false,
        })
    }

    /// Appends a blob of one stream, deflated or as it is; bytes of the same `key` (a hash of what is stored) are stored
    /// once.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn blob(&mut self, key: &str, bytes: &[u8], deflated: bool) -> Result<Blob, WriteError> {
        if let Some(blob) = self.stored.get(key) {
            return Ok(*blob);
        }
        let encoding = if deflated { Encoding::Deflated } else { Encoding::Stored };
        let blob = Blob { offset: self.offset, length: bytes.len() as u64, encoding };
        self.append(bytes)?;
        self.stored.insert(key.to_owned(), blob);
        Ok(blob)
    }

    /// Appends a blob of frames; as [`Writer::blob`], once for each `key`.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn frames(&mut self, key: &str, frames: &[Encoded]) -> Result<Blob, WriteError> {
        if let Some(blob) = self.stored.get(key) {
            return Ok(*blob);
        }
        let start = self.offset;
        for Encoded { bytes, size, filter, zeros } in frames {
            // No longer than `FRAME_LIMIT` and what a frame of bytes that do not shrink has besides them.
            let stored = bytes.len() as u32;
            self.frames.push(Frame { offset: self.offset, stored, size: *size, filter: *filter, zeros: *zeros });
            self.append(bytes)?;
        }
        let blob = Blob { offset: start, length: self.offset - start, encoding: Encoding::Frames };
        self.stored.insert(key.to_owned(), blob);
        Ok(blob)
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), WriteError> {
        self.blobs.write_all(bytes).map_err(|source| WriteError { path: self.beside.join(BLOBS), source })?;
        self.offset += bytes.len() as u64;
        Ok(())
    }

    /// Adds a file to the index. Its blobs were appended before.
    pub fn file(&mut self, path: String, file: File) {
        self.files.insert(path, file);
    }

    /// Writes the index and moves the object into place.
    pub fn finish(mut self, origin: Origin) -> Result<(), WriteError> {
        let index = Index {
            format: FORMAT,
            origin,
            files: std::mem::take(&mut self.files),
            frames: std::mem::take(&mut self.frames),
        };
        let path = self.beside.join(INDEX);
        let text =
            serde_json::to_vec(&index).map_err(|error| WriteError { path: path.clone(), source: error.into() })?;
        fs::write(&path, text).map_err(|source| WriteError { path, source })?;
        self.blobs.flush().map_err(|source| WriteError { path: self.beside.join(BLOBS), source })?;
        fs::rename(&self.beside, &self.place).map_err(|source| WriteError { path: self.place.clone(), source })?;
        self.finished = true;
        Ok(())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if !self.finished {
            // Best effort: the error that ended the writing is the one to report.
            let _ = fs::remove_dir_all(&self.beside);
        }
    }
}
