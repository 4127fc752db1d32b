//! Trial builds of source distributions: what cannot be built is known before a plan is written.
//!
//! The derivations are those of `build`, so a trial that succeeds costs it nothing. The project's flake gives them from
//! what was chosen; no file of the project is written for it.
use std::collections::BTreeMap;

use camino::Utf8Path;
use permafreeze_nix::{BuildFailure, Error as NixError, Nix, WheelDerivations};
use permafreeze_packaging::python::Python;
use permafreeze_resolve::sdist::known::Chosen;
use permafreeze_resolve::source_distribution::Sdist;
use permafreeze_resolve::{Error, NoBuild};
use serde_json::json;

use crate::commands::fetch;
use crate::failure::{Failure, Kind};
use crate::options::GlobalOptions;
use crate::progress::Progress;
use crate::realise::{find_nix, is_sandboxed, show};
use crate::{files, place, say};

/// Builds that one evaluation is given: what they are is an argument of a command, which may have 128 KiB.
const PER_EVALUATION: usize = 25;

/// A source distribution, and what was chosen to build it.
pub(super) type Attempt<'a> = (&'a Sdist, Chosen);

/// Builds source distributions of the lock file `lock`. Returns what is wrong with those that cannot be built. Whatever
/// keeps this machine from trying them is a warning.
///
/// # Errors
/// If a file of a build environment is not the one that was chosen.
pub(super) fn refused(
    lock: &str,
    python: Python,
    attempts: &[Attempt<'_>],
    options: &GlobalOptions,
) -> Result<Vec<Error>, Failure> {
    if attempts.is_empty() {
        return Ok(Vec::new());
    }
    let tried = match attempt(lock, python, attempts, options)? {
        Ok(tried) => tried,
        Err(why) => {
            warn(&names(attempts), &why, options);
            return Ok(Vec::new());
        }
    };
    // A store that does not answer has not built it.
    let is_built = |derivation: &Utf8Path| tried.nix.store.is_built(derivation).unwrap_or(false);
    let found = Found::of(attempts, &tried.derivations, &tried.failures, &is_built);
    if let Some(why) = found.other.filter(|_| !found.open.is_empty()) {
        warn(&found.open, &why.log, options);
    }
    Ok(found.refused.into_iter().map(|refused| refused.error(lock)).collect())
}

/// What was tried, and what of it, or of what it needs, failed.
struct Tried {
    nix: Nix,
    derivations: BTreeMap<String, WheelDerivations>,
    failures: Vec<BuildFailure>,
}

/// Builds all wheels together. Returns why it cannot be tried, if that is so.
fn attempt(
    lock: &str,
    python: Python,
    attempts: &[Attempt<'_>],
    options: &GlobalOptions,
) -> Result<Result<Tried, String>, Failure> {
    let evaluated = find_nix(options).and_then(|nix| Ok((evaluate(&nix, python, attempts, options)?, nix)));
    let (derivations, nix) = match evaluated {
        Ok(evaluated) => evaluated,
        Err(failure) => return Ok(Err(failure.error.to_string())),
    };
    let files = attempts.iter().flat_map(|(_, chosen)| &chosen.files);
    match fetch::planned(files.map(|(file, pinned)| (file.as_str(), pinned)), &nix.store, options) {
        Err(failure) if failure.kind == Kind::Outside => return Ok(Err(failure.error.to_string())),
        brought => brought?,
    }
    if let Err(failure) = is_sandboxed(&nix, options) {
        return Ok(Err(failure.error.to_string()));
    }
    if !options.quiet {
        say::note(&format!(
            "{lock}: trying to build, whose own code runs in the sandbox: {}",
            names(attempts).join(", ")
        ));
    }
    let progress = Progress::new(options, "trying");
    let wheels: Vec<_> = derivations.values().map(|derivations| derivations.wheel.clone()).collect();
    let realised = nix.store.realise(&wheels, &mut |step| show(&progress, step));
    progress.finish();
    Ok(match realised {
        Ok(_) => Ok(Tried { nix, derivations, failures: Vec::new() }),
        Err(NixError::Builder { failures }) => Ok(Tried { nix, derivations, failures }),
        Err(error) => Err(error.to_string()),
    })
}

fn names<'a>(attempts: &'a [Attempt<'_>]) -> Vec<&'a str> {
    attempts.iter().map(|(sdist, _)| sdist.file.as_str()).collect()
}

/// Evaluates the derivations of the wheels, by source distribution.
fn evaluate(
    nix: &Nix,
    python: Python,
    attempts: &[Attempt<'_>],
    options: &GlobalOptions,
) -> Result<BTreeMap<String, WheelDerivations>, Failure> {
    let flake = place::find(options)?;
    let mut derivations = BTreeMap::new();
    for attempts in attempts.chunks(PER_EVALUATION) {
        derivations.extend(nix.wheels(&flake, &files::host_system(), &plan(python, attempts))?);
    }
    Ok(derivations)
}

/// Returns the part of a plan that says how the wheels are built, with which Python.
fn plan(python: Python, attempts: &[Attempt<'_>]) -> String {
    let own = attempts.iter().map(|(sdist, _)| (&sdist.file, &sdist.pinned));
    let files: BTreeMap<_, _> = own.chain(attempts.iter().flat_map(|(_, chosen)| &chosen.files)).collect();
    let builds: BTreeMap<_, _> = attempts.iter().map(|(sdist, chosen)| (&sdist.file, &chosen.build)).collect();
    json!({ "python": python, "files": files, "builds": builds }).to_string()
}

/// Says, on one line, that source distributions were not tried: nothing is known to be wrong with them.
fn warn(sdists: &[&str], why: &str, options: &GlobalOptions) {
    if !options.quiet {
        let why = why.split_whitespace().collect::<Vec<_>>().join(" ");
        say::warning(&format!("not tried, `permafreeze build` will: {}: {why}", sdists.join(", ")));
    }
}

/// A source distribution that cannot be built: why, and the hint that is its alone.
struct Refused<'a> {
    sdist: &'a Sdist,
    problem: String,
    hint: Option<String>,
}

impl Refused<'_> {
    fn error(self, lock: &str) -> Error {
        Error::NoBuild(Box::new(NoBuild::new(lock, self.sdist, self.problem, self.hint)))
    }
}

/// What became of trials.
struct Found<'a> {
    /// What cannot be built.
    refused: Vec<Refused<'a>>,
    /// What has been neither built nor refused.
    open: Vec<&'a str>,
    /// What failed but is none of their builds: a tool that is not in the store.
    other: Option<&'a BuildFailure>,
}

impl<'a> Found<'a> {
    fn of(
        attempts: &'a [Attempt<'_>],
        derivations: &BTreeMap<String, WheelDerivations>,
        failures: &'a [BuildFailure],
        is_built: &dyn Fn(&Utf8Path) -> bool,
    ) -> Found<'a> {
        let is_own = |failure: &&BuildFailure| {
            derivations.values().any(|own| own.wheel == failure.derivation || own.environment == failure.derivation)
        };
        let other = failures.iter().find(|failure| !is_own(failure));
        let mut found = Found { refused: Vec::new(), open: Vec::new(), other };
        let of = |path: &Utf8Path| failures.iter().find(|failure| failure.derivation == path.as_str());
        for (sdist, _) in attempts {
            let Some(own) = derivations.get(&sdist.file) else { continue };
            if let Some(failure) = of(&own.wheel) {
                let (problem, hint) = said(&sdist.file, failure);
                found.refused.push(Refused { sdist, problem, hint });
            } else if let Some(failure) = of(&own.environment) {
                let problem = format!("its build environment cannot be installed: {}", failure.log);
                found.refused.push(Refused { sdist, problem, hint: None });
            } else if other.is_some() && !is_built(&own.wheel) {
                found.open.push(&sdist.file);
            }
        }
        found
    }
}

