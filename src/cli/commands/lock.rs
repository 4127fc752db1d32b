//! `permafreeze lock`: writes the plan, or checks that it is up to date.
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::str::FromStr;

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use permafreeze_base::FileError;
use permafreeze_packaging::python::{DEFAULT, Python};
use permafreeze_packaging::target::Target;
use permafreeze_plan::difference::{Difference, first_difference};
use permafreeze_plan::lock_format::Format;
use permafreeze_plan::plan::{FILE_NAME, Package, Plan, VERSION};
use permafreeze_plan::writer;
use permafreeze_resolve::address::{lines_with_credentials, masked};
use permafreeze_resolve::oldest::{Raised, raised};
use permafreeze_resolve::requires::Requires;
use permafreeze_resolve::sdist::known::Known;
use permafreeze_resolve::tree::Tree;
use permafreeze_resolve::version::UNKNOWN;
use permafreeze_resolve::{Choice, Error, Pythons, Version, requires, resolve};
use permafreeze_toolchain::pins;
use serde_json::Value;

use self::disk::Disk;
use crate::failure::{Failure, Kind, Outcome};
use crate::options::GlobalOptions;
use crate::{expected, files, place, say};

mod disk;
mod sdists;
mod trees;
mod trial;

/// Arguments of `permafreeze lock`.
#[derive(Debug, Args)]
pub struct LockArgs {
    /// Write nothing; fail if the plan is not what would be written
    #[arg(long)]
    pub check: bool,
    /// Choose anew what builds the source distributions; else what was chosen stays
    #[arg(long, conflicts_with = "check")]
    pub sdists: bool,
    /// What is run: a script's name, FILE.py, MODULE:FUNCTION or "-m MODULE"; the plan records it, and later locks and
    /// builds keep it as long as pyproject.toml does not say it
    #[arg(long, value_name = "ENTRY", allow_hyphen_values = true)]
    pub entry: Option<String>,
}

/// A plan that is not what would be written.
#[derive(Debug, thiserror::Error)]
enum Stale {
    #[error("`{file}` does not exist")]
    Missing { file: Utf8PathBuf },
    #[error("`{file}` is not JSON")]
    Malformed {
        file: Utf8PathBuf,
        #[source]
        source: serde_json::Error,
    },
    #[error("`{file}` has format version {found}, this permafreeze writes version {VERSION}")]
    Version { file: Utf8PathBuf, found: Value },
    #[error("`{file}` is stale: `{place}` is {old}, it would become {new}")]
    Differs { file: Utf8PathBuf, place: String, old: String, new: String },
    #[error("`{file}` is stale: its contents are the same, but not its layout")]
    Layout { file: Utf8PathBuf },
}

/// Returns whether the project has a lock file, of whatever format.
pub fn has_lock(options: &GlobalOptions) -> bool {
    let disk = Disk { options, holds: true };
    Format::ALL.iter().any(|format| options.project_file(format.file()).is_file())
        || disk.above(Format::Uv.file()).is_some()
}

/// Runs `permafreeze lock`.
///
/// # Errors
/// If the project is not in order, the plan cannot be written, or, with `--check`, is stale.
pub fn run(args: &LockArgs, options: &GlobalOptions) -> Outcome {
    bring_up_to_date(args, options).map(drop)
}

/// Does what `permafreeze lock` does, and returns the plan.
///
/// # Errors
/// As [`run`].
pub fn bring_up_to_date(args: &LockArgs, options: &GlobalOptions) -> Result<Plan, Failure> {
    let file = options.project_file(FILE_NAME);
    let old = match fs::read_to_string(&file) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(FileError::of("read", &file)(error).into()),
    };
    let former = old.as_deref().map(sdists::known).unwrap_or_default();
    let choice = match &args.entry {
        Some(entry) => Some(Choice::Given(entry.clone())),
        None => old.as_deref().map(|old| recorded(&file, old)).transpose()?.flatten(),
    };
    let plan = make(args, choice.as_ref(), &former, options)?;
    if let Some(old) = old.as_deref().filter(|_| !args.check) {
        expected::take_from_version_1(old, options)?;
    }
    let text = writer::write(&plan).map_err(|error| Failure::new(Kind::Bug, error))?;
    if args.check {
        check(&file, old.as_deref(), &text)?;
    } else if old.as_deref() != Some(text.as_str()) {
        files::write(&file, &text)?;
        if old.is_none() {
            place::track(&file);
        }
    }
    expected::warn_of_stale_pins(&expected::load(options)?, &plan, options);
    if !options.quiet {
        warn_of_credentials(&plan, options);
        warn_of_version(&plan, options);
        warn_of_newer_systems(&plan, options);
        say::note(&format!("{file}: {}", summary(&plan)));
    }
    Ok(plan)
}

