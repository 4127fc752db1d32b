//! The objects of a job, read and ready: index in memory, blobs open.
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_executable::owner::Owner;
use permafreeze_executable::pyinstaller::PyInstaller;
use permafreeze_object::format::{Blob, File, Module, Origin, RuntimeFacts};
use permafreeze_object::reader::Reader;
use permafreeze_packaging::python::Python;
use permafreeze_packaging::target::Target;
use rayon::prelude::*;

use crate::collection::{self, Content};
use crate::error::LinkError;
use crate::job::Job;

/// The folder whose extension modules the bootloader puts on `sys.path` (PyInstaller/depend/utils.py). Windows has none.
const DYNLOAD: &str = "/lib-dynload";

/// The loader's place among the objects that follow the packages.
const LOADER: usize = 3;

/// One object.
pub struct LoadedObject {
    owner: Owner,
    reader: Arc<Reader>,
    paths: Vec<String>,
}

/// Where a file is: which object, which of its files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId {
    /// Index into [`Objects::all`].
    pub object: u32,
    /// Place of its path among the object's sorted paths.
    pub file: u32,
}

impl LoadedObject {
    /// Reads the object in a folder, with what a target loads of universal files.
    pub fn open(dir: &Utf8Path, target: Target) -> Result<LoadedObject, LinkError> {
        let reader =
            Reader::open(dir).map_err(|error| LinkError::Object { path: dir.to_owned(), source: error.into() })?;
        let reader = reader.thinned(target.slice());
        Ok(LoadedObject {
            owner: (&reader.index().origin).into(),
            paths: reader.index().files.keys().cloned().collect(),
            reader: Arc::new(reader),
        })
    }

    /// Returns what the object was compiled from.
    pub fn origin(&self) -> &Origin {
        &self.reader.index().origin
    }

    /// Returns the owner of the object's files.
    pub fn owner(&self) -> Owner {
        self.owner.clone()
    }

    /// Returns the distribution's name as it spells it.
    pub fn distribution(&self) -> Option<&str> {
        match self.origin() {
            Origin::Wheel { name, .. } => Some(name),
            Origin::Source { name, .. } => name.as_deref(),
            Origin::Runtime(_) => None,
        }
    }

    /// Returns the name of the `.dist-info` folder.
    pub fn dist_info(&self) -> Option<&str> {
        match self.origin() {
            Origin::Wheel { dist_info, .. } => Some(dist_info),
            Origin::Source { dist_info, .. } => dist_info.as_deref(),
            Origin::Runtime(_) => None,
        }
    }

    /// Tells whether the object is a wheel whose file name says a platform (PEP 427).
    pub fn has_platform(&self) -> bool {
        match self.origin() {
            Origin::Wheel { file, .. } => !file.trim_end_matches(".whl").ends_with("-any"),
            Origin::Source { .. } | Origin::Runtime(_) => false,
        }
    }

    /// Tells whether the object is a source tree's.
    pub fn is_source(&self) -> bool {
        matches!(self.origin(), Origin::Source { .. })
    }

    /// Tells whether the object is the plain scripts of a project without a distribution of its own.
    pub fn is_plain_scripts(&self) -> bool {
        matches!(self.origin(), Origin::Source { name: None, .. })
    }
}

/// Returns the version of PyInstaller that an object was compiled from.
fn pyinstaller(path: &Utf8Path, object: &LoadedObject) -> Result<PyInstaller, LinkError> {
    let Origin::Wheel { version, .. } = object.origin() else {
        return Err(LinkError::WrongObject { path: path.to_owned(), expected: "wheel of PyInstaller" });
    };
    PyInstaller::known(version).ok_or_else(|| LinkError::PyInstaller { version: version.clone() })
}

/// All objects of a job. Packages come first, in order of precedence.
pub struct Objects {
    /// Packages, runtime, PyInstaller, hooks-contrib, loader.
    pub all: Vec<LoadedObject>,
    /// How many of them are packages.
    pub packages: u32,
    /// What the runtime says of itself.
    pub runtime: RuntimeFacts,
    /// The runtime's Python.
    pub python: Python,
    /// The version of PyInstaller.
    pub pyinstaller: PyInstaller,
}

impl Objects {
    /// Reads every object of the job, in parallel.
    pub fn load(job: &Job) -> Result<Objects, LinkError> {
        let mut dirs: Vec<&Utf8PathBuf> = job.packages.iter().collect();
        dirs.extend([&job.runtime, &job.pyinstaller, &job.hooks_contrib, &job.loader]);
        let mut all =
            dirs.par_iter().map(|dir| LoadedObject::open(dir, job.target)).collect::<Result<Vec<_>, LinkError>>()?;
        let Origin::Runtime(runtime) = all[job.packages.len()].origin().clone() else {
            return Err(LinkError::WrongObject { path: job.runtime.clone(), expected: "Python runtime" });
        };
        let refused = |source| LinkError::Python { path: job.runtime.clone(), source };
        let python = Python::of_release(&runtime.version).map_err(refused)?;
        let pyinstaller = pyinstaller(&job.pyinstaller, &all[job.packages.len() + 1])?;
        let objects = job.packages.len() as u32;
        all[objects as usize + LOADER].owner = Owner::Loader;
        Ok(Objects { all, packages: objects, runtime, python, pyinstaller })
    }

