//! From the project's flake to outputs in the store: evaluation, builds, progress.
use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_nix::{Nix, Step};
use permafreeze_plan::artifact::Artifact;

use crate::failure::{Failure, Kind};
use crate::files;
use crate::options::GlobalOptions;
use crate::progress::Progress;

/// Finds Nix on this machine.
///
/// # Errors
/// Kind `Outside` if there is none, or one without flakes.
pub fn find_nix() -> Result<Nix, Failure> {
    Ok(Nix::find(&std::env::var("NIX_CONFIG").unwrap_or_default(), files::cores())?)
}

/// Evaluates executables of the project's flake, all in one process; returns their derivations, in order.
///
/// # Errors
/// Kind `Input` if there is no flake, or the toolchain cannot build one of them; else what Nix says.
pub fn evaluate(nix: &Nix, wanted: &[Artifact], options: &GlobalOptions) -> Result<Vec<Utf8PathBuf>, Failure> {
    let names: Vec<String> = wanted.iter().map(Artifact::to_string).collect();
    Ok(nix.derivations(&find_flake(&options.project)?, &files::host_system(), &names)?)
}

/// Builds derivations together and shows the progress. Returns the output paths, in order.
///
/// # Errors
/// What Nix or the builders say.
pub fn realise(nix: &Nix, derivations: &[Utf8PathBuf], options: &GlobalOptions) -> Result<Vec<Utf8PathBuf>, Failure> {
    let progress = Progress::new(options, "building");
    let realised = nix.store.realise(derivations, &mut |step| show(&progress, step));
    progress.finish();
    Ok(realised?)
}

/// Shows a step of Nix.
pub fn show(progress: &Progress, step: Step<'_>) {
    match step {
        Step::Expected(count) => progress.expect(count),
        Step::Build(name) => progress.step(name),
    }
}

/// Finds the folder of the flake that has the project: the nearest ancestor with a flake.nix.
fn find_flake(project: &Utf8Path) -> Result<Utf8PathBuf, Failure> {
    let project = project
        .canonicalize_utf8()
        .map_err(|error| Failure::new(Kind::Input, format!("no project folder `{project}`: {error}")))?;
    match project.ancestors().find(|folder| folder.join("flake.nix").is_file()) {
        Some(folder) => Ok(folder.to_owned()),
        None => Err(Failure::new(Kind::Input, format!("no flake.nix in `{project}` or a folder above it")).hint(
            "write one: { inputs.permafreeze.url = \"…\"; outputs = { permafreeze, ... }: permafreeze.lib.mkFlake { root = ./.; }; }",
        )),
    }
}
