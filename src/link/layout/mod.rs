//! Decides everything about the executable's bytes: which entries, in which order, how compressed, at which offset.
//! The writer after it makes no choice.
//!
//! A file is a list of [`Part`](crate::output::Part)s, one after another. An executable has one of three forms: [`onefile`],
//! [`bundle`] and [`onedir`].
use std::collections::BTreeMap;

use permafreeze_executable::base_library;
use permafreeze_executable::error::LayoutError;
use permafreeze_executable::format::ModuleKind;
use permafreeze_object::reader::ReadError;
use permafreeze_packaging::python::Python;
use permafreeze_packaging::target::Target;
use rayon::prelude::*;

use crate::collection::{Collection, Form, PyzModule};
use crate::output::{OutputFile, OutputKind};
use crate::platform::{Container, FrameError};

mod bundle;
mod check;
mod folder;
mod items;
mod onedir;
mod onefile;
mod pyz;

pub(crate) use folder::INTERNAL;

/// Permission bits of an executable.
const EXECUTABLE: u32 = 0o755;

/// Why a collection is not an executable.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Two files would be unpacked to one path, or two modules have one name.
    #[error("{what} `{name}` is there twice: from {first} and from {second}")]
    Twice {
        /// `the file` or `the module`.
        what: &'static str,
        /// The path or dotted name.
        name: String,
        /// Owner and path of one.
        first: String,
        /// Owner and path of the other.
        second: String,
    },
    /// A file's path is also the folder of another file.
    #[error("`{parent}` is a file, from {first}, and the folder of `{child}`, from {second}")]
    FileAndFolder {
        /// The path that is both.
        parent: String,
        /// A file in that folder.
        child: String,
        /// Owner and path of the file.
        first: String,
        /// Owner and path of the one in the folder.
        second: String,
    },
    /// The target's file systems do not tell two files apart.
    #[error(
        "`{dest}`, from {first}, and `{other}`, from {second}, are one file on `{target}`: only case tells them apart"
    )]
    Case {
        /// The path of one.
        dest: String,
        /// The path of the other.
        other: String,
        /// Owner and path of one.
        first: String,
        /// Owner and path of the other.
        second: String,
        /// The target.
        target: Target,
    },
    /// A path would lead out of the unpacked folder, or cannot be a path.
    #[error("{origin} cannot be unpacked to `{dest}`: {reason}")]
    Dest {
        /// The path.
        dest: String,
        /// Owner and path.
        origin: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A module has no code, or a namespace package has some.
    #[error("the module `{name}`, from {origin}, must {must}")]
    Code {
        /// Its dotted name.
        name: String,
        /// Owner and path.
        origin: String,
        /// What it must do.
        must: &'static str,
    },
    /// The bootloader would find no libpython.
    #[error("the libpython `{name}` is not among the files")]
    NoLibpython {
        /// Its file name.
        name: String,
    },
    /// An object cannot be read.
    #[error("cannot read an object")]
    Object(#[from] ReadError),
    /// The format cannot hold it.
    #[error("the executable cannot be laid out")]
    Format(#[from] LayoutError),
    /// Bootloader and archive do not become a file.
    #[error("the bootloader and the archive cannot be put together")]
    Frame(#[from] FrameError),
}

/// The files of the executable, and what of them the report needs.
#[derive(Debug)]
pub struct Layout<'a> {
    /// All files; the first one is what is delivered, and the only one but of a folder.
    pub files: Vec<OutputFile<'a>>,
    /// base_library.zip.
    pub base_library: Vec<u8>,
}

/// Lays out the executable in its form.
///
/// # Errors
/// If the collection does not make an executable, or an object cannot be read.
pub fn lay_out<'c>(collection: &'c Collection, container: &dyn Container) -> Result<Layout<'c>, Error> {
    check::check(collection)?;
    let base_library = base_library(collection.python, &collection.base_library)?;
    let path = format!("bin/{}{}", collection.name, collection.target.program_suffix()).into();
    let file = |parts| vec![OutputFile { path, kind: OutputKind::Regular(EXECUTABLE, parts) }];
    let files = match &collection.form {
        Form::Onefile => file(onefile::parts(collection, container, &base_library)?),
        Form::Bundle { launcher } => {
            file(bundle::parts(launcher, &folder::files(collection, container, &base_library)?)?)
        }
        Form::Onedir => onedir::files(folder::files(collection, container, &base_library)?)?,
    };
    Ok(Layout { files, base_library })
}

/// Returns base_library.zip of modules of a Python.
fn base_library(python: Python, modules: &[PyzModule]) -> Result<Vec<u8>, Error> {
    let members: BTreeMap<_, _> = modules
        .par_iter()
        .filter(|module| module.kind != ModuleKind::NamespacePackage)
        .filter_map(|module| module.code.as_ref().map(|code| (module, code)))
        .map(|(module, code)| {
            let path = base_library::path(&module.name, module.kind);
            Ok((path, base_library::pyc(python, &code.plain()?)))
        })
        .collect::<Result<_, Error>>()?;
    Ok(base_library::write(&members)?)
}