/// Returns what the builder (`nix/build-wheel.py`) said of a source distribution: the problem, and the hint that is its
/// alone. The builder's last hint is true of every package without a wheel.
fn said(sdist: &str, failure: &BuildFailure) -> (String, Option<String>) {
    let mut lines = failure.log.lines();
    let Some(problem) = lines.next().and_then(|line| line.strip_prefix(&format!("`{sdist}` cannot be built: "))) else {
        return (failure.log.clone(), None);
    };
    let hints: Vec<&str> = lines.filter_map(|line| line.strip_prefix("hint: ")).collect();
    let hint = hints.split_last().and_then(|(_, own)| own.first()).map(|hint| (*hint).to_owned());
    let mut problem = problem.trim_end_matches(": see above").to_owned();
    if !failure.before.is_empty() {
        problem.push_str("\nthe last lines of its build:");
        problem.extend(failure.before.iter().map(|line| format!("\n{line}")));
    }
    (problem, hint)
}

#[cfg(test)]
mod tests {
    use permafreeze_packaging::python::DEFAULT;
    use permafreeze_plan::plan::{PinnedFile, WheelBuild};

    use super::*;

    fn failure(log: &str, before: &[&str]) -> BuildFailure {
        let before = before.iter().map(|line| (*line).to_owned()).collect();
        BuildFailure { derivation: "/nix/store/x-a-1-py3-none-any.whl.drv".to_owned(), log: log.to_owned(), before }
    }

