//! What comes between evaluation and the build: what would be built, what that needs of files and tools, and whether
//! builds see this machine. Where nothing is to be built, nothing of it is done.
use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;
use permafreeze_fetch::run::Fetched;
use permafreeze_nix::{BuildFailure, Error as NixError, Nix};
use permafreeze_packaging::python::{DEFAULT, PYTHONS, Python};
use permafreeze_packaging::target::Target;
use permafreeze_plan::artifact::Artifact;
use permafreeze_plan::pins::Pins;
use permafreeze_plan::plan::{Plan, RuntimeSource, runtime_pin};
use permafreeze_toolchain::Error as ToolchainError;

use crate::commands::fetch;
use crate::failure::{Failure, Kind, Outcome};
use crate::options::GlobalOptions;
use crate::realise::{evaluate_unsandboxed, is_sandboxed};
use crate::{pins_file, say};

/// What can be built.
#[derive(Debug)]
pub struct Prepared {
    /// The derivations of the wanted executables, in order; other ones than were given where the user allows builds without
    /// a sandbox.
    pub derivations: Vec<Utf8PathBuf>,
    /// Of each whether it is in the store.
    pub are_there: Vec<bool>,
    /// The files that were fetched.
    pub fetched: Vec<Fetched>,
}

/// Makes ready what `derivations`, those of `wanted`, need to be built.
///
/// # Errors
/// Kind `Input` if a tool of the toolchain is not in the store; kind `Outside` if a file cannot be had or builds see the
/// machine; what else Nix says.
pub fn prepare(
    nix: &mut Nix,
    plan: &Plan,
    (wanted, derivations): (&[Artifact], Vec<Utf8PathBuf>),
    options: &GlobalOptions,
) -> Result<Prepared, Failure> {
    let are_there = are_built(nix, &derivations)?;
    if are_there.iter().all(|is_there| *is_there) {
        return Ok(Prepared { derivations, are_there, fetched: Vec::new() });
    }
    if !options.offline {
        drop_unreachable_caches(nix, options)?;
    }
    let todo = nix.store.would_build(&derivations)?;
    let (pins, _) = pins_file::load(&options.project)?;
    check_tools(&pins, plan, &todo, wanted)?;
    let fetched = fetch::needed((plan, &pins), &todo, &nix.store, options)?;
    if todo.is_empty() || is_sandboxed(nix, options)? {
        return Ok(Prepared { derivations, are_there, fetched });
    }
    let derivations = evaluate_unsandboxed(nix, wanted, options)?;
    let are_there = are_built(nix, &derivations)?;
    Ok(Prepared { derivations, are_there, fetched })
}

fn are_built(nix: &Nix, derivations: &[Utf8PathBuf]) -> Result<Vec<bool>, Failure> {
    derivations.iter().map(|derivation| Ok(nix.store.is_built(derivation)?)).collect()
}

fn drop_unreachable_caches(nix: &mut Nix, options: &GlobalOptions) -> Outcome {
    for (cache, why) in nix.drop_unreachable_caches()? {
        if !options.quiet {
            let why = why.lines().last().unwrap_or_default();
            say::warning(&format!("the binary cache {cache} is left out: {why}"));
        }
    }
    Ok(())
}

/// Adds the other source of a runtime to a failure, if the download of that runtime is what failed.
pub fn with_other_source(failure: Failure, wanted: &[Artifact], options: &GlobalOptions) -> Failure {
    let Some(NixError::Builder { failures }) = failure.error.downcast_ref() else { return failure };
    let Ok((pins, _)) = pins_file::load(&options.project) else { return failure };
    match unreachable_runtime(failures, &pins, wanted) {
        Some(target) => {
            let hint = ToolchainError::NotMade { target: target.to_string() }.hint();
            Failure { kind: Kind::Outside, ..failure }.maybe_hint(hint)
        }
        None => failure,
    }
}

