//! Real folders for hooks: what a hook is told the path of lies there, with its bytes, so that `os.walk`, `glob` and
//! `open` work.
use camino::{Utf8Path, Utf8PathBuf};
use rayon::prelude::*;

use crate::error::LinkError;
use crate::linker::Linker;
use crate::load::{FileId, Objects};
use crate::tree::{Entry, Mount};

impl Linker<'_> {
    /// Writes the top-level package (or `.dist-info` folder, or module) that a path is in, once.
    pub fn materialise(&mut self, path: &Utf8Path) -> Result<(), LinkError> {
        let Some((mount, rest)) = self.tree.mounted(path) else { return Ok(()) };
        let unit = match mount {
            // What runs hooks is there already.
            Mount::Hooks => return Ok(()),
            Mount::Application | Mount::Site => rest.iter().take(1).collect::<Utf8PathBuf>(),
            Mount::Runtime => match rest.strip_prefix(&self.objects.runtime.stdlib) {
                Ok(module) => {
                    Utf8Path::new(&self.objects.runtime.stdlib).join(module.iter().take(1).collect::<Utf8PathBuf>())
                }
                Err(_) => rest.to_owned(),
            },
        };
        self.write_below(mount, &unit)
    }

    /// Writes the folder that a hook's file is in: hooks of packages look at what lies beside them at most.
    pub fn materialise_hook(&mut self, hook: &Utf8Path) -> Result<(), LinkError> {
        match self.tree.mounted(hook) {
            None | Some((Mount::Hooks, _)) => Ok(()),
            Some((mount, path)) => {
                let folder = path.parent().unwrap_or(path).to_owned();
                self.write_below(mount, &folder)
            }
        }
    }

    fn write_below(&mut self, mount: Mount, unit: &Utf8Path) -> Result<(), LinkError> {
        let root = self.tree.root(mount);
        let place = self.tree.dir_path(root).join(unit);
        // The root of a mount is too much to write; a hook that looks around there sees what others have asked for.
        if unit.as_str().is_empty()
            || unit == self.objects.runtime.stdlib.as_str()
            || !self.materialised.insert(place.clone())
        {
            return std::fs::create_dir_all(&place).map_err(LinkError::io("create", place));
        }
        let files: Vec<(Utf8PathBuf, FileId)> = match self.tree.below(root, unit) {
            None => return Ok(()),
            Some(Entry::File(file)) => vec![(place, file)],
            Some(Entry::Dir(dir)) => {
                self.tree.walk(dir).into_iter().map(|(path, file)| (place.join(path), file)).collect()
            }
        };
        write_files(&self.objects, &files)
    }
}

/// Writes files with their bytes, in parallel.
pub(crate) fn write_files(objects: &Objects, files: &[(Utf8PathBuf, FileId)]) -> Result<(), LinkError> {
    files.par_iter().try_for_each(|(path, file)| {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(LinkError::io("create", folder))?;
        }
        std::fs::write(path, objects.read(*file)?).map_err(LinkError::io("write", path))
    })
}