/// Makes the plan without writing it; returns also why the one that is there is not it, if it is not.
///
/// # Errors
/// If the project is not in order.
pub fn state(options: &GlobalOptions) -> Result<(Plan, Option<Failure>), Failure> {
    let file = options.project_file(FILE_NAME);
    let old = fs::read_to_string(&file).ok();
    let former = old.as_deref().map(sdists::known).unwrap_or_default();
    let choice = old.as_deref().map(|old| recorded(&file, old)).transpose()?.flatten();
    let args = LockArgs { check: true, sdists: false, entry: None };
    let plan = make(&args, choice.as_ref(), &former, options)?;
    let text = writer::write(&plan).map_err(|error| Failure::new(Kind::Bug, error))?;
    Ok((plan, check(&file, old.as_deref(), &text).err()))
}

/// Says that nothing tells the project's version, if its build backend takes it from elsewhere.
fn warn_of_version(plan: &Plan, options: &GlobalOptions) {
    let own = plan.sources.get(".").and_then(|own| own.distribution.as_ref());
    if own.is_some_and(|own| own.version == UNKNOWN) {
        let file = options.project_file("pyproject.toml");
        say::warning(&format!(
            "`{file}`: neither it, nor a file of the project, nor a tag of its repository says a version: the executable says \
             that it is {UNKNOWN}"
        ));
        say::hint("write `version = \"…\"` in `[tool.permafreeze]`");
    }
}

/// Says which executables need a newer system than usual.
fn warn_of_newer_systems(plan: &Plan, options: &GlobalOptions) {
    let Some(pyproject) = options.pyproject() else { return };
    for Raised { target, system, option, packages } in raised(plan, &pyproject) {
        let who = packages.iter().map(|package| format!("`{package}`")).collect::<Vec<_>>().join(", ");
        say::warning(&format!(
            "{target}: the executable needs {system} or newer: {who}, as locked, has no wheel for an older one"
        ));
        say::hint(&format!("if that is meant, write `{option}` in `[tool.permafreeze]`"));
    }
}

/// Says which lines have credentials that the plan leaves out.
fn warn_of_credentials(plan: &Plan, options: &GlobalOptions) {
    for file in ["pyproject.toml", plan.lock()].map(|name| options.project_file(name)) {
        let lines = lines_with_credentials(&fs::read_to_string(&file).unwrap_or_default());
        if let Some(first) = lines.first() {
            let more = if lines.len() > 1 { format!(" and {} more", lines.len() - 1) } else { String::new() };
            say::warning(&format!(
                "`{file}`, line {first}{more}: a URL has credentials (user, password or query); the plan has it without them"
            ));
            say::hint(
                "take them out of the file, and put them into ~/.netrc (`machine HOST login NAME password …`), or into \
                 POETRY_HTTP_BASIC_<SOURCE>_USERNAME and …_PASSWORD",
            );
        }
    }
}

/// Makes the plan of the project. What builds a source distribution is chosen and tried if the `former` plan does not say
/// it.
///
/// # Errors
/// If the project is not in order.
fn make(args: &LockArgs, choice: Option<&Choice>, former: &Known, options: &GlobalOptions) -> Result<Plan, Failure> {
    let mut known = if args.sdists { former.without_builds() } else { former.clone() };
    let pythons = pythons()?;
    let disk = Disk { options, holds: args.check };
    let may_fetch = !args.check && !options.offline;
    let mut resolved = resolve(&disk, &pythons, choice, &known);
    if let Err(Error::Trees(unknown)) = &resolved
        && may_fetch
    {
        trees::pin_all(&mut known, unknown, options)?;
        resolved = resolve(&disk, &pythons, choice, &known);
    }
    let resolved = match resolved {
        Err(Error::Sdists(unknown)) if may_fetch => {
            let problems = sdists::choose(&mut known, former, *unknown, options)?;
            if problems.is_empty() { resolve(&disk, &pythons, choice, &known) } else { Err(Error::all(problems)) }
        }
        Err(Error::Sdists(unknown)) => Err(unknown.into_error()),
        Err(Error::Trees(unknown)) => Err(unknown.into_error()),
        resolved => resolved,
    };
    resolved.map_err(refused)
}

/// Returns what requires what among the packages of a target with a Python, as the project's lock file says it.
///
/// # Errors
/// If the project is not in order.
pub fn what_requires_what(python: Python, target: Target, options: &GlobalOptions) -> Result<Requires, Failure> {
    requires(&Disk { options, holds: true }, &release(python)?, target).map_err(refused)
}

