//! The part `smoke`: does it run?
use std::collections::BTreeMap;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_packaging::target::Target;
use permafreeze_plan::artifact::Artifact;
use permafreeze_plan::expected::Accepted;
use permafreeze_plan::pins::Pins;
use permafreeze_toolchain::store;
use permafreeze_verify::Finding;
use permafreeze_verify::result::PartResult;
use permafreeze_verify::smoke::runner::{Machine, Runner};
use permafreeze_verify::smoke::{Error, Ingredients, Settings, Smoke, expected, smoke};
use serde_json::{Map, Value};

use super::{Context, Subject, VerifyArgs};
use crate::environment::user_cache;
use crate::failure::{Failure, Kind};
use crate::options::GlobalOptions;
use crate::{files, pins_file, say};

/// Modules that need not be importable, by artifact.
type AllAccepted = BTreeMap<Artifact, Accepted>;

/// What is tried.
pub(super) struct Trial<'a> {
    /// What it is called, and for what it is.
    pub artifact: &'a Artifact,
    /// The executable.
    pub path: &'a Utf8Path,
    /// Modules that need not be importable.
    pub accepted: &'a Accepted,
    /// Commands that must end well.
    pub commands: &'a [Vec<String>],
    /// What it is made of, if that is at hand: what fails is imported without PyInstaller, too.
    pub ingredients: Option<Ingredients<'a>>,
    /// What to do where modules fail unexpectedly.
    pub hint: &'a str,
}

/// Runs the part; with `--accept`, puts what cannot be imported into `accepted`.
///
/// # Errors
/// If what the executable is made of is not there, or the machine has no room.
pub(super) fn part(context: &Context, subject: &Subject, accepted: &mut AllAccepted) -> Result<PartResult, Failure> {
    let runner = match runner(subject.artifact.target, context.args)? {
        Ok(runner) => runner,
        Err(why) => return Ok(PartResult::not_run(why)),
    };
    context.nix.store.realise_missing(&subject.closure)?;
    let (pins, _) = pins_file::load(&context.options.project)?;
    let runtime = runtime(&pins, subject)?;
    let hint = format!(
        "without PyInstaller these modules do not fail so; if they are optional, `permafreeze verify smoke --accept {}` \
         accepts them from now on",
        subject.artifact
    );
    let trial = Trial {
        artifact: &subject.artifact,
        path: &subject.path,
        accepted: &accepted.get(&subject.artifact).cloned().unwrap_or_default(),
        commands: &context.plan.commands(&subject.artifact.name),
        ingredients: Some(Ingredients { packages: &subject.job.packages, runtime: &runtime }),
        hint: &hint,
    };
    let mut found = match trial.run(&runner, context.args, context.options)? {
        Ok(found) => found,
        Err(result) => return Ok(result),
    };
    if context.args.accept {
        accept(&mut found, subject, accepted);
    }
    Ok(trial.result(&runner, found))
}

/// Finds what runs programs of the target here, or why nothing does.
///
/// # Errors
/// If a folder that the user names cannot be had.
pub(super) fn runner(target: Target, args: &VerifyArgs) -> Result<Result<Runner, String>, Failure> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).filter_map(|folder| Utf8PathBuf::from_path_buf(folder).ok());
    let folders: Vec<Utf8PathBuf> = folders.filter(|folder| !folder.as_str().is_empty()).collect();
    // Programs run in other folders than this one.
    let libraries = args.system_root.as_deref().map(absolute).transpose()?;
    let machine = Machine {
        os: std::env::consts::OS,
        arch: std::env::consts::ARCH,
        path: &folders,
        root: Utf8Path::new("/"),
        libraries: libraries.as_deref(),
        wine_prefix: &wine_prefix()?,
    };
    Ok(Runner::find(target, machine))
}

impl Trial<'_> {
    /// Tries it; an executable that does not start, or of which no module can be imported, is a result.
    ///
    /// # Errors
    /// If the machine has no room, or what it is made of cannot be read.
    pub(super) fn run(
        &self,
        runner: &Runner,
        args: &VerifyArgs,
        options: &GlobalOptions,
    ) -> Result<Result<Smoke, PartResult>, Failure> {
        let scratch = Utf8PathBuf::try_from(std::env::temp_dir()).map_err(|error| Failure::new(Kind::Input, error))?;
        let limit = Duration::from_secs(args.time_limit);
        let settings = Settings { runner, scratch: &absolute(&scratch)?, jobs: files::cores(), limit };
        if !options.quiet {
            say::note(&format!("importing every module of {}", self.artifact));
        }
        let on_step = |step: &str| {
            if options.verbose > 0 {
                say::note(&format!("importing {step}"));
            }
        };
        let expected = (self.accepted, self.commands);
        match smoke(&absolute(self.path)?, expected, self.ingredients, &settings, &on_step) {
            Ok(found) => Ok(Ok(found)),
            Err(Error::DoesNotStart { output }) => {
                Ok(Err(self.failed("the executable does not start", format!("does not start; it said:\n{output}"))))
            }
            Err(Error::Archive(error)) => Ok(Err(self.failed("the executable cannot be read", error.to_string()))),
            Err(error @ Error::OtherPython { .. }) => Ok(Err(PartResult::not_run(error.to_string()))),
            Err(error) => Err(Failure::new(Kind::Outside, error)),
        }
    }

    fn failed(&self, summary: &str, problem: String) -> PartResult {
        PartResult::new(summary, vec![Finding::new(self.artifact.to_string(), problem)], Vec::new())
    }

    /// Says how it came out.
    pub(super) fn result(&self, runner: &Runner, found: Smoke) -> PartResult {
        let modules = found.outcomes.len();
        let failing = expected::acceptable(&found.outcomes, found.excuses());
        let alike = found.outcomes.values().flatten().count() - failing.len();
        let unexpected = found.failures.iter().filter(|failure| found.outcomes.contains_key(&failure.subject)).count();
        let accepted = failing.len() - unexpected.min(failing.len());
        let emulator = runner.emulator.as_ref().map_or_else(String::new, |emulator| format!("; by {emulator}"));
        let compared = match self.ingredients {
            Some(_) => format!("{alike} fail without PyInstaller too, "),
            None => String::new(),
        };
        let commands = self.commands.len();
        let summary = format!(
            "{} of {modules} modules imported, {compared}{accepted} accepted failures, {unexpected} unexpected; \
             {commands} commands run{emulator}",
            modules - failing.len() - alike,
        );
        let mut failures = found.failures;
        if unexpected > 0
            && let Some(first) = failures.first_mut()
        {
            first.hint = Some(self.hint.to_owned());
        }
        let failing: Map<String, Value> = failing.into_iter().map(|(module, reason)| (module, reason.into())).collect();
        let result = PartResult::new(summary, failures, found.notes)
            .fact("modules", modules)
            .fact("accepted", accepted)
            .fact("commands", commands)
            .fact("emulator", runner.emulator.clone());
        match self.ingredients {
            Some(_) => result.fact("fail-unfrozen", alike),
            None => result.fact("failing", failing),
        }
    }
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
    let modules = expected::acceptable(&found.outcomes, found.excuses());
    found.failures.retain(|failure| !found.outcomes.contains_key(&failure.subject));
    found.notes.clear();
    if modules.is_empty() {
        accepted.remove(&subject.artifact);
    } else {
        accepted.insert(subject.artifact.clone(), modules);
    }
}

fn absolute(path: &Utf8Path) -> Result<Utf8PathBuf, Failure> {
    camino::absolute_utf8(path).map_err(|error| Failure::new(Kind::Input, format!("`{path}`: {error}")))
}
