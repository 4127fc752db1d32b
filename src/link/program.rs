//! What a link starts from: the objects, merged. Nothing of it changes afterwards.
use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_object::format::NativeFormat;
use permafreeze_packaging::name::Name;

use crate::error::LinkError;
use crate::finder::Finder;
use crate::job::Job;
use crate::load::{FileId, Objects};
use crate::merge::{self, Conflicts, Prefixes};
use crate::platform::Platform;
use crate::plugins::EntryPoints;
use crate::tree::{DirId, Entry, Mount, Tree};

/// Names by which code loads source files as modules.
pub const SOURCE_LOADERS: [&str; 3] = ["SourceFileLoader", "run_path", "spec_from_file_location"];

/// The merged objects of a job.
pub struct Program<'j> {
    /// What is to be linked.
    pub job: &'j Job,
    /// The rules of the target's file format.
    pub platform: Platform,
    /// The objects.
    pub objects: Objects,
    /// All files, at their places.
    pub tree: Tree,
    /// The target's import system.
    pub finder: Finder,
    /// Data files with two owners and different bytes.
    pub conflicts: Conflicts,
    /// What the packages offer as plugins.
    pub entry_points: EntryPoints,
}

impl<'j> Program<'j> {
    /// Merges the objects of a job.
    ///
    /// # Errors
    /// [`LinkError::Collision`] and [`LinkError::Precedence`] if the owner of a file is in doubt.
    pub fn merge(job: &'j Job, objects: Objects, prefixes: &Prefixes<'_>) -> Result<Program<'j>, LinkError> {
        let platform = Platform::of(job.target);
        let (tree, conflicts) = merge::merge(&objects, &job.executable, prefixes)?;
        let finder = merge::finder(&objects, &tree)?;
        let entry_points = EntryPoints::read(&objects)?;
        Ok(Program { job, platform, objects, tree, finder, conflicts, entry_points })
    }

    /// Returns the objects of the source trees.
    pub fn sources(&self) -> impl Iterator<Item = u32> {
        (0..self.objects.packages).filter(|object| self.objects.object(*object).is_source())
    }

    /// Tells whether a file is the application's.
    pub fn is_source(&self, file: FileId) -> bool {
        self.objects.object(file.object).is_source()
    }

    /// Tells whether a package is the application's.
    pub fn is_of_application(&self, package: &str) -> bool {
        let folder = package.replace('.', "/");
        let has = |object| self.objects.has_folder(object, &folder);
        !package.is_empty() && self.sources().any(has)
    }

    /// Returns the modules and packages directly in a package, each with whether it is a package.
    pub fn modules_in(&self, package: &str) -> Vec<(String, bool)> {
        let path = self.finder.find(&self.tree, package).and_then(|found| found.path).unwrap_or_default();
        self.finder.iter_modules(&self.tree, &path)
    }

    /// Returns what is at a path of the application: among its plain scripts, else in site-packages.
    pub fn application_entry(&self, path: &str) -> Option<Entry> {
        let path = Utf8Path::new(path);
        let below = |mount| self.tree.below(self.tree.root(mount), path);
        below(Mount::Application).or_else(|| below(Mount::Site))
    }

    /// Returns a file of the application that an option names.
    ///
    /// # Errors
    /// [`LinkError::NoFile`] if there is none.
    pub fn application_file(&self, option: &'static str, path: &str) -> Result<FileId, LinkError> {
        match self.application_entry(path) {
            Some(Entry::File(file)) => Ok(file),
            _ => Err(LinkError::NoFile { option, path: path.to_owned() }),
        }
    }

    /// Returns the absolute path of a file in the tree.
    pub fn file_path(&self, file: FileId) -> Option<Utf8PathBuf> {
        let name = self.objects.path(file).rsplit('/').next()?;
        Some(self.tree.dir_path(self.tree.place(file)?).join(name))
    }

    /// Returns the folders of the tree among absolute paths.
    pub fn dirs<P: AsRef<Utf8Path>>(&self, paths: &[P]) -> Vec<DirId> {
        let dirs = paths.iter().filter_map(|path| match self.tree.lookup(path.as_ref())? {
            Entry::Dir(dir) => Some(dir),
            Entry::File(_) => None,
        });
        dirs.collect()
    }

    /// Returns the package of a distribution's name.
    pub fn distribution(&self, name: &str) -> Option<u32> {
        let wanted = Name::new(name);
        (0..self.objects.packages)
            .find(|object| self.objects.object(*object).distribution().is_some_and(|known| Name::new(known) == wanted))
    }

    /// Tells whether a file is a native library that the target can load.
    pub fn is_library(&self, file: FileId) -> bool {
        self.objects.file(file).native.as_ref().is_some_and(|native| self.platform.search.fits(native))
    }

    /// Tells whether a file is a library of the target's format for another machine.
    pub fn is_foreign(&self, file: FileId) -> bool {
        self.objects.file(file).native.as_ref().is_some_and(|native| self.platform.search.is_foreign(native))
    }

    /// Refuses an extension module or library that is for something else than the target.
    ///
    /// # Errors
    /// [`LinkError::Machine`] if it is.
    pub fn check_machine(&self, file: FileId) -> Result<(), LinkError> {
        let search = &self.platform.search;
        match &self.objects.file(file).native {
            Some(native) if !search.fits(native) => Err(LinkError::Machine {
                file: self.objects.path(file).to_owned(),
                owner: self.objects.object(file.object).owner().to_string(),
                found: format!("{} file for `{}`", format_name(native.format), native.machines.join("`, `")),
                target: self.job.target.to_string(),
                expected: format!("{} for `{}`", short_name(search.format()), search.machine()),
            }),
            _ => Ok(()),
        }
    }
}

fn format_name(format: NativeFormat) -> &'static str {
    match format {
        NativeFormat::Elf => "an ELF",
        NativeFormat::MachO => "a Mach-O",
        NativeFormat::Pe => "a PE",
    }
}

fn short_name(format: NativeFormat) -> &'static str {
    match format {
        NativeFormat::Elf => "ELF",
        NativeFormat::MachO => "Mach-O",
        NativeFormat::Pe => "PE",
    }
}
