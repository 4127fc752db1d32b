//! Smoke: the executable imports every module that it holds, in an empty environment, and runs the plan's commands.
//!
//! Modules are imported inside the very executable: a copy gets another script by appending ([`swap`]), so bootloader,
//! loader, PYZ and files are those that are tested, byte for byte.
use std::collections::BTreeMap;
use std::time::Duration;

use camino::Utf8Path;

pub mod bootstrap;
pub mod error;
pub mod expected;
pub mod imports;
pub mod modules;
pub mod probe;
pub mod process;
pub mod reason;
pub mod runner;
pub mod settings;
pub mod swap;
pub mod unfrozen;

pub use error::Error;
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
    /// What is wrong: modules that fail unexpectedly, commands that fail.
    pub failures: Vec<Finding>,
    /// What is worth knowing.
    pub notes: Vec<Finding>,
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
    let probe = probe::make(executable, settings.scratch)?;
    let outcomes = imports::import_all(&probe.program(), &probe.modules, settings, on_step)?;
    let unexpected = expected::unexpected(&outcomes, accepted);
    let unfrozen = match ingredients.filter(|_| !unexpected.is_empty()) {
        None => imports::Outcomes::new(),
        Some(ingredients) => {
            on_step("the same without PyInstaller");
            unfrozen::import(ingredients, &unexpected, settings)?
        }
    };
    let expected::Compared { mut failures, notes } = expected::compare(&outcomes, accepted, &unfrozen);
    for command in commands {
        on_step(&command.join(" "));
        failures.extend(run(executable, command, settings)?);
    }
    Ok(Smoke { outcomes, unfrozen, failures, notes })
}

/// Runs one command; returns what is wrong with it.
fn run(executable: &Utf8Path, arguments: &[String], settings: &Settings) -> Result<Option<Finding>, Error> {
    let place = process::Place::new(settings.scratch).map_err(Error::machine)?;
    let limit = COMMAND_LIMIT * settings.runner.slowness;
    let ended = process::run(&mut place.command(&settings.runner.command(executable, arguments)), limit)
        .map_err(Error::machine)?;
    let how = match ended.status {
        Some(status) if status.success() => return Ok(None),
        Some(status) => format!("ended with {status}, expected exit status: 0"),
        None => format!("did not end in {} s", limit.as_secs()),
    };
    let lines: Vec<&str> = ended.output.lines().collect();
    let shown = lines[lines.len().saturating_sub(SHOWN_LINES)..].join("\n");
    let name = executable.file_name().unwrap_or_default();
    Ok(Some(Finding::new(format!("{name} {}", arguments.join(" ")).trim(), format!("{how}; it said:\n{shown}"))))
}
