//! The state of one link.
use std::collections::BTreeSet;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use crate::error::LinkError;
use crate::finder::Finder;
use crate::graph::{Graph, lazy};
use crate::hooks::{Hooks, environment};
use crate::job::Job;
use crate::load::{FileId, Objects};
use crate::merge::{self, Conflicts, Prefixes};
use crate::tree::{Entry, Mount, Tree};

/// Everything that the steps of a link share.
pub struct Linker<'j> {
    /// What is to be done.
    pub job: &'j Job,
    /// The objects.
    pub objects: Arc<Objects>,
    /// All files, at their places.
    pub tree: Tree,
    /// The target's import system.
    pub finder: Finder,
    /// What imports what.
    pub graph: Graph,
    /// PyInstaller's hooks.
    pub hooks: Hooks,
    /// Folders and files that have been written for hooks.
    pub materialised: BTreeSet<Utf8PathBuf>,
    /// Data files with two owners and different bytes.
    pub conflicts: Conflicts,
    warnings: BTreeSet<String>,
}

impl<'j> Linker<'j> {
    /// Merges the objects and starts with an empty graph. Hooks cannot run yet.
    pub fn new(job: &'j Job, objects: Objects, scratch: &Utf8Path) -> Result<Linker<'j>, LinkError> {
        let hooks_env = environment::hooks_env(job, &objects, scratch)?;
        let prefixes = Prefixes { scratch, hooks_env: &hooks_env };
        let (tree, conflicts) = merge::merge(&objects, &job.executable, &prefixes)?;
        let finder = merge::finder(&objects, &tree);
        let mut graph = Graph::default();
        let etree = finder.find(&tree, "xml.etree").and_then(|found| found.path).unwrap_or_default();
        let etree: Vec<String> = finder
            .iter_modules(&tree, &etree)
            .into_iter()
            .filter(|(_, package)| !package)
            .map(|(name, _)| name)
            .collect();
        graph.lazy = lazy::table(job.target.is_windows(), &etree, &job.executable.exclude_modules);
        Ok(Linker {
            job,
            objects: Arc::new(objects),
            tree,
            finder,
            graph,
            hooks: Hooks::default(),
            materialised: BTreeSet::new(),
            conflicts,
            warnings: BTreeSet::new(),
        })
    }

    /// Notes something that the user should know.
    pub fn warn(&mut self, text: impl Into<String>) {
        self.warnings.insert(text.into());
    }

    /// Takes the warnings, sorted.
    pub fn take_warnings(&mut self) -> Vec<String> {
        std::mem::take(&mut self.warnings).into_iter().collect()
    }

    /// Returns what is at a path of the application: among its plain scripts, else in site-packages.
    pub fn application_entry(&self, path: &str) -> Option<Entry> {
        let path = Utf8Path::new(path);
        let below = |mount| self.tree.below(self.tree.root(mount), path);
        below(Mount::Application).or_else(|| below(Mount::Site))
    }

    /// Returns a file of the application that an option names.
    pub fn application_file(&self, option: &'static str, path: &str) -> Result<FileId, LinkError> {
        match self.application_entry(path) {
            Some(Entry::File(file)) => Ok(file),
            _ => Err(LinkError::NoFile { option, path: path.to_owned() }),
        }
    }

    /// Returns the machine of the target, in Nix's words.
    pub fn machine(&self) -> &'static str {
        self.job.target.architecture().machine()
    }
}
