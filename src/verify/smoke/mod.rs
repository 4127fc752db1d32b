//! Smoke: the executable imports every module that it holds, in an empty environment, and runs the plan's commands.
//!
//! Modules are imported inside the very executable: a copy gets another script by appending ([`swap`]), so bootloader,
//! loader, PYZ and files are those that are tested, byte for byte. The copy of a bundle is the folder that it is unpacked
//! to; its launcher unpacks it too, verifies that, and runs the commands.
use std::collections::BTreeMap;
use std::time::Duration;

use camino::Utf8Path;
use permafreeze_archive::{Executable, Form};

pub mod bootstrap;
pub mod error;
pub mod expected;
mod foreign;
pub mod imports;
mod launcher;
pub mod modules;
pub mod probe;
pub mod process;
pub mod reason;
pub mod runner;
pub mod settings;
pub mod swap;
pub mod unfrozen;

pub use error::Error;
use expected::Excuses;
pub use settings::Settings;
pub use unfrozen::Ingredients;

use crate::finding::Finding;

/// How long one of the plan's commands may run.
const COMMAND_LIMIT: Duration = Duration::from_secs(600);
/// How many lines of a failed command's output are shown.
const SHOWN_LINES: usize = 20;

/// What was found.
#[derive(Debug)]
pub struct Smoke {
    /// What became of each module.
    pub outcomes: imports::Outcomes,
    /// What became of those that fail unexpectedly, imported without PyInstaller.
    pub unfrozen: imports::Outcomes,
    /// Whether it ran on Windows.
    pub windows: bool,
    /// What is wrong: modules that fail unexpectedly, commands that fail.
    pub failures: Vec<Finding>,
    /// What is worth knowing.
    pub notes: Vec<Finding>,
}

impl Smoke {
    /// Returns what excuses modules that cannot be imported.
    pub fn excuses(&self) -> Excuses<'_> {
        Excuses { unfrozen: &self.unfrozen, windows: self.windows }
    }
}

/// Imports every module of `executable`, and what is not as `accepted` also without PyInstaller, if there are `ingredients`;
/// then runs `commands`.
///
/// # Errors
/// If the executable cannot be read, or nothing can be run.
pub fn smoke(
    executable: &Utf8Path,
    (accepted, commands): (&BTreeMap<String, String>, &[Vec<String>]),
    ingredients: Option<Ingredients>,
    settings: &Settings,
    on_step: &(dyn Fn(&str) + Sync),
) -> Result<Smoke, Error> {
    let opened = Executable::open(executable)?;
    let (form, windows) = (opened.form(), opened.program().is_for_windows());
    let unpacked = tempfile::Builder::new().prefix("permafreeze-onedir-").tempdir_in(settings.scratch);
    let unpacked = unpacked.map_err(Error::machine)?;
    let started = match Utf8Path::from_path(unpacked.path()) {
        Some(folder) if opened.is_packed() => opened.unpack(folder)?,
        _ => opened.start(executable),
    };
    let probe = probe::make(&opened, executable.file_name().unwrap_or("probe"), settings.scratch)?;
    drop(opened);
    let outcomes = imports::import_all(&probe.program(), &probe.modules, settings, on_step)?;
    let unexpected = expected::unexpected(&outcomes, accepted, windows);
    let unfrozen = match ingredients.filter(|_| !unexpected.is_empty()) {
        None => imports::Outcomes::new(),
        Some(ingredients) => {
            on_step("the same without PyInstaller");
            unfrozen::import(ingredients, &unexpected, settings)?
        }
    };
    let expected::Compared { mut failures, notes } =
        expected::compare(&outcomes, accepted, Excuses { unfrozen: &unfrozen, windows });
    let cache = launcher::Cache::new(settings.scratch)?;
    if form == Form::Bundle {
        on_step("the launcher");
        let ended = cache.unpack(executable, settings)?;
        failures.extend(judged("the launcher", &ended, settings));
    }
    for command in commands {
        on_step(&command.join(" "));
        failures.extend(run(&started, command, &cache, settings)?);
    }
    Ok(Smoke { outcomes, unfrozen, windows, failures, notes })
}

/// Runs one command; returns what is wrong with it.
fn run(
    executable: &Utf8Path,
    arguments: &[String],
    cache: &launcher::Cache,
    settings: &Settings,
) -> Result<Option<Finding>, Error> {
    let place = process::Place::new(settings.scratch).map_err(Error::machine)?;
    let line = cache.used_by(settings.runner.command(executable, arguments));
    let ended =
        process::run(&mut place.command(&line), COMMAND_LIMIT * settings.runner.slowness).map_err(Error::machine)?;
    let name = executable.file_name().unwrap_or_default();
    Ok(judged(format!("{name} {}", arguments.join(" ")).trim(), &ended, settings))
}

/// Says what is wrong with a program that has run, if something is.
fn judged(what: &str, ended: &process::Ended, settings: &Settings) -> Option<Finding> {
    let how = match ended.status {
        Some(status) if status.success() => return None,
        Some(status) => format!("ended with {status}, expected exit status: 0"),
        None => format!("did not end in {} s", (COMMAND_LIMIT * settings.runner.slowness).as_secs()),
    };
    let lines: Vec<&str> = ended.output.lines().collect();
    let shown = lines[lines.len().saturating_sub(SHOWN_LINES)..].join("\n");
    Some(Finding::new(what, format!("{how}; it said:\n{shown}")))
}
