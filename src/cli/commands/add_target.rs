//! `permafreeze add-target`: adds to `targets` of `[tool.permafreeze]`.
use clap::Args;
use permafreeze_packaging::target::Target;
use permafreeze_resolve::settings::Settings;
use permafreeze_spec::targets::{Added, Error, add};

use crate::failure::{Failure, Kind, Outcome};
use crate::options::{GlobalOptions, PYPROJECT};
use crate::{files, say};

/// Arguments of `permafreeze add-target`.
#[derive(Debug, Args)]
pub struct AddTargetArgs {
    /// What executables are made for, besides the targets that are there
    #[arg(value_name = "TARGET", required = true, value_parser = crate::options::target())]
    targets: Vec<Target>,
}

/// Runs `permafreeze add-target`.
///
/// # Errors
/// Kind `Input` if there is no pyproject.toml, or it has no table or list; kind `Outside` if it cannot be written.
pub fn run(args: &AddTargetArgs, options: &GlobalOptions) -> Outcome {
    let file = options.project_file(PYPROJECT);
    let before = files::read(&file)?;
    let Added { text, added } = add(&before, &args.targets, &Settings::default().targets).map_err(|error| {
        let failure = Failure::new(Kind::Input, format!("`{file}`: {error}"));
        match error {
            Error::NoTable => failure.hint(format!("`permafreeze init{}` writes it", init(&args.targets))),
            Error::NoList => failure.hint("write it as `targets = [\"linux-amd64\"]`"),
            Error::Malformed(_) => failure,
        }
    })?;
    if added.is_empty() {
        return note(&format!("{file}: it has {}", listed(&args.targets)), options);
    }
    files::write(&file, &text)?;
    let names: Vec<&str> = added.iter().map(|target| target.name()).collect();
    let next = format!("`permafreeze build {}` locks and builds", names.join(" "));
    note(&format!("{file}: added {} to `targets`; {next}", listed(&added)), options)
}

fn note(text: &str, options: &GlobalOptions) -> Outcome {
    if !options.quiet {
        say::note(text);
    }
    Ok(())
}

fn init(targets: &[Target]) -> String {
    targets.iter().map(|target| format!(" --target {target}")).collect()
}

fn listed(targets: &[Target]) -> String {
    targets.iter().map(|target| format!("`{target}`")).collect::<Vec<_>>().join(", ")
}