/// Returns the first target of `wanted` whose runtime is downloaded from its release and is among what failed.
fn unreachable_runtime(failures: &[BuildFailure], pins: &Pins, wanted: &[Artifact]) -> Option<Target> {
    let targets: BTreeSet<Target> = wanted.iter().map(|artifact| artifact.target).collect();
    targets.into_iter().find(|target| {
        let made = PYTHONS.iter().filter_map(|python| pins.made.get(&runtime_pin(*python, *target, None)));
        let mut made = made.filter(|made| !made.urls.is_empty());
        made.any(|made| failures.iter().any(|failure| failure.name() == made.name))
    })
}

/// Returns the commands that make the toolchain for some artifacts of a plan.
fn toolchain_builds(plan: &Plan, wanted: &[Artifact]) -> String {
    let mut commands: BTreeMap<Option<RuntimeSource>, BTreeSet<Target>> = BTreeMap::new();
    for Artifact { target, .. } in wanted {
        let source = plan.targets.get(target).and_then(|planned| planned.runtime);
        commands.entry(source).or_default().insert(*target);
    }
    let command =
        |(source, targets): (Option<RuntimeSource>, BTreeSet<Target>)| toolchain_build(plan.python, &targets, source);
    commands.into_iter().map(command).collect::<Vec<_>>().join(" && ")
}

/// Returns the command that makes the toolchain of a Python for some targets.
pub fn toolchain_build(python: Python, targets: &BTreeSet<Target>, source: Option<RuntimeSource>) -> String {
    let python = if python == DEFAULT { String::new() } else { format!(" --python {python}") };
    let targets: String = targets.iter().map(|target| format!(" --target {target}")).collect();
    let source = source.map(|source| format!(" --from {}", source.name())).unwrap_or_default();
    format!("permafreeze toolchain build{python}{targets}{source}")
}

/// Checks that no tool of the toolchain is among what would be built: none can be, and Nix has no place to have it from.
fn check_tools(pins: &Pins, plan: &Plan, names: &[String], wanted: &[Artifact]) -> Outcome {
    let missing = pins.made.iter().filter(|(_, made)| made.urls.is_empty() && names.contains(&made.name));
    let missing: Vec<String> = missing.map(|(name, _)| format!("`{name}`")).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let text = format!("the toolchain is not in the Nix store, and in no binary cache: {}", missing.join(", "));
    Err(Failure::new(Kind::Input, text).hint(format!("run `{}`", toolchain_builds(plan, wanted))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unreachable(derivation: &str, wanted: &[Target]) -> Option<Target> {
        let pins = permafreeze_toolchain::pins::own().expect("pins");
        let failure = BuildFailure { derivation: derivation.to_owned(), log: String::new(), before: Vec::new() };
        let wanted = wanted.iter().map(|target| Artifact { name: "app".to_owned(), target: *target });
        unreachable_runtime(&[failure], &pins, &wanted.collect::<Vec<_>>())
    }

    fn derivation(pin: &str) -> String {
        let pins = permafreeze_toolchain::pins::own().expect("pins");
        format!("/nix/store/00000000000000000000000000000000-{}.drv", pins.made[pin].name)
    }

    #[test]
    fn a_runtime_that_is_not_downloaded_names_its_target() {
        let both = [Target::LinuxAmd64, Target::WindowsAmd64];
        assert_eq!(unreachable(&derivation("runtime-3.13-windows-amd64"), &both), Some(Target::WindowsAmd64));
        assert_eq!(unreachable(&derivation("runtime-3.13-darwin-arm64"), &both), None, "it is not wanted");
        assert_eq!(
            unreachable(&derivation("runtime-3.13-windows-amd64-wheels"), &both),
            None,
            "it is the other source"
        );
        assert_eq!(unreachable(&derivation("runtime-3.13-linux-amd64"), &both), None, "it has no other source");
        assert_eq!(unreachable("/nix/store/00000000000000000000000000000000-object-six.drv", &both), None);
    }
}
