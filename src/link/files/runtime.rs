//! Libraries of the runtime that every executable has, or every bundle.
use permafreeze_object::format::BOOTLOADER_LIBRARY;

use super::{Toc, TocKind, TocSource};
use crate::error::LinkError;
use crate::load::Objects;
use crate::program::Program;
use crate::tree::{Entry, Mount};

/// Returns libpython, which the bootloader loads.
///
/// # Errors
/// If the runtime has none, or one for another machine.
pub fn libpython(program: &Program<'_>) -> Result<Toc, LinkError> {
    of_runtime(program, "the runtime's libpython", &program.objects.runtime.libpython)
}

/// Returns what the bootloader needs and a system may lack. The loader finds it in a bundle alone: there the launcher says
/// where to look.
///
/// # Errors
/// If the runtime has it not, or has one for another machine.
pub fn bootloader_library(program: &Program<'_>) -> Result<Toc, LinkError> {
    match program.job.launcher {
        Some(_) => of_runtime(program, "the runtime's zlib", BOOTLOADER_LIBRARY),
        None => Ok(Toc::default()),
    }
}

/// Returns libpython's file name in the archive.
pub fn libpython_name(objects: &Objects) -> &str {
    base_name(&objects.runtime.libpython)
}

/// Returns a library of the runtime, for the top folder; `what` names it in the error.
fn of_runtime(program: &Program<'_>, what: &'static str, path: &str) -> Result<Toc, LinkError> {
    let file = program.tree.below(program.tree.root(Mount::Runtime), path.as_ref());
    let Some(Entry::File(file)) = file else {
        return Err(LinkError::NoFile { option: what, path: path.to_owned() });
    };
    program.check_machine(file)?;
    let mut toc = Toc::default();
    toc.add(base_name(path), TocKind::Binary, TocSource::File(file));
    Ok(toc)
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
