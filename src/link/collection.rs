//! What the executable is made of: the result of collecting, the input of laying out and writing.
//!
//! Everything that had to be found or decided about the application's content has been by then; only order,
//! offsets and compression are left.
use std::fmt;
use std::sync::Arc;

use permafreeze_executable::format::ModuleKind;
use permafreeze_executable::owner::Owner;
use permafreeze_executable::pe::resources::Resource;
use permafreeze_object::format::Blob;
use permafreeze_object::reader::{ReadError, Reader};
use permafreeze_packaging::python::Python;
use permafreeze_packaging::target::Target;

/// All that goes into one executable.
#[derive(Debug, Clone)]
pub struct Collection {
    /// The executable's name, as the plan gives it.
    pub name: String,
    /// What it runs on.
    pub target: Target,
    /// What the executable is.
    pub form: Form,
    /// The bootloader, which starts the archive.
    pub bootloader: Bootloader,
    /// Name of the libpython in the archive, as `libpython3.13.so.1.0`; one of [`Collection::files`].
    pub libpython: String,
    /// The Python that it brings.
    pub python: Python,
    /// Run-time options of the bootloader, as `pyi-contents-directory _internal`.
    pub options: Vec<String>,
    /// Modules that make the importer, in the order in which the bootloader runs them.
    pub bootstrap: Vec<Script>,
    /// Scripts in the order in which the bootloader runs them: bootstrap, run-time hooks, entry point.
    pub scripts: Vec<Script>,
    /// Modules of the PYZ, in any order.
    pub modules: Vec<PyzModule>,
    /// Modules of base_library.zip, in any order.
    pub base_library: Vec<PyzModule>,
    /// Files that are unpacked at run time, in any order.
    pub files: Vec<CollectedFile>,
    /// What the user should know, one sentence each; goes into the report.
    pub warnings: Vec<String>,
}

/// What the executable is, with what the form needs.
#[derive(Debug, Clone)]
pub enum Form {
    /// PyInstaller's one-file executable.
    Onefile,
    /// A bundle.
    Bundle {
        /// The launcher's bytes.
        launcher: Vec<u8>,
    },
    /// A folder, and an archive of it.
    Onedir,
}

/// The program that unpacks and starts the rest.
#[derive(Debug, Clone)]
pub struct Bootloader {
    /// Its bytes.
    pub content: Content,
    /// Where it comes from.
    pub origin: Origin,
    /// What is put into it for Windows to show, sorted by kind and number; nothing for other systems.
    pub resources: Vec<Resource>,
}

/// Code that the bootloader runs.
#[derive(Debug, Clone)]
pub struct Script {
    /// Name in the archive.
    pub name: String,
    /// Canonical marshalled code, without a pyc header.
    pub code: Vec<u8>,
    /// Where it comes from.
    pub origin: Origin,
}

/// A module that is imported from the executable.
#[derive(Debug, Clone)]
pub struct PyzModule {
    /// Dotted name.
    pub name: String,
    /// What it is to the importer.
    pub kind: ModuleKind,
    /// Canonical marshalled code; `None` for a namespace package, and only for that.
    pub code: Option<Content>,
    /// Where it comes from.
    pub origin: Origin,
}

/// A file that is unpacked at run time.
#[derive(Debug, Clone)]
pub struct CollectedFile {
    /// Path in the unpacked folder, `/` between parts.
    pub dest: String,
    /// What it is.
    pub kind: FileKind,
    /// Its bytes; ignored for a [`FileKind::Symlink`].
    pub content: Content,
    /// Where it comes from.
    pub origin: Origin,
    /// Why and how it differs from the owner's file; `None`: it is the owner's file.
    pub changed: Option<String>,
}

/// What a collected file is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileKind {
    /// A shared library.
    Binary,
    /// An extension module.
    Extension,
    /// Data.
    Data,
    /// Data with the executable bit, as a helper program.
    ExecutableData,
    /// A symbolic link.
    Symlink {
        /// Where it points, as the link's text.
        target: String,
    },
}

/// Where something comes from, for the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The owner.
    pub owner: Owner,
    /// Path within the owner.
    pub path: String,
    /// sha256 of the file there, lower-case hex; `None` for what the linker made itself.
    pub sha256: Option<String>,
}

/// Bytes: in an object or in memory.
#[derive(Clone)]
pub enum Content {
    /// A part of an object's blobs.
    Blob {
        /// The object.
        object: Arc<Reader>,
        /// Where the bytes lie in it.
        blob: Blob,
        /// Length in bytes once inflated.
        size: u64,
    },
    /// The bytes themselves.
    Bytes(Vec<u8>),
}

impl Content {
    /// Returns the length in bytes, inflated.
    pub fn size(&self) -> u64 {
        match self {
            Content::Blob { size, .. } => *size,
            Content::Bytes(bytes) => bytes.len() as u64,
        }
    }

    /// Returns the bytes, inflated.
    ///
    /// # Errors
    /// If the object cannot be read.
    pub fn plain(&self) -> Result<Vec<u8>, ReadError> {
        match self {
            Content::Bytes(bytes) => Ok(bytes.clone()),
            Content::Blob { object, blob, size } => object.plain(*blob, *size),
        }
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Content::Blob { blob, size, .. } => f.debug_struct("Blob").field("blob", blob).field("size", size).finish(),
            Content::Bytes(bytes) => write!(f, "Bytes({} bytes)", bytes.len()),
        }
    }
}
