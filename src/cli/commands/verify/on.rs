//! `permafreeze verify --on FILE`: a built executable on the machine at hand, which has neither its project nor Nix.
use std::time::Instant;

use camino::Utf8Path;
use permafreeze_archive::Executable;
use permafreeze_inspect::needs;
use permafreeze_packaging::manylinux::Version;
use permafreeze_packaging::target::Target;
use permafreeze_plan::artifact::{ARCHIVE_SUFFIX, Artifact};
use permafreeze_plan::expected::{Accepted, FILE_NAME};
use permafreeze_plan::plan::Policy;
use permafreeze_verify::audit::{LeakPatterns, Rules, audit as audited};
use permafreeze_verify::result::{Part, PartResult};

use super::smoke::{Trial, runner};
use super::{VerifyArgs, audit, empty, judge, show, timed};
use crate::built::report_beside;
use crate::commands::inspect::open;
use crate::failure::{Failure, Kind, Outcome};
use crate::options::GlobalOptions;
use crate::{expected, pinned};

/// The parts that need nothing but the executable.
const PARTS: [Part; 2] = [Part::Audit, Part::Smoke];

/// Runs `permafreeze verify --on`.
///
/// # Errors
/// A part that failed (kinds `NotPortable`, `DoesNotRun`); kind `Input` if the file is no executable for a target, or its
/// name says another one; kind `Usage` for other parts.
pub(super) fn run(file: &Utf8Path, args: &VerifyArgs, options: &GlobalOptions) -> Outcome {
    let parts = parts(&args.words)?;
    let executable = open(file)?;
    let artifact = artifact(file, target(file, &executable)?)?;
    let accepted = match &args.accepted {
        Some(path) => expected::read(path)?.accepted.remove(&artifact).unwrap_or_default(),
        None => Accepted::new(),
    };
    let mut verification = empty(&artifact, pinned::hash(&executable.start(file))?);
    for part in parts {
        let started = Instant::now();
        let result = match part {
            Part::Audit => portable(file, &executable, artifact.target)?,
            _ => alive(file, (&artifact, &accepted), args, options)?,
        };
        verification.parts.insert(part, timed(part, result, started));
    }
    let verified = [verification];
    show::show(&verified, args.json)?;
    judge(&verified, args.require_smoke)
}

/// Returns the parts that are asked for; without words, both.
fn parts(words: &[String]) -> Result<Vec<Part>, Failure> {
    let part = |word: &String| {
        Part::of(word).filter(|part| PARTS.contains(part)).ok_or_else(|| {
            let text = format!("`--on` knows the parts `audit` and `smoke`, not `{word}`");
            Failure::new(Kind::Usage, text).hint("what needs the plan is verified in the project, without `--on`")
        })
    };
    let mut parts = words.iter().map(part).collect::<Result<Vec<Part>, Failure>>()?;
    parts.sort();
    parts.dedup();
    Ok(if parts.is_empty() { PARTS.to_vec() } else { parts })
}

/// Returns what the executable is for, by its bootloader.
fn target(file: &Utf8Path, executable: &Executable) -> Result<Target, Failure> {
    let found = needs::target(executable);
    found.as_deref().and_then(|name| name.parse().ok()).ok_or_else(|| {
        let found = found.unwrap_or_else(|| "no native file that can be read".to_owned());
        let targets = Target::ALL.map(|target| format!("`{target}`")).join(", ");
        let text = format!("the bootloader of `{file}` is for no target: `{found}`, expected one of {targets}");
        Failure::new(Kind::Input, text)
    })
}

