//! Writes the executable and its report: copies what the layout says, hashing on the way.
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_executable::format::BASE_LIBRARY_NAME;
use permafreeze_executable::report::{self, Place, Report};
use permafreeze_object::reader::ReadError;
use sha2::{Digest, Sha256};

use crate::collection::{CollectedFile, Collection, Content, FileKind, Origin, PyzModule, Script};
use crate::layout::{self, Layout, Part};

/// Bytes that are copied, hashed and written at once.
const STEP: usize = 2 << 20;

/// Why an executable cannot be written. Nothing is at its place then.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The collection does not make an executable.
    #[error("the executable cannot be laid out")]
    Layout(#[from] layout::Error),
    /// An object cannot be read.
    #[error("cannot read an object")]
    Object(#[from] ReadError),
    /// The disk fails.
    #[error("cannot write `{path}`")]
    Io {
        /// The file.
        path: Utf8PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

/// Writes the executable (mode 0755) and the report, both beside first and then renamed into place.
pub fn write(collection: &Collection, out_bin: &Utf8Path, out_report: &Utf8Path) -> Result<Report, WriteError> {
    let layout = layout::lay_out(collection)?;
    let beside = Beside::new(out_bin);
    let executable = write_parts(&layout, &beside.path)?;
    let report = report(collection, &layout.base_library, executable);
    let json = report.to_json().map_err(|error| io_error(out_report)(error.into()))?;
    let report_beside = Beside::new(out_report);
    fs::write(&report_beside.path, json).map_err(io_error(&report_beside.path))?;
    report_beside.rename()?;
    beside.rename()?;
    Ok(report)
}

/// A file that is not at its place yet; removed unless renamed.
struct Beside<'a> {
    path: Utf8PathBuf,
    place: &'a Utf8Path,
}

impl<'a> Beside<'a> {
    fn new(place: &'a Utf8Path) -> Self {
        Self { path: Utf8PathBuf::from(format!("{place}.tmp")), place }
    }

    fn rename(self) -> Result<(), WriteError> {
        fs::rename(&self.path, self.place).map_err(io_error(self.place))
    }
}

impl Drop for Beside<'_> {
    fn drop(&mut self) {
        // After the rename there is nothing to remove; before it, the first error is the one to report.
        let _ = fs::remove_file(&self.path);
    }
}

fn write_parts(layout: &Layout<'_>, path: &Utf8Path) -> Result<report::Executable, WriteError> {
    // A leftover of a killed run may have another mode, which `mode` would not change.
    if let Err(source) = fs::remove_file(path)
        && source.kind() != io::ErrorKind::NotFound
    {
        return Err(io_error(path)(source));
    }
    let file = File::options().write(true).create_new(true).mode(0o755).open(path).map_err(io_error(path))?;
    file.set_len(layout.length).map_err(io_error(path))?;
    let mut out =
        Output { file, path, buffer: Vec::with_capacity(STEP), sha256: Sha256::new(), blake3: Default::default() };
    for part in &layout.parts {
        out.part(part)?;
    }
    out.finish(layout.length)
}

/// The file that is written, with the hashes of what was written so far.
struct Output<'a> {
    file: File,
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
        written.map_err(io_error(path))?;
        buffer.clear();
        Ok(())
    }

    fn finish(mut self, size: u64) -> Result<report::Executable, WriteError> {
        self.flush()?;
        let sha256 = hex(&self.sha256.finalize());
        Ok(report::Executable { size, sha256, blake3: self.blake3.finalize().to_hex().to_string() })
    }
}

fn report(collection: &Collection, base_library: &[u8], executable: report::Executable) -> Report {
    let places = [(Place::BaseLibrary, &collection.base_library), (Place::Pyz, &collection.modules)];
    let mut modules: Vec<_> = places
        .into_iter()
        .flat_map(|(place, modules)| modules.iter().map(move |module| module_row(module, place)))
        .collect();
    modules.sort_by(|a, b| (&a.name, a.place).cmp(&(&b.name, b.place)));
    let mut files: Vec<_> = collection.files.iter().map(file_row).collect();
    files.push(base_library_row(base_library));
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Report {
        version: report::VERSION,
        name: collection.name.clone(),
        target: collection.target.clone(),
        executable,
        modules,
        files,
        scripts: collection.bootstrap.iter().chain(&collection.scripts).map(script_row).collect(),
        warnings: collection.warnings.clone(),
    }
}

fn module_row(module: &PyzModule, place: Place) -> report::Module {
    report::Module {
        name: module.name.clone(),
        kind: module.kind,
        place,
        size: module.code.as_ref().map_or(0, Content::size),
        source: source(&module.origin, module.code.as_ref()),
    }
}

fn file_row(file: &CollectedFile) -> report::File {
    let (kind, target) = match &file.kind {
        FileKind::Binary => (report::FileKind::Binary, None),
        FileKind::Extension => (report::FileKind::Extension, None),
        FileKind::Data => (report::FileKind::Data, None),
        FileKind::ExecutableData => (report::FileKind::ExecutableData, None),
        FileKind::Symlink { target } => (report::FileKind::Symlink, Some(target.clone())),
    };
    let content = target.is_none().then_some(&file.content);
    report::File {
        name: file.dest.clone(),
        kind,
        size: content.map_or(0, Content::size),
        target,
        source: source(&file.origin, content),
    }
}

fn base_library_row(bytes: &[u8]) -> report::File {
    report::File {
        name: BASE_LIBRARY_NAME.to_owned(),
        kind: report::FileKind::Data,
        size: bytes.len() as u64,
        target: None,
        source: report::Source {
            owner: "permafreeze".to_owned(),
            path: BASE_LIBRARY_NAME.to_owned(),
            sha256: Some(hex(&Sha256::digest(bytes))),
        },
    }
}

fn script_row(script: &Script) -> report::Script {
    let size = script.code.len() as u64;
    report::Script { name: script.name.clone(), size, source: source_of(&script.origin, Some(&script.code)) }
}

fn source(origin: &Origin, content: Option<&Content>) -> report::Source {
    let made = match content {
        Some(Content::Bytes(bytes)) => Some(bytes.as_slice()),
        _ => None,
    };
    source_of(origin, made)
}

/// What the linker made has no file to name: then the hash is of the made bytes.
fn source_of(origin: &Origin, made: Option<&[u8]>) -> report::Source {
    let sha256 = origin.sha256.clone().or_else(|| made.map(|bytes| hex(&Sha256::digest(bytes))));
    report::Source { owner: origin.owner.clone(), path: origin.path.clone(), sha256 }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn io_error(path: &Utf8Path) -> impl FnOnce(io::Error) -> WriteError {
    let path = path.to_owned();
    move |source| WriteError::Io { path, source }
}
