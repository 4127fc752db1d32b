//! The part `audit`: what does it want of the user's machine?
use camino::Utf8Path;
use permafreeze_archive::{Error, Executable};
use permafreeze_executable::report::Report;
use permafreeze_plan::artifact::Artifact;
use permafreeze_plan::plan::TargetPlan;
use permafreeze_verify::Finding;
use permafreeze_verify::audit::{Audit, LeakPatterns, Rules, audit};
use permafreeze_verify::result::PartResult;

use super::{Context, Subject};
use crate::built::{read_report, report_file};
use crate::failure::{Failure, Kind};

/// Where builds run in Nix's sandbox.
pub(super) const BUILD_FOLDER: &str = "/build";

/// Runs the part.
///
/// # Errors
/// If the executable cannot be read.
pub(super) fn part(context: &Context, subject: &Subject) -> Result<PartResult, Failure> {
    let executable = match open(&subject.path, &subject.artifact)? {
        Ok(executable) => executable,
        Err(result) => return Ok(result),
    };
    let rules = Rules {
        target: subject.artifact.target,
        policy: &context.plan.policy,
        oldest: context.plan.targets.get(&subject.artifact.target).and_then(TargetPlan::oldest),
        needles: &needles(&context.options.project),
    };
    Ok(judge(&executable, Some(&read_report(&report_file(&subject.store_path))?), &rules))
}

/// Holds an executable against the rules; the report says whom to blame.
pub(super) fn judge(executable: &Executable, report: Option<&Report>, rules: &Rules) -> PartResult {
    result(audit(executable, report, rules))
}

/// Returns the part's result of an audit.
pub(super) fn result(found: Audit) -> PartResult {
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
    facts
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .fold(result, |result, (name, value)| result.fact(name, value))
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

/// Opens the executable; one that cannot be read is a result.
///
/// # Errors
/// Kind `Input` if there is no such file.
pub(super) fn open(path: &Utf8Path, artifact: &Artifact) -> Result<Result<Executable, PartResult>, Failure> {
    match Executable::open(path) {
        Ok(executable) => Ok(Ok(executable)),
        Err(error @ Error::Unreadable { .. }) => Err(Failure::new(Kind::Input, error)),
        Err(error) => {
            let finding = Finding::new(artifact.to_string(), error.to_string());
            Ok(Err(PartResult::new("the executable cannot be read", vec![finding], Vec::new())))
        }
    }
}