/// Returns what the executable is called, by its file's name: NAME-TARGET, or any name.
fn artifact(file: &Utf8Path, target: Target) -> Result<Artifact, Failure> {
    let name = file.file_name().unwrap_or(file.as_str());
    let suffixes = [ARCHIVE_SUFFIX, target.program_suffix()];
    let name = suffixes.iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(name);
    match name.parse::<Artifact>() {
        Ok(artifact) if artifact.target == target => Ok(artifact),
        Ok(artifact) => {
            let text = format!("`{file}` is for `{target}` by its bootloader, its name says `{}`", artifact.target);
            Err(Failure::new(Kind::Input, text).hint(format!("build it again: `permafreeze build {artifact}`")))
        }
        Err(_) => Ok(Artifact { name: name.to_owned(), target }),
    }
}

/// Audits it. This machine has not built it: of it nothing can be inside. Which oldest system it was planned for nothing here
/// says, so a newer one than the default is told, and no failure.
fn portable(file: &Utf8Path, executable: &Executable, target: Target) -> Result<PartResult, Failure> {
    let needles = LeakPatterns { folders: vec![audit::BUILD_FOLDER.to_owned()], ..LeakPatterns::default() };
    let report = report_beside(file)?;
    let rules = Rules { target, policy: &Policy::default(), oldest: None, needles: &needles };
    let found = audited(executable, report.as_ref(), &rules);
    let family = if target.is_linux() { "GLIBC" } else { "macOS" };
    let needed = found.newest.get(family).map(|newest| &newest.version);
    let is_newer = |needed: &&Version| target.oldest().is_some_and(|usual| **needed > Version::from(usual));
    Ok(match needed.filter(is_newer).map(Version::to_string) {
        None => audit::result(found),
        newer => audit::judge(executable, report.as_ref(), &Rules { oldest: newer.as_deref(), ..rules }),
    })
}

/// Imports all its modules.
fn alive(
    file: &Utf8Path,
    (artifact, accepted): (&Artifact, &Accepted),
    args: &VerifyArgs,
    options: &GlobalOptions,
) -> Result<PartResult, Failure> {
    let runner = match runner(artifact.target, args)? {
        Ok(runner) => runner,
        Err(why) => return Ok(PartResult::not_run(why)),
    };
    let hint = format!(
        "those that may fail here stand with their reasons in a `{FILE_NAME}`, under `accepted` and `{artifact}`: `--accepted \
         FILE`; `--json` has them as `failing`"
    );
    let trial = Trial { artifact, path: file, accepted, commands: &[], ingredients: None, hint: &hint };
    Ok(match trial.run(&runner, args, options)? {
        Ok(found) => trial.result(&runner, found),
        Err(result) => result,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Result<Vec<Part>, Kind> {
        let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
        parts(&words).map_err(|failure| failure.kind)
    }

    #[test]
    fn parts_that_need_the_project_are_refused() {
        assert_eq!(words(&[]), Ok(vec![Part::Audit, Part::Smoke]));
        assert_eq!(words(&["smoke", "audit", "smoke"]), Ok(vec![Part::Audit, Part::Smoke]));
        assert_eq!(words(&["smoke"]), Ok(vec![Part::Smoke]));
        for other in ["reproduce", "origin", "contents", "linux-amd64", "app-linux-amd64"] {
            assert_eq!(words(&["audit", other]), Err(Kind::Usage), "{other}");
        }
    }

    fn named(file: &str, target: Target) -> Result<String, Kind> {
        artifact(Utf8Path::new(file), target).map(|artifact| artifact.name).map_err(|failure| failure.kind)
    }

    #[test]
    fn a_name_is_the_artifact_s_or_any_but_that_of_another_target() {
        assert_eq!(named("/tmp/app-linux-arm64", Target::LinuxArm64), Ok("app".to_owned()));
        assert_eq!(named("app-windows-amd64.exe", Target::WindowsAmd64), Ok("app".to_owned()));
        assert_eq!(named("tool.exe", Target::WindowsAmd64), Ok("tool".to_owned()));
        assert_eq!(named("tool", Target::LinuxAmd64), Ok("tool".to_owned()));
        assert_eq!(named("app-linux-arm64", Target::LinuxAmd64), Err(Kind::Input));
    }
}