    fn attempt(file: &str) -> (Sdist, Chosen) {
        let text = str::to_owned;
        let pinned = |sha256: &str| PinnedFile {
            package: text("a"),
            version: text("1"),
            sha256: text(sha256),
            size: None,
            url: None,
            index: None,
            path: None,
            git: None,
        };
        let sdist = Sdist {
            file: text(file),
            pinned: pinned(file),
            extra: Vec::new(),
            subdirectory: None,
            lacking: Vec::new(),
            is_outdated: false,
        };
        let build = WheelBuild {
            wheel: sdist.wheel(),
            backend: text("b"),
            backend_path: Vec::new(),
            subdirectory: None,
            requires: Vec::new(),
            extra: Vec::new(),
            environment: vec![text("b-1.whl")],
        };
        (sdist, Chosen { build, files: [(text("b-1.whl"), pinned("b"))].into() })
    }

    #[test]
    fn a_part_of_a_plan_has_what_the_builds_need() {
        let (one, two) = (attempt("a-1.zip"), attempt("a-2.zip"));
        let part = plan(DEFAULT, &[(&one.0, one.1), (&two.0, two.1)]);
        let part: serde_json::Value = serde_json::from_str(&part).expect("JSON");
        assert_eq!(part["builds"]["a-2.zip"]["environment"][0], "b-1.whl");
        let files: Vec<&String> = part["files"].as_object().expect("files").keys().collect();
        assert_eq!(files, ["a-1.zip", "a-2.zip", "b-1.whl"]);
        assert_eq!(part["files"]["b-1.whl"]["sha256"], "b");
    }

    #[test]
    fn each_failure_is_of_the_source_distribution_that_it_keeps_from_being_built() {
        let names = ["bad.zip", "environment.zip", "good.zip", "waits.zip"];
        let all: Vec<_> = names.iter().map(|name| attempt(name)).collect();
        let attempts: Vec<Attempt<'_>> = all.iter().map(|(sdist, chosen)| (sdist, chosen.clone())).collect();
        let derivation = |name: &&str| WheelDerivations {
            wheel: format!("/nix/store/{name}.drv").into(),
            environment: format!("/nix/store/of-{name}.drv").into(),
        };
        let derivations = names.iter().map(|name| ((*name).to_owned(), derivation(name))).collect();
        let of = |path: &str, log: &str| BuildFailure {
            derivation: format!("/nix/store/{path}.drv"),
            log: log.to_owned(),
            before: Vec::new(),
        };
        let mut failures = vec![of("bad.zip", "broke"), of("of-environment.zip", "no wheel")];
        let is_built = |path: &Utf8Path| path == "/nix/store/good.zip.drv";
        let refused = |found: &Found<'_>| {
            let texts = found.refused.iter().map(|refused| format!("{}: {}", refused.sdist.file, refused.problem));
            texts.collect::<Vec<_>>()
        };
        let told = ["bad.zip: broke", "environment.zip: its build environment cannot be installed: no wheel"];
        let found = Found::of(&attempts, &derivations, &failures, &is_built);
        assert_eq!((refused(&found), found.open.len(), found.other), (told.map(str::to_owned).to_vec(), 0, None));

        failures.push(of("host-python", "it is not in the store"));
        let found = Found::of(&attempts, &derivations, &failures, &is_built);
        assert_eq!((refused(&found), found.open), (told.map(str::to_owned).to_vec(), vec!["waits.zip"]));
        assert_eq!(found.other, failures.last());
    }

    #[test]
    fn what_the_builder_says_stands_without_what_is_said_for_all() {
        let log = "`a-1.zip` cannot be built: it is not pure Python: it wants `cc`\nhint: lock a version";
        assert_eq!(said("a-1.zip", &failure(log, &[])), ("it is not pure Python: it wants `cc`".to_owned(), None));
    }

    #[test]
    fn what_is_shown_above_is_shown_below() {
        let log = "`a-1.zip` cannot be built: it fails: see above\nhint: add `b`\nhint: lock a version";
        let (problem, hint) = said("a-1.zip", &failure(log, &["  Traceback", "  x"]));
        assert_eq!(problem, "it fails\nthe last lines of its build:\n  Traceback\n  x");
        assert_eq!(hint.as_deref(), Some("add `b`"));
    }

    #[test]
    fn a_builder_that_was_killed_is_told_in_nix_words() {
        let log = "builder for '/nix/store/x.drv' failed due to signal 9 (Killed)";
        assert_eq!(said("a-1.zip", &failure(log, &[])), (log.to_owned(), None));
    }
}
