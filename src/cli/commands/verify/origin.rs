//! The part `origin`: where does each byte come from?
use permafreeze_verify::origin::{Proof, Sources, account};
use permafreeze_verify::result::PartResult;

use super::audit::open;
use super::{Context, Subject};
use crate::built::{read_report, report_file};
use crate::failure::{Failure, Kind};

/// Runs the part `origin`.
///
/// # Errors
/// If the objects that it was linked from cannot be had.
pub(super) fn origin(context: &Context, subject: &Subject) -> Result<PartResult, Failure> {
    let executable = match open(&subject.path, &subject.artifact)? {
        Ok(executable) => executable,
        Err(result) => return Ok(result),
    };
    context.nix.store.realise_missing(&subject.closure)?;
    let sources = Sources::open(&subject.job.objects(), subject.job.target)
        .and_then(|sources| sources.with_loader(&subject.job.loader))
        .map_err(|error| Failure::new(Kind::Outside, error))?
        .showing(subject.job.executable.windows.clone())
        .launching(subject.job.launcher.as_deref())
        .map_err(|error| Failure::new(Kind::Outside, error))?;
    let found = account(&executable, &read_report(&report_file(&subject.store_path))?, &sources);
    let bytes = |proof: Proof| found.proofs.get(&proof).map_or(0, |amount| amount.bytes);
    let unproved = bytes(Proof::Unproved);
    let summary = format!(
        "{} bytes of {} owners: {} compared with their source, {} rebuilt, {unproved} not proved",
        found.size,
        found.owners.len(),
        bytes(Proof::Source),
        bytes(Proof::Rebuilt),
    );
    let result = PartResult::new(summary, found.findings, Vec::new());
    Ok(result.fact("size", found.size).fact("unproved", unproved).fact("owners", found.owners.len()))
}
