//! The part `reproduce`: is it the same, built again, as pinned, as cached?
use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_archive::Executable;
use permafreeze_inspect::diff::{Named, diff};
use permafreeze_nix::{CheckOutcome, Derivation, Substitute};
use permafreeze_verify::Finding;
use permafreeze_verify::reproduce::trees::differences;
use permafreeze_verify::result::PartResult;

use super::{Context, Subject};
use crate::failure::Failure;
use crate::pinned;
use crate::progress::Progress;
use crate::realise::{is_sandboxed, show};

/// Builds every derivation of every subject again; returns those that were not the same, by their path.
///
/// # Errors
/// If something is missing in the store and cannot be had, or Nix fails without saying at which derivation.
pub(super) fn rebuild(context: &Context, subjects: &[Subject]) -> Result<BTreeMap<String, CheckOutcome>, Failure> {
    let all: BTreeMap<&Utf8PathBuf, &Derivation> =
        subjects.iter().flat_map(|subject| &subject.closure).map(|(path, derivation)| (path, derivation)).collect();
    for subject in subjects {
        context.nix.store.realise_missing(&subject.closure)?;
    }
    is_sandboxed(context.nix, context.options)?;
    let paths: Vec<&Utf8Path> = all.keys().map(|path| path.as_path()).collect();
    let progress = Progress::new(context.options, "rebuilding");
    let found = context.nix.store.check(&paths, &mut |step| show(&progress, step));
    progress.finish();
    Ok(found?)
}

/// Puts together what is known of one executable.
///
/// # Errors
/// If a file cannot be read or Nix fails.
pub(super) fn part(
    context: &Context,
    subject: &Subject,
    again: &BTreeMap<String, CheckOutcome>,
) -> Result<PartResult, Failure> {
    let mut failures: Vec<Finding> = subject
        .closure
        .iter()
        .filter_map(|(path, _)| Some(explained(subject, path, again.get(path.as_str())?)))
        .collect();
    let differing = failures.len();
    let mut notes = Vec::new();
    let built = subject.store_path.join(subject.artifact.output(subject.form));
    let in_store = pinned::hash(&built)?;
    if in_store != subject.hashes {
        let problem = format!(
            "has sha256 `{}`, what its derivation gives has `{}`: {built}",
            subject.hashes.sha256, in_store.sha256
        );
        let problem = match conclusion(&built, &subject.path) {
            Some(conclusion) => format!("{problem}\n{conclusion}"),
            None => problem,
        };
        let hint = format!("`permafreeze diff {built} {}` says what differs", subject.path);
        failures.push(Finding::new(subject.path.as_str(), problem).hint(hint));
    }
    let artifact = &subject.artifact;
    let pin = context.expected.pinned(context.plan, artifact);
    match pin {
        Some(pin) if pin.executable != subject.hashes => {
            let problem = format!("has sha256 `{}`, pinned is `{}`", subject.hashes.sha256, pin.executable.sha256);
            let hint = pinned::explanation(artifact, "THE-PINNED-ONE", &subject.path);
            failures.push(Finding::new(subject.path.as_str(), problem).hint(hint));
        }
        Some(_) => {}
        None => {
            let is_stale = context.expected.pins.contains_key(artifact);
            let problem = if is_stale { "has a pin that is older than the plan" } else { "is not pinned" };
            let hint = format!("`permafreeze pin {artifact}` pins it");
            notes.push(Finding::new(artifact.to_string(), problem).hint(hint));
        }
    }
    let cached = caches(context, subject, &mut failures, &mut notes)?;
    let summary = format!(
        "{} derivations built again, {differing} differ; {}; {cached}",
        subject.closure.len(),
        if pin.is_some() { "compared with the pin" } else { "not pinned" },
    );
    Ok(PartResult::new(summary, failures, notes)
        .fact("derivations", subject.closure.len())
        .fact("differing", differing)
        .fact("pinned", pin.is_some()))
}

/// Says which derivation differs, where both outputs are, and what differs in them.
fn explained(subject: &Subject, path: &Utf8Path, again: &CheckOutcome) -> Finding {
    let name = path.file_name().and_then(|name| name.split_once('-')).map_or(path.as_str(), |(_, name)| name);
    let name = name.trim_end_matches(".drv");
    let CheckOutcome::Differs { output, check } = again else {
        return Finding::new(name, format!("could not be built again: {path}"))
            .hint(format!("`nix-store --read-log {path}` has the builder's words"));
    };
    let Some(check) = check else {
        return Finding::new(name, format!("gives other bytes when built again: {path}, output {output}"));
    };
    let mut problem =
        format!("gives other bytes when built again: {path}\nbuilt:       {output}\nbuilt again: {check}");
    match differences(Utf8Path::new(output), Utf8Path::new(check)) {
        Ok(lines) => lines.iter().for_each(|line| problem.push_str(&format!("\n{line}"))),
        Err(error) => problem.push_str(&format!("\nwhat differs cannot be read: {error}")),
    }
    if *path != subject.derivation {
        return Finding::new(name, problem).hint(format!("`diff -r {output} {check}` shows the files"));
    }
    let [built, again] =
        [output, check].map(|folder| Utf8Path::new(folder).join(subject.artifact.output(subject.form)));
    if let Some(conclusion) = conclusion(&built, &again) {
        problem.push_str(&format!("\n{conclusion}"));
    }
    Finding::new(name, problem).hint(format!("`permafreeze diff {built} {again}` says what differs"))
}

/// Says why two executables differ, most likely; nothing if they cannot be read or are the same.
fn conclusion(built: &Utf8Path, again: &Utf8Path) -> Option<String> {
    let (a, b) = (Executable::open(built).ok()?, Executable::open(again).ok()?);
    let difference =
        diff(Named { name: built.as_str(), executable: &a }, Named { name: again.as_str(), executable: &b });
    (!difference.equal).then_some(difference.conclusion)
}

/// Compares with what binary caches hold; returns what was done, for the summary.
fn caches(
    context: &Context,
    subject: &Subject,
    failures: &mut Vec<Finding>,
    notes: &mut Vec<Finding>,
) -> Result<String, Failure> {
    let urls = context.nix.caches();
    if urls.is_empty() {
        return Ok("not compared with a cache: none is configured".to_owned());
    }
    if context.options.offline {
        return Ok("not compared with a cache: --offline".to_owned());
    }
    let outputs: Vec<&str> = subject.closure.iter().filter_map(|(_, derivation)| derivation.out()).collect();
    let (mut compared, mut reached) = (0, 0);
    for url in urls {
        let mut reachable = true;
        for output in &outputs {
            match context.nix.store.substitute(url, output)? {
                Substitute::Nothing => {}
                Substitute::Hash(theirs) => {
                    compared += 1;
                    let ours = context.nix.store.hash(output)?;
                    if ours != theirs {
                        let problem = format!("has the hash `{ours}`, in the cache {url} it has `{theirs}`");
                        failures.push(Finding::new(*output, problem));
                    }
                }
                Substitute::Unreachable(why) => {
                    let why = why.lines().last().unwrap_or_default();
                    notes.push(Finding::new(url, format!("not compared: {why}")));
                    reachable = false;
                    break;
                }
            }
        }
        reached += usize::from(reachable);
    }
    Ok(match (reached, compared) {
        (0, 0) => "not compared with a cache: none was reached".to_owned(),
        (_, 0) => "no cache that was reached has a path of it".to_owned(),
        _ => format!("compared with {compared} paths in caches"),
    })
}
