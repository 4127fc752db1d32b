//! Writes the executable: copies what the layout says, hashing on the way. Nothing is at its place before all is written.
use std::fs::File;
use std::io::Write;

use camino::Utf8Path;
use permafreeze_base::text::hex;
use permafreeze_base::{Beside, FileError};
use permafreeze_executable::report::{self, Report};
use permafreeze_object::reader::ReadError;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::collection::Collection;
use crate::layout;
use crate::output::{OutputFile, Part};
use crate::platform::Container;

/// Bytes that are copied, hashed and written at once.
const STEP: usize = 2 << 20;
/// The report's file name.
pub const REPORT: &str = "report.json";

/// Why an executable cannot be written. Nothing is at its place then.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The collection is not an executable.
    #[error("the executable cannot be laid out")]
    Layout(#[from] layout::Error),
    /// An object cannot be read.
    #[error("cannot read an object")]
    Object(#[from] ReadError),
    /// The disk fails.
    #[error(transparent)]
    File(#[from] FileError),
    /// A document cannot be made.
    #[error("cannot make `{name}`")]
    Document {
        /// Its file name.
        name: &'static str,
        /// What the serialiser says.
        #[source]
        source: serde_json::Error,
    },
}

/// An executable that is written beside its place, and the documents about it. Dropped before [`Written::commit`], it
/// leaves nothing.
pub struct Written {
    /// What is in the executable.
    pub report: Report,
    /// The report as it is written.
    pub report_json: String,
    files: Vec<(Beside, u32)>,
    documents: Vec<Beside>,
}

impl Written {
    /// Writes the files of an executable, which go to `bin`, and its report, which goes to `share`.
    ///
    /// # Errors
    /// If it cannot be laid out or written.
    pub fn new(
        collection: &Collection,
        container: &dyn Container,
        bin: &Utf8Path,
        share: &Utf8Path,
    ) -> Result<Written, WriteError> {
        let layout = layout::lay_out(collection, container)?;
        let mut files = Vec::new();
        let mut digests = Vec::new();
        for file in &layout.files {
            let mut beside = Beside::create(&bin.join(&file.path))?;
            digests.push(write_parts(file, &mut beside)?);
            files.push((beside, file.mode));
        }
        let report = crate::report::report(collection, &layout.base_library, digests.swap_remove(0));
        let report_json = report.to_json().map_err(|source| WriteError::Document { name: REPORT, source })?;
        let mut written = Written { report, report_json, files, documents: Vec::new() };
        let text = written.report_json.clone();
        written.add(&share.join(REPORT), &text)?;
        Ok(written)
    }

    /// Adds a document that goes to `place`.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn add(&mut self, place: &Utf8Path, text: &str) -> Result<(), FileError> {
        let mut beside = Beside::create(place)?;
        beside.write_all(text.as_bytes()).map_err(FileError::of("write", place))?;
        self.documents.push(beside);
        Ok(())
    }

    /// Adds a document of one line of JSON to a folder.
    ///
    /// # Errors
    /// If it cannot be made or written.
    pub fn add_json(&mut self, share: &Utf8Path, name: &'static str, value: &impl Serialize) -> Result<(), WriteError> {
        let mut text = serde_json::to_string(value).map_err(|source| WriteError::Document { name, source })?;
        text.push('\n');
        Ok(self.add(&share.join(name), &text)?)
    }

    /// Puts everything to its place, the executable last; returns the report.
    ///
    /// # Errors
    /// If a file cannot be renamed.
    pub fn commit(self) -> Result<Report, FileError> {
        for document in self.documents {
            document.commit(None)?;
        }
        for (file, mode) in self.files.into_iter().rev() {
            file.commit(Some(mode))?;
        }
        Ok(self.report)
    }
}

fn write_parts(file: &OutputFile<'_>, beside: &mut Beside) -> Result<report::Executable, WriteError> {
    let path = beside.path().to_owned();
    let length = file.length();
    let out = beside.file().map_err(FileError::of("write", &path))?;
    out.set_len(length).map_err(FileError::of("write", &path))?;
    let buffer = Vec::with_capacity(STEP);
    let mut out = Output { file: out, path: &path, buffer, sha256: Sha256::new(), blake3: Default::default() };
    for part in &file.parts {
        out.part(part)?;
    }
    out.finish(length)
}

/// The file that is written, with the hashes of what was written so far.
struct Output<'a> {
    file: &'a mut File,
    path: &'a Utf8Path,
    buffer: Vec<u8>,
    sha256: Sha256,
    blake3: blake3::Hasher,
}

impl Output<'_> {
    fn part(&mut self, part: &Part<'_>) -> Result<(), WriteError> {
        let mut done = 0;
        while done < part.length() {
            let length = (part.length() - done).min((STEP - self.buffer.len()) as u64) as usize;
            match part {
                Part::Bytes(bytes) => self.buffer.extend(&bytes[done as usize..done as usize + length]),
                Part::Blob(reader, blob) => {
                    let filled = self.buffer.len();
                    self.buffer.resize(filled + length, 0);
                    reader.read_stored(*blob, done, &mut self.buffer[filled..])?;
                }
            }
            done += length as u64;
            if self.buffer.len() == STEP {
                self.flush()?;
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), WriteError> {
        let Self { file, path, buffer, sha256, blake3 } = self;
        let hash_and_write = || {
            let (written, _) = rayon::join(|| file.write_all(buffer), || blake3.update(buffer));
            written
        };
        let (_, written) = rayon::join(|| sha256.update(&*buffer), hash_and_write);
        written.map_err(FileError::of("write", path))?;
        buffer.clear();
        Ok(())
    }

    fn finish(mut self, size: u64) -> Result<report::Executable, WriteError> {
        self.flush()?;
        let sha256 = hex(&self.sha256.finalize());
        Ok(report::Executable { size, sha256, blake3: self.blake3.finalize().to_hex().to_string() })
    }
}
