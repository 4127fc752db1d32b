//! The project's `permafreeze.expected.json`: pins and accepted modules, read, written, and told apart from the plan.
use camino::Utf8Path;
use permafreeze_plan::artifact::Artifact;
use permafreeze_plan::expected::{Expected, FILE_NAME, Stale};
use permafreeze_plan::plan::Plan;
use permafreeze_plan::{reader, version_1, writer};

use crate::failure::{Failure, Kind, Outcome};
use crate::options::GlobalOptions;
use crate::{files, place, say};

/// Reads what is expected of the project's executables; nothing, if there is no file.
///
/// # Errors
/// Kind `Input` if the file is malformed; kind `Outside` if it cannot be read.
pub fn load(options: &GlobalOptions) -> Result<Expected, Failure> {
    let file = options.project_file(FILE_NAME);
    if file.exists() { read(&file) } else { Ok(Expected::default()) }
}

/// Reads a file of what is expected.
///
/// # Errors
/// Kind `Input` if there is none, or it is malformed; kind `Outside` if it cannot be read.
pub fn read(file: &Utf8Path) -> Result<Expected, Failure> {
    reader::read_expected(file.as_str(), &files::read(file)?).map_err(|error| {
        let hint = error.hint();
        Failure::new(Kind::Input, error).hint(hint)
    })
}

/// Writes what is expected of the project's executables.
///
/// # Errors
/// If the file cannot be written.
pub fn save(expected: &Expected, options: &GlobalOptions) -> Outcome {
    let file = options.project_file(FILE_NAME);
    let is_new = !file.exists();
    let text = writer::write(expected).map_err(|error| Failure::new(Kind::Bug, error))?;
    files::write(&file, &text)?;
    if is_new {
        place::track(&file);
        if !options.quiet {
            say::note(&format!("{file}: new; commit it"));
        }
    }
    Ok(())
}

/// Takes the pins and accepted modules out of a plan of format version 1, `text`, into the file of their own. What is
/// expected there already stays.
///
/// # Errors
/// If the plan's or the file's are malformed, or the file cannot be written.
pub fn take_from_version_1(text: &str, options: &GlobalOptions) -> Outcome {
    let plan = options.project_file(permafreeze_plan::plan::FILE_NAME);
    let earlier = version_1::expected(plan.as_str(), text).map_err(|error| {
        Failure::new(Kind::Input, error).hint("restore it from version control, or delete it: its pins are lost then")
    })?;
    let Some(earlier) = earlier.filter(|earlier| *earlier != Expected::default()) else { return Ok(()) };
    let mut expected = load(options)?;
    expected.add_missing(earlier);
    save(&expected, options)?;
    if !options.quiet {
        let file = options.project_file(FILE_NAME);
        say::note(&format!("{file}: has the pins and accepted modules of {plan} now"));
    }
    Ok(())
}

/// Tells which pins do not hold, and what to do.
pub fn warn_of_stale_pins(expected: &Expected, plan: &Plan, options: &GlobalOptions) {
    if options.quiet {
        return;
    }
    for (artifact, stale) in expected.stale(plan) {
        let (warning, hint) = explain(artifact, stale);
        say::warning(&warning);
        say::hint(&hint);
    }
}

/// Returns why a pin does not hold, and what to do.
pub fn explain(artifact: &Artifact, stale: Stale) -> (String, String) {
    match stale {
        Stale::Decided => (
            format!("the pin of `{artifact}` is not compared: the plan has changed since it was made"),
            format!("`permafreeze pin {artifact}` builds it and pins it again"),
        ),
        Stale::Unplanned => (
            format!("the pin of `{artifact}` is not compared: the plan does not have it"),
            format!("add its target to `targets` in [tool.permafreeze], or take it out of `{FILE_NAME}`"),
        ),
    }
}
