//! Smoke: the executable imports every module that it holds, in an empty environment, and runs the plan's commands.
//!
//! Modules are imported inside the very executable: a copy gets another script by appending ([`swap`]), so bootloader,
//! loader, PYZ and files are those that are tested, byte for byte.
use std::collections::BTreeMap;
use std::time::Duration;

use camino::Utf8Path;

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

pub use error::Error;
pub use settings::Settings;

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
    /// What is wrong: modules that fail unexpectedly, commands that fail.
    pub failures: Vec<Finding>,
    /// What is worth knowing.
    pub notes: Vec<Finding>,
}

/// Imports every module of `executable` and compares with `accepted`; then runs `commands`.
///
/// # Errors
/// If the executable cannot be read, or nothing can be run.
pub fn smoke(
    executable: &Utf8Path,
    (accepted, commands): (&BTreeMap<String, String>, &[Vec<String>]),
    host_python: &Utf8Path,
    settings: &Settings,
    on_step: &(dyn Fn(&str) + Sync),
) -> Result<Smoke, Error> {
    let probe = probe::make(executable, host_python, settings.scratch)?;
    let outcomes = imports::import_all(&probe.path, &probe.modules, settings, on_step)?;
    let expected::Compared { mut failures, notes } = expected::compare(&outcomes, accepted);
    for command in commands {
        on_step(&command.join(" "));
        failures.extend(run(executable, command, settings)?);
    }
    Ok(Smoke { outcomes, failures, notes })
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
