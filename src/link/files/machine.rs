//! What native files are for: libraries of another machine than the target's are refused, not passed over.
use std::collections::BTreeSet;

use permafreeze_object::format::{Native, NativeFormat, Origin};

use super::{Toc, TocSource};
use crate::error::LinkError;
use crate::linker::Linker;
use crate::load::FileId;

impl Linker<'_> {
    /// Tells whether a file is a native library that the target can load.
    pub fn is_library(&self, file: FileId) -> bool {
        self.objects.file(file).native.as_ref().is_some_and(|native| self.fits(native))
    }

    /// Tells whether a file is a library of the target's format for another machine.
    pub fn is_foreign(&self, file: FileId) -> bool {
        let native = self.objects.file(file).native.as_ref();
        native.is_some_and(|native| native.format == NativeFormat::Elf && !self.fits(native))
    }

    fn fits(&self, native: &Native) -> bool {
        native.format == NativeFormat::Elf && native.machines.iter().any(|machine| machine == self.machine())
    }

    /// Refuses an extension module or library that is for something else than the target.
    pub fn check_machine(&self, file: FileId) -> Result<(), LinkError> {
        match &self.objects.file(file).native {
            Some(native) if !self.fits(native) => Err(LinkError::Machine {
                file: self.objects.path(file).to_owned(),
                owner: self.objects.object(file.object).owner(),
                found: format!("{} file for `{}`", format_name(native.format), native.machines.join("`, `")),
                target: self.job.target.to_string(),
                expected: self.machine(),
            }),
            _ => Ok(()),
        }
    }

    /// Refuses wheels that are tagged for a platform, but whose libraries are for another machine: one that is
    /// collected, as whatever kind, unless the plan names the file (`asked`); or all that the wheel has.
    ///
    /// A wheel for every platform may bring libraries for many machines.
    pub fn check_wheels(&self, toc: &Toc, asked: &BTreeSet<FileId>) -> Result<(), LinkError> {
        let collected = toc.entries().filter_map(|(_, _, source)| match source {
            TocSource::File(file) => Some(*file),
            TocSource::Pyc(_) | TocSource::Link(_) => None,
        });
        let collected: BTreeSet<FileId> = collected.collect();
        for file in &collected {
            if self.is_foreign(*file) && self.has_platform(file.object) && !asked.contains(file) {
                self.check_machine(*file)?;
            }
        }
        let modules = self.graph.reachable(self.graph.root).into_values().filter_map(|id| self.graph.node(id).file);
        let used: BTreeSet<u32> = collected.iter().copied().chain(modules).map(|file| file.object).collect();
        for object in used.into_iter().filter(|object| self.has_platform(*object)) {
            let files = || self.objects.files(object).map(|(file, _, _)| file);
            if let (None, Some(file)) =
                (files().find(|file| self.is_library(*file)), files().find(|file| self.is_foreign(*file)))
            {
                self.check_machine(file)?;
            }
        }
        Ok(())
    }

    /// Tells whether an object is a wheel whose file name says a platform (PEP 427).
    pub fn has_platform(&self, object: u32) -> bool {
        match self.objects.object(object).origin() {
            Origin::Wheel { file, .. } => !file.trim_end_matches(".whl").ends_with("-any"),
            Origin::Source { .. } | Origin::Runtime(_) => false,
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
