//! The project's folder, as the makers of plans see it.
use std::fs;
use std::io;

use permafreeze_resolve::tree::{Kind as FileKind, Tree};

use crate::options::GlobalOptions;
use crate::upwards;

/// Reads the project's files from the disk.
pub(super) struct Disk<'a> {
    pub(super) options: &'a GlobalOptions,
}

impl Tree for Disk<'_> {
    fn read(&self, path: &str) -> io::Result<Option<String>> {
        match fs::read_to_string(self.options.project_file(path)) {
            Ok(text) => Ok(Some(text)),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn kind(&self, path: &str) -> Option<FileKind> {
        let metadata = fs::metadata(self.options.project_file(path)).ok()?;
        Some(if metadata.is_dir() { FileKind::Folder } else { FileKind::File })
    }

    fn folders(&self, path: &str) -> Vec<String> {
        // A folder that cannot be read has no packages: what is missing is an error where it is named.
        let entries = self.options.project_file(path).read_dir_utf8().into_iter().flatten().flatten();
        let folders = entries.filter(|entry| entry.path().is_dir());
        let mut names: Vec<String> = folders.map(|entry| entry.file_name().to_owned()).collect();
        names.sort();
        names
    }

    fn above(&self, name: &str) -> Option<String> {
        let folder = self.options.project.canonicalize_utf8().ok()?;
        let found = upwards::find_above(&folder, name)?;
        let levels = folder.components().count().checked_sub(found.parent()?.components().count())?;
        Some(format!("{}{name}", "../".repeat(levels)))
    }

    fn shown(&self, path: &str) -> String {
        self.options.project_file(path).into_string()
    }
}
