//! Writes the executable: copies what the layout says, hashing on the way. Nothing is at its place before all is written.
use std::fs::File;
use std::io::Write;

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_base::text::hex;
use permafreeze_base::{Beside, FileError};
use permafreeze_executable::report::{self, Report};
use permafreeze_object::reader::ReadError;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::collection::Collection;
use crate::layout;
use crate::output::{OutputFile, OutputKind, Part, length, stream};
use crate::platform::Container;

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
    links: Vec<(Utf8PathBuf, String)>,
    documents: Vec<Beside>,
}

impl Written {
    /// Writes the files of an executable, which go below `out`, and its report, which goes to `share`.
    ///
    /// # Errors
    /// If it cannot be laid out or written.
    pub fn new(
        collection: &Collection,
        container: &dyn Container,
        out: &Utf8Path,
        share: &Utf8Path,
    ) -> Result<Written, WriteError> {
        let layout = layout::lay_out(collection, container)?;
        let (mut files, mut links, mut digests) = (Vec::new(), Vec::new(), Vec::new());
        for OutputFile { path, kind } in &layout.files {
            let path = out.join(path);
            create_parent(&path)?;
            match kind {
                OutputKind::Link(target) => links.push((path, target.clone())),
                OutputKind::Regular(mode, parts) => {
                    let mut beside = Beside::create(&path)?;
                    digests.push(write_parts(parts, &mut beside)?);
                    files.push((beside, *mode));
                }
            }
        }
        let report = crate::report::report(collection, &layout.base_library, digests.swap_remove(0));
        let report_json = report.to_json().map_err(|source| WriteError::Document { name: REPORT, source })?;
        let mut written = Written { report, report_json, files, links, documents: Vec::new() };
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

    /// Puts everything to its place, what is delivered last but for links; returns the report.
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
        for (path, target) in self.links {
            symlink(&target, &path).map_err(FileError::of("write", &path))?;
        }
        Ok(self.report)
    }
}

fn create_parent(path: &Utf8Path) -> Result<(), FileError> {
    let folder = path.parent().unwrap_or(path);
    std::fs::create_dir_all(folder).map_err(FileError::of("create", folder))
}

#[cfg(unix)]
fn symlink(target: &str, path: &Utf8Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(target, path)
}

#[cfg(not(unix))]
fn symlink(_target: &str, _path: &Utf8Path) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}

fn write_parts(parts: &[Part<'_>], beside: &mut Beside) -> Result<report::Executable, WriteError> {
    let path = beside.path().to_owned();
    let size = length(parts);
    let out = beside.file().map_err(FileError::of("write", &path))?;
    out.set_len(size).map_err(FileError::of("write", &path))?;
    let mut out = Output { file: out, path: &path, sha256: Sha256::new(), blake3: Default::default() };
    stream(parts, |bytes| out.write(bytes))?;
    let sha256 = hex(&out.sha256.finalize());
    Ok(report::Executable { size, sha256, blake3: out.blake3.finalize().to_hex().to_string() })
}

/// The file that is written, with the hashes of what was written so far.
struct Output<'a> {
    file: &'a mut File,
    path: &'a Utf8Path,
    sha256: Sha256,
    blake3: blake3::Hasher,
}

impl Output<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), WriteError> {
        let Self { file, path, sha256, blake3 } = self;
        let hash_and_write = || {
            let (written, _) = rayon::join(|| file.write_all(bytes), || blake3.update(bytes));
            written
        };
        let (_, written) = rayon::join(|| sha256.update(bytes), hash_and_write);
        Ok(written.map_err(FileError::of("write", path))?)
    }
}