    /// The runtime's index into [`Objects::all`].
    pub fn runtime_index(&self) -> u32 {
        self.packages
    }

    /// The PyInstaller wheel's index into [`Objects::all`].
    pub fn pyinstaller_index(&self) -> u32 {
        self.packages + 1
    }

    /// The loader's index into [`Objects::all`].
    pub fn loader_index(&self) -> u32 {
        self.packages + LOADER as u32
    }

    /// Returns the folder in the executable where Python looks for the standard library's extension modules; `None` is the
    /// top folder.
    pub fn dynload(&self) -> Option<String> {
        let python = self.runtime.stdlib.rsplit('/').next().unwrap_or_default();
        self.runtime.dynload.ends_with(DYNLOAD).then(|| self.pyinstaller.dynload(python))
    }

    /// Returns an object.
    pub fn object(&self, index: u32) -> &LoadedObject {
        &self.all[index as usize]
    }

    /// Returns a file's path in its object.
    pub fn path(&self, id: FileId) -> &str {
        &self.object(id.object).paths[id.file as usize]
    }

    /// Returns a file.
    pub fn file(&self, id: FileId) -> &File {
        let object = self.object(id.object);
        &object.reader.index().files[&object.paths[id.file as usize]]
    }

    /// Returns the file at a path of an object.
    pub fn find(&self, object: u32, path: &str) -> Option<FileId> {
        let file = self.object(object).paths.binary_search_by(|known| known.as_str().cmp(path)).ok()?;
        Some(FileId { object, file: file as u32 })
    }

    /// Tells whether an object has a file below a folder.
    pub fn has_folder(&self, object: u32, folder: &str) -> bool {
        let start = format!("{folder}/");
        let paths = &self.object(object).paths;
        paths.get(paths.partition_point(|path| *path < start)).is_some_and(|path| path.starts_with(&start))
    }

    /// Returns every file of an object, sorted by path.
    pub fn files(&self, object: u32) -> impl Iterator<Item = (FileId, &String, &File)> {
        let files = self.object(object).reader.index().files.iter().enumerate();
        files.map(move |(at, (path, file))| (FileId { object, file: at as u32 }, path, file))
    }

    /// Returns a module's facts.
    pub fn module(&self, id: FileId) -> Option<&Module> {
        self.file(id).module.as_ref()
    }

    /// Returns a file's bytes as content for the writer.
    pub fn content(&self, id: FileId) -> Content {
        let file = self.file(id);
        self.blob(id.object, file.blob, file.size)
    }

    /// Returns a module's code as content for the writer; `None` if it does not compile.
    pub fn code_content(&self, id: FileId) -> Option<Content> {
        let module = self.module(id)?;
        Some(self.blob(id.object, module.code?, module.code_size))
    }

    /// Returns where a file comes from, for the report.
    pub fn origin(&self, id: FileId) -> collection::Origin {
        collection::Origin {
            owner: self.object(id.object).owner(),
            path: self.path(id).to_owned(),
            sha256: Some(self.file(id).sha256.clone()),
        }
    }

    /// Returns a file's bytes, inflated.
    pub fn read(&self, id: FileId) -> Result<Vec<u8>, LinkError> {
        let file = self.file(id);
        self.inflate(id.object, file.blob, file.size)
    }

    /// Returns a module's marshalled code, inflated; `None` if it does not compile.
    pub fn code(&self, id: FileId) -> Result<Option<Vec<u8>>, LinkError> {
        let Some(module) = self.module(id) else { return Ok(None) };
        module.code.map(|blob| self.inflate(id.object, blob, module.code_size)).transpose()
    }

    /// Writes files with their bytes, in parallel.
    pub(crate) fn write(&self, files: &[(Utf8PathBuf, FileId)]) -> Result<(), LinkError> {
        files.par_iter().try_for_each(|(path, file)| {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder).map_err(LinkError::io("create", folder))?;
            }
            std::fs::write(path, self.read(*file)?).map_err(LinkError::io("write", path))
        })
    }

    fn blob(&self, object: u32, blob: Blob, size: u64) -> Content {
        Content::Blob { object: Arc::clone(&self.object(object).reader), blob, size }
    }

    fn inflate(&self, object: u32, blob: Blob, size: u64) -> Result<Vec<u8>, LinkError> {
        let reader = &self.object(object).reader;
        let failed = |error| LinkError::Object { path: reader.blobs_path().to_owned(), source: Box::new(error) };
        reader.plain(blob, size).map_err(failed)
    }
}