/// Returns the patch release of a Python that this release of permafreeze freezes.
///
/// # Errors
/// None that is not a mistake of ours.
pub fn release(python: Python) -> Result<Version, Failure> {
    pythons()?.remove(&python).ok_or_else(|| Failure::new(Kind::Bug, format!("the pins have no Python {python}")))
}

/// Returns the Pythons that this release freezes.
fn pythons() -> Result<Pythons, Failure> {
    let pythons = pins::own().map_err(|error| Failure::new(Kind::Bug, error))?.pythons;
    let version = |(python, text): (Python, String)| match Version::from_str(&text) {
        Ok(version) => Ok((python, version)),
        Err(error) => Err(Failure::new(Kind::Bug, error)),
    };
    pythons.into_iter().map(version).collect()
}

fn refused(error: Error) -> Failure {
    let kind = if matches!(error, Error::Unreadable { .. }) { Kind::Outside } else { Kind::Input };
    let hint = error.hint();
    Failure::new(kind, error).maybe_hint(hint)
}

/// Returns the entry that the plan records. One that a merge has left markers in has it too, on a line of its own.
///
/// # Errors
/// Kind `Input` if a merge has left two.
fn recorded(file: &Utf8Path, old: &str) -> Result<Option<Choice>, Failure> {
    if let Ok(plan) = serde_json::from_str::<Value>(old) {
        return Ok(plan["entry"].as_str().map(|entry| Choice::Recorded(entry.to_owned())));
    }
    let of_line = |line: &str| {
        let value = line.strip_prefix("  \"entry\": ")?.trim_end().trim_end_matches(',');
        serde_json::from_str::<String>(value).ok()
    };
    let found: BTreeSet<String> = old.lines().filter_map(of_line).collect();
    match found.len() {
        0 | 1 => Ok(found.into_iter().next().map(Choice::Recorded)),
        _ => {
            let names: Vec<String> = found.iter().map(|entry| format!("`{entry}`")).collect();
            let text = format!("`{file}` is no plan, and records several entries: {}", names.join(", "));
            Err(Failure::new(Kind::Input, text).hint("choose one: `permafreeze lock --entry NAME`"))
        }
    }
}

fn check(file: &Utf8Path, old: Option<&str>, new: &str) -> Outcome {
    let Some(old) = old else {
        return Err(stale(Stale::Missing { file: file.to_owned() }));
    };
    if old == new {
        return Ok(());
    }
    let file = file.to_owned();
    let old = serde_json::from_str::<Value>(old);
    let new = serde_json::from_str(new).map_err(|error| Failure::new(Kind::Bug, error))?;
    Err(stale(match old {
        Err(source) => Stale::Malformed { file, source },
        Ok(old) if old["version"] != VERSION => Stale::Version { file, found: old["version"].clone() },
        Ok(old) => match cause(&old, &new) {
            Some(found) => {
                Stale::Differs { file, place: found.place, old: masked(&found.old), new: masked(&found.new) }
            }
            None => Stale::Layout { file },
        },
    }))
}

/// Returns the first difference that is no mere consequence: digests differ with what they are made of.
fn cause(old: &Value, new: &Value) -> Option<Difference> {
    let without_digests = |plan: &Value| {
        let mut plan = plan.clone();
        plan.as_object_mut().and_then(|plan| plan.remove("digests"));
        plan
    };
    first_difference(&without_digests(old), &without_digests(new)).or_else(|| first_difference(old, new))
}

fn stale(error: Stale) -> Failure {
    Failure::new(Kind::Input, error).hint("run `permafreeze lock`, and commit the file")
}

fn summary(plan: &Plan) -> String {
    let targets = plan.targets.iter().map(|(target, target_plan)| {
        // The application itself is a source tree too, but no package that it depends on.
        let is_application = |package: &&Package| matches!(package, Package::Source { source } if source == ".");
        let count = target_plan.packages.iter().filter(|package| !is_application(package)).count();
        format!("{count} {} for {target}", if count == 1 { "package" } else { "packages" })
    });
    let python = (plan.python != DEFAULT).then(|| format!("Python {}", plan.python));
    let names: Vec<String> = plan.executables.keys().map(|name| format!("`{name}`")).collect();
    let several = (names.len() > 1).then(|| format!("{} executables ({})", names.len(), names.join(", ")));
    let all = python.into_iter().chain(several).chain([targets.collect::<Vec<_>>().join(", ")]);
    all.collect::<Vec<_>>().join("; ")
}
