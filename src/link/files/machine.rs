//! Wheels whose libraries are for another machine than the target's are refused, not passed over.
use std::collections::BTreeSet;

use super::{Toc, TocSource};
use crate::error::LinkError;
use crate::graph::Graph;
use crate::load::FileId;
use crate::program::Program;

/// Refuses wheels that are tagged for a platform, but whose libraries are for another machine: one that is
/// collected, as whatever kind, unless the plan names the file (`asked`); or all that the wheel has.
///
/// A wheel for every platform may contain libraries for many machines.
///
/// # Errors
/// [`LinkError::Machine`] for the first such library.
pub fn check_wheels(
    program: &Program<'_>,
    graph: &Graph,
    toc: &Toc,
    asked: &BTreeSet<FileId>,
) -> Result<(), LinkError> {
    let has_platform = |object: u32| program.objects.object(object).has_platform();
    let collected = toc.entries().filter_map(|(_, _, source)| match source {
        TocSource::File(file) => Some(*file),
        TocSource::Pyc(_) | TocSource::Link(_) => None,
    });
    let collected: BTreeSet<FileId> = collected.collect();
    for file in &collected {
        if program.is_foreign(*file) && has_platform(file.object) && !asked.contains(file) {
            program.check_machine(*file)?;
        }
    }
    let modules = graph.reached().filter_map(|id| graph.node(id).file);
    let used: BTreeSet<u32> = collected.iter().copied().chain(modules).map(|file| file.object).collect();
    for object in used.into_iter().filter(|object| has_platform(*object)) {
        let files = || program.objects.files(object).map(|(file, _, _)| file);
        if let (None, Some(file)) =
            (files().find(|file| program.is_library(*file)), files().find(|file| program.is_foreign(*file)))
        {
            program.check_machine(file)?;
        }
    }
    Ok(())
}
