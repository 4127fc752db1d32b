//! The part `smoke`: does it run?
use std::collections::BTreeMap;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_plan::artifact::Artifact;
use permafreeze_plan::expected::Accepted;
use permafreeze_plan::pins::Pins;
use permafreeze_toolchain::store;
use permafreeze_verify::Finding;
use permafreeze_verify::result::PartResult;
use permafreeze_verify::smoke::runner::{Machine, Runner};
use permafreeze_verify::smoke::{Error, Ingredients, Settings, Smoke, expected, smoke};

use super::{Context, Subject};
use crate::environment::user_cache;
use crate::failure::{Failure, Kind};
use crate::options::GlobalOptions;
use crate::{files, pins_file, say};

/// Modules that need not be importable, by artifact.
type AllAccepted = BTreeMap<Artifact, Accepted>;

/// Runs the part; with `--accept`, puts what cannot be imported into `accepted`.
///
/// # Errors
/// If the host Python is not there, or the machine has no room.
pub(super) fn part(context: &Context, subject: &Subject, accepted: &mut AllAccepted) -> Result<PartResult, Failure> {
    let folders: Vec<Utf8PathBuf> = std::env::var("PATH")
        .unwrap_or_default()
        .split(':')
        .filter(|folder| !folder.is_empty())
        .map(Utf8PathBuf::from)
        .collect();
    // Programs run in other folders than this one.
    let libraries = context.args.system_root.as_deref().map(absolute).transpose()?;
    let machine = Machine {
        os: std::env::consts::OS,
        arch: std::env::consts::ARCH,
        path: &folders,
        root: Utf8Path::new("/"),
        libraries: libraries.as_deref(),
        wine_prefix: &wine_prefix()?,
    };
    let runner = match Runner::find(subject.artifact.target, machine) {
        Ok(runner) => runner,
        Err(why) => return Ok(PartResult::not_run(why)),
    };
    let scratch = Utf8PathBuf::try_from(std::env::temp_dir()).map_err(|error| Failure::new(Kind::Input, error))?;
    let settings = Settings {
        runner: &runner,
        scratch: &scratch,
        jobs: files::cores(),
        limit: Duration::from_secs(context.args.time_limit),
    };
    context.nix.store.realise_missing(&subject.closure)?;
    let path = absolute(&subject.path)?;
    let known = accepted.get(&subject.artifact).cloned().unwrap_or_default();
    let GlobalOptions { quiet, verbose, .. } = context.options;
    if !quiet {
        say::note(&format!("importing every module of {}", subject.artifact));
    }
    let on_step = |step: &str| {
        if *verbose > 0 {
            say::note(&format!("importing {step}"));
        }
    };
    let commands = context.plan.commands(&subject.artifact.name);
    let (pins, _) = pins_file::load(&context.options.project)?;
    let runtime = runtime(&pins, subject)?;
    let ingredients = Ingredients { packages: &subject.job.packages, runtime: &runtime };
    let tools = (subject.job.host_python.as_path(), ingredients);
    let mut found = match smoke(&path, (&known, &commands), tools, &settings, &on_step) {
        Ok(found) => found,
        Err(Error::DoesNotStart { output }) => {
            let finding = Finding::new(subject.artifact.to_string(), format!("does not start; it said:\n{output}"));
            return Ok(PartResult::new("the executable does not start", vec![finding], Vec::new()));
        }
        Err(Error::Archive(error)) => {
            let finding = Finding::new(subject.artifact.to_string(), error.to_string());
            return Ok(PartResult::new("the executable cannot be read", vec![finding], Vec::new()));
        }
        Err(error) => return Err(Failure::new(Kind::Outside, error)),
    };
    if context.args.accept {
        accept(&mut found, subject, accepted);
    }
    Ok(result(commands.len(), subject, &runner, found))
}

/// Returns the folder of wine's Windows: the user's WINEPREFIX, else one of permafreeze's own.
fn wine_prefix() -> Result<Utf8PathBuf, Failure> {
    match std::env::var("WINEPREFIX") {
        Ok(prefix) if !prefix.is_empty() => absolute(Utf8Path::new(&prefix)),
        _ => Ok(user_cache()?.join("wine")),
    }
}

/// Returns the archive of the target's Python.
fn runtime(pins: &Pins, subject: &Subject) -> Result<Utf8PathBuf, Failure> {
    let wanted = &subject.job.inputs.runtime;
    let pinned = pins.made.values().find(|made| made.name == wanted.name && made.sha256 == wanted.sha256);
    let none = || Failure::new(Kind::Bug, format!("the toolchain's pins have no `{}`", wanted.name));
    let path = store::path(pinned.ok_or_else(none)?).map_err(|error| Failure::new(Kind::Input, error))?;
    Ok(path.as_str().into())
}

/// Takes what cannot be imported as expected from now on.
fn accept(found: &mut Smoke, subject: &Subject, accepted: &mut AllAccepted) {
    let modules = expected::acceptable(&found.outcomes, &found.unfrozen);
    found.failures.retain(|failure| !found.outcomes.contains_key(&failure.subject));
    found.notes.clear();
    if modules.is_empty() {
        accepted.remove(&subject.artifact);
    } else {
        accepted.insert(subject.artifact.clone(), modules);
    }
}

fn result(commands: usize, subject: &Subject, runner: &Runner, found: Smoke) -> PartResult {
    let modules = found.outcomes.len();
    let failing = expected::acceptable(&found.outcomes, &found.unfrozen);
    let alike = found.outcomes.values().flatten().count() - failing.len();
    let unexpected = found.failures.iter().filter(|failure| found.outcomes.contains_key(&failure.subject)).count();
    let emulator = runner.emulator.as_ref().map_or_else(String::new, |emulator| format!("; by {emulator}"));
    let summary = format!(
        "{} of {modules} modules imported, {alike} fail without PyInstaller too, {} accepted failures, {unexpected} unexpected; \
         {commands} commands run{emulator}",
        modules - failing.len() - alike,
        failing.len() - unexpected.min(failing.len()),
    );
    let mut failures = found.failures;
    if unexpected > 0
        && let Some(first) = failures.first_mut()
    {
        let hint = format!(
            "without PyInstaller these modules do not fail so; if they are optional, `permafreeze verify smoke --accept {}` accepts \
             them from now on",
            subject.artifact
        );
        first.hint = Some(hint);
    }
    PartResult::new(summary, failures, found.notes)
        .fact("modules", modules)
        .fact("fail-unfrozen", alike)
        .fact("accepted", failing.len() - unexpected.min(failing.len()))
        .fact("commands", commands)
        .fact("emulator", runner.emulator.clone())
}

fn absolute(path: &Utf8Path) -> Result<Utf8PathBuf, Failure> {
    camino::absolute_utf8(path).map_err(|error| Failure::new(Kind::Input, format!("`{path}`: {error}")))
}
