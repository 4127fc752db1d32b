//! The parts `audit` and `origin`: what it wants of the user's machine, and where each byte comes from.
use camino::Utf8Path;
use permafreeze_archive::{Archive, Error};
use permafreeze_verify::Finding;
use permafreeze_verify::audit::{LeakPatterns, Rules, audit as judge};
use permafreeze_verify::origin::{Proof, Sources, account};
use permafreeze_verify::result::PartResult;

use super::{Context, Subject};
use crate::built::{read_report, report_file};
use crate::failure::{Failure, Kind};

/// Where builds run in Nix's sandbox.
const BUILD_FOLDER: &str = "/build";

/// Runs the part `audit`.
///
/// # Errors
/// If the executable cannot be read.
pub(super) fn audit(context: &Context, subject: &Subject) -> Result<PartResult, Failure> {
    let archive = match open(subject)? {
        Ok(archive) => archive,
        Err(result) => return Ok(result),
    };
    let rules = Rules {
        target: subject.artifact.target,
        policy: &context.plan.policy,
        glibc: context.plan.targets.get(&subject.artifact.target).and_then(|target| target.glibc.as_deref()),
        needles: &needles(&context.options.project),
    };
    let found = judge(&archive, Some(&read_report(&report_file(&subject.store_path))?), &rules);
    let newest = |family: &str| found.newest.get(family).map(|newest| newest.version.to_string());
    let floor = match (newest("GLIBC"), newest("macOS"), &found.allowed_glibc) {
        (Some(glibc), _, Some(allowed)) => format!("needs glibc {glibc}, allowed is {allowed}; "),
        (None, Some(macos), _) => format!("needs macOS {macos}; "),
        _ => String::new(),
    };
    let libraries: Vec<&str> = found.system_libraries.keys().map(String::as_str).collect();
    let summary = format!("{floor}{} native files; of the system: {}", found.files.len(), libraries.join(", "));
    let facts = [("glibc", newest("GLIBC")), ("macos", newest("macOS"))];
    let result = PartResult::new(summary, found.findings, found.notes)
        .fact("native-files", found.files.len())
        .fact("system-libraries", libraries);
    Ok(facts
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .fold(result, |result, (name, value)| result.fact(name, value)))
}

/// What of this machine must not be found in an executable.
fn needles(project: &Utf8Path) -> LeakPatterns {
    let project = project.canonicalize_utf8().ok().map(Into::into);
    let home = std::env::var("HOME").ok();
    let host = ["/proc/sys/kernel/hostname", "/etc/hostname"];
    LeakPatterns {
        folders: [project, home, Some(BUILD_FOLDER.to_owned())].into_iter().flatten().collect(),
        user: ["USER", "LOGNAME"].into_iter().find_map(|name| std::env::var(name).ok()),
        host: host.into_iter().find_map(|path| std::fs::read_to_string(path).ok()).map(|host| host.trim().to_owned()),
    }
}

/// Runs the part `origin`.
///
/// # Errors
/// If the objects that it was linked from cannot be had.
pub(super) fn origin(context: &Context, subject: &Subject) -> Result<PartResult, Failure> {
    let archive = match open(subject)? {
        Ok(archive) => archive,
        Err(result) => return Ok(result),
    };
    context.nix.store.realise_missing(&subject.closure)?;
    let sources = Sources::open(&subject.job.objects(), subject.job.target)
        .map_err(|error| Failure::new(Kind::Outside, error))?
        .showing(subject.job.executable.windows.clone());
    let found = account(&archive, &read_report(&report_file(&subject.store_path))?, &sources);
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

/// Opens the executable; one that cannot be read is a result.
fn open(subject: &Subject) -> Result<Result<Archive, PartResult>, Failure> {
    match Archive::open(&subject.path) {
        Ok(archive) => Ok(Ok(archive)),
        Err(error @ Error::Unreadable { .. }) => Err(Failure::new(Kind::Input, error)),
        Err(error) => {
            let finding = Finding::new(subject.artifact.to_string(), error.to_string());
            Ok(Err(PartResult::new("the executable cannot be read", vec![finding], Vec::new())))
        }
    }
}
