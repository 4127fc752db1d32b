//! The objects that an executable was linked from, by owner.
use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_executable::owner::Owner;
use permafreeze_object::format::{File, Origin, RuntimeFacts};
use permafreeze_object::reader::Reader;
use permafreeze_packaging::python::Python;
use permafreeze_packaging::target::Target;
use permafreeze_plan::windows::Windows;
use rayon::prelude::*;

use crate::error::{Error, Result};

/// Objects by owner.
#[derive(Debug, Default)]
pub struct Sources {
    objects: BTreeMap<Owner, Reader>,
    windows: Option<Windows>,
    launcher: Option<Vec<u8>>,
}

/// A file of an object.
#[derive(Debug, Clone, Copy)]
pub struct SourceFile<'s> {
    /// The object.
    pub reader: &'s Reader,
    /// Its path in the object.
    pub path: &'s str,
    /// What the index says of it.
    pub file: &'s File,
}

impl Sources {
    /// Opens objects, with what the target loads of universal files. The link derivation's job names their folders
    /// (`permafreeze_plan::jobs::LinkJob::objects`).
    ///
    /// # Errors
    /// [`Error::Object`] if a folder is no object that can be read.
    pub fn open(folders: &[Utf8PathBuf], target: Target) -> Result<Sources> {
        let open = |folder: &Utf8PathBuf| {
            let reader = Reader::open(folder)
                .map_err(|source| Error::Object { path: folder.clone(), source: Box::new(source) })?;
            Ok((Owner::from(&reader.index().origin), reader.thinned(target.slice())))
        };
        let objects = folders.par_iter().map(open).collect::<Result<_>>()?;
        Ok(Sources { objects, windows: None, launcher: None })
    }

    /// Adds the object of permafreeze's own loader modules (`permafreeze_plan::jobs::LinkJob::loader`).
    ///
    /// # Errors
    /// [`Error::Object`] if the folder is no object that can be read.
    pub fn with_loader(mut self, folder: &Utf8Path) -> Result<Sources> {
        let reader = Reader::open(folder)
            .map_err(|source| Error::Object { path: folder.to_owned(), source: Box::new(source) })?;
        self.objects.insert(Owner::Loader, reader);
        Ok(self)
    }

    /// Adds what the executable shows of itself on Windows, as the plan has it.
    #[must_use]
    pub fn showing(self, windows: Option<Windows>) -> Sources {
        Sources { windows, ..self }
    }

    /// Adds the launcher of bundles, a file of the toolchain (`permafreeze_plan::jobs::LinkJob::launcher`).
    ///
    /// # Errors
    /// [`Error::Launcher`] if it cannot be read.
    pub fn launching(self, path: Option<&Utf8Path>) -> Result<Sources> {
        let read =
            |path: &Utf8Path| std::fs::read(path).map_err(|source| Error::Launcher { path: path.to_owned(), source });
        Ok(Sources { launcher: path.map(read).transpose()?, ..self })
    }

    /// Returns the toolchain's launcher, if bundles have one.
    pub fn launcher(&self) -> Option<&[u8]> {
        self.launcher.as_deref()
    }

    /// Returns all objects.
    pub fn objects(&self) -> impl Iterator<Item = &Reader> {
        self.objects.values()
    }

    /// Returns what the executable shows of itself on Windows, if the plan says it.
    pub fn windows(&self) -> Option<&Windows> {
        self.windows.as_ref()
    }

    /// Returns a file of the application by its path below site-packages.
    pub fn of_application(&self, path: &str) -> Option<SourceFile<'_>> {
        let objects = self.objects.iter().filter(|(owner, _)| **owner != Owner::Loader).map(|(_, reader)| reader);
        let is_source = |reader: &&Reader| matches!(reader.index().origin, Origin::Source { .. });
        let (sources, others): (Vec<_>, Vec<_>) = objects.partition(is_source);
        sources.into_iter().chain(others).find_map(|reader| {
            let (path, file) = reader.index().files.get_key_value(path)?;
            Some(SourceFile { reader, path, file })
        })
    }

    /// Returns an owner's object.
    pub fn object(&self, owner: &Owner) -> Option<&Reader> {
        self.objects.get(owner)
    }

    /// Returns a file of an owner.
    pub fn file(&self, owner: &Owner, path: &str) -> Option<SourceFile<'_>> {
        let reader = self.object(owner)?;
        let (path, file) = reader.index().files.get_key_value(path)?;
        Some(SourceFile { reader, path, file })
    }

    /// Returns what the runtime says of itself.
    pub fn runtime(&self) -> Option<&RuntimeFacts> {
        self.objects.values().find_map(|reader| match &reader.index().origin {
            Origin::Runtime(facts) => Some(facts),
            _ => None,
        })
    }

    /// Returns the Python of the runtime.
    ///
    /// # Errors
    /// In words, if no object is a runtime, or nothing is linked for its Python.
    pub fn python(&self) -> std::result::Result<Python, String> {
        let facts = self.runtime().ok_or("no object is a Python runtime, which would say which Python it is")?;
        Python::of_release(&facts.version).map_err(|error| error.to_string())
    }

    /// Returns the files of all objects with a path that begins with `prefix`, by owner and path.
    pub fn below<'s>(&'s self, prefix: &str) -> impl Iterator<Item = (&'s Owner, SourceFile<'s>)> {
        let (from, prefix) = (prefix.to_owned(), prefix.to_owned());
        self.objects.iter().flat_map(move |(owner, reader)| {
            let prefix = prefix.clone();
            let files = reader.index().files.range(from.clone()..);
            let below = files.take_while(move |(path, _)| path.starts_with(&prefix));
            below.map(move |(path, file)| (owner, SourceFile { reader, path, file }))
        })
    }
}

#[cfg(test)]
mod tests {
    use permafreeze_object::writer::Writer;

    use super::*;

    #[test]
    fn a_folder_that_is_no_object() {
        let expected = "`/nonexistent/object` is not an object of a wheel, source tree or runtime";
        let error = Sources::open(&["/nonexistent/object".into()], Target::LinuxAmd64).expect_err("no object");
        assert_eq!(error.to_string(), expected);
        let error = Sources::default().with_loader("/nonexistent/object".into()).expect_err("no object");
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn the_loader_has_an_owner_of_its_own_and_is_no_part_of_the_application() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = Utf8Path::from_path(folder.path()).expect("UTF-8");
        let object = |name: &str, path: &str| {
            let mut writer = Writer::create(&place.join(name)).expect("created");
            let blob = writer.blob(path, b"", false).expect("written");
            let file = File {
                size: 0,
                sha256: name.to_owned(),
                executable: false,
                symlink: None,
                hollowed: None,
                blob,
                module: None,
                native: None,
                slices: Vec::new(),
            };
            writer.file(path.to_owned(), file);
            writer.finish(Origin::Source { name: None, version: None, dist_info: None }).expect("written");
            place.join(name)
        };
        let sources = Sources::open(&[object("scripts", "main.py")], Target::LinuxAmd64).expect("objects");
        let sources = sources.with_loader(&object("loader", "boot.py")).expect("an object");
        let hash = |owner: &Owner, path: &str| sources.file(owner, path).map(|source| source.file.sha256.as_str());
        assert_eq!(hash(&Owner::Loader, "boot.py"), Some("loader"));
        assert_eq!(hash(&Owner::Source("scripts".into()), "main.py"), Some("scripts"));
        assert_eq!(hash(&Owner::Source("scripts".into()), "boot.py"), None);
        assert!(sources.of_application("main.py").is_some());
        assert!(sources.of_application("boot.py").is_none());
    }
}
