//! Real folders for hooks: before a hook gets a path, the files there are written, so that `os.walk`, `glob` and
//! `open` work.
use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use crate::error::LinkError;
use crate::load::FileId;
use crate::program::Program;
use crate::tree::{Entry, Mount};

/// What has been written for hooks.
#[derive(Debug, Default)]
pub struct HookFiles {
    written: BTreeSet<Utf8PathBuf>,
}

impl HookFiles {
    /// Writes the top-level package (or `.dist-info` folder, or module) that a path is in, once.
    ///
    /// # Errors
    /// If it cannot be read or written.
    pub fn materialise(&mut self, program: &Program<'_>, path: &Utf8Path) -> Result<(), LinkError> {
        let Some((mount, rest)) = program.tree.mounted(path) else { return Ok(()) };
        let stdlib = Utf8Path::new(&program.objects.runtime.stdlib);
        let first = |path: &Utf8Path| path.iter().take(1).collect::<Utf8PathBuf>();
        let unit = match mount {
            // What runs hooks is there already.
            Mount::Hooks => return Ok(()),
            Mount::Application | Mount::Site => first(rest),
            Mount::Runtime => match rest.strip_prefix(stdlib) {
                Ok(module) => stdlib.join(first(module)),
                Err(_) => rest.to_owned(),
            },
        };
        self.write_below(program, mount, &unit)
    }

    /// Writes the folder that a hook's file is in: hooks of packages look at what lies beside them at most.
    ///
    /// # Errors
    /// If it cannot be read or written.
    pub fn materialise_hook(&mut self, program: &Program<'_>, hook: &Utf8Path) -> Result<(), LinkError> {
        match program.tree.mounted(hook) {
            None | Some((Mount::Hooks, _)) => Ok(()),
            Some((mount, path)) => self.write_below(program, mount, path.parent().unwrap_or(path)),
        }
    }

    fn write_below(&mut self, program: &Program<'_>, mount: Mount, unit: &Utf8Path) -> Result<(), LinkError> {
        let (tree, objects) = (&program.tree, &program.objects);
        let root = tree.root(mount);
        let place = tree.dir_path(root).join(unit);
        // The root of a mount is too much to write; a hook that looks around there sees what others have asked for.
        if unit.as_str().is_empty() || unit == objects.runtime.stdlib.as_str() {
            return std::fs::create_dir_all(&place).map_err(LinkError::io("create", place));
        }
        if !self.written.insert(place.clone()) {
            return Ok(());
        }
        let files: Vec<(Utf8PathBuf, FileId)> = match tree.below(root, unit) {
            None => return Ok(()),
            Some(Entry::File(file)) => vec![(place, file)],
            Some(Entry::Dir(dir)) => tree.walk(dir).into_iter().map(|(path, file)| (place.join(path), file)).collect(),
        };
        objects.write(&files)
    }
}
