//! From the project's flake to outputs in the store: evaluation, builds, progress.
use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_nix::{Derivation, Flake, Nix, Sandbox, Setup, Step};
use permafreeze_plan::artifact::Artifact;
use permafreeze_plan::jobs::LinkJob;
use permafreeze_plan::plan::Plan;

use crate::failure::{Failure, Kind};
use crate::options::GlobalOptions;
use crate::progress::Progress;
use crate::{files, place, say};

/// Finds Nix on this machine.
///
/// # Errors
/// Kind `Outside` if there is none, or one without flakes.
pub fn find_nix(options: &GlobalOptions) -> Result<Nix, Failure> {
    let config = std::env::var("NIX_CONFIG").unwrap_or_default();
    let (offline, unsandboxed) = (options.offline, options.allow_unsandboxed);
    Ok(Nix::find(&Setup { config: &config, cores: files::cores(), offline, unsandboxed })?)
}

/// Evaluates executables of the project's flake, all in one process; returns their derivations, in order.
///
/// # Errors
/// Kind `Input` if there is no flake, Nix does not see all of the project, or the toolchain cannot build one of them; else
/// what Nix says.
pub fn evaluate(
    nix: &Nix,
    plan: &Plan,
    wanted: &[Artifact],
    options: &GlobalOptions,
) -> Result<Vec<Utf8PathBuf>, Failure> {
    let flake = place::find(options)?;
    place::say(&flake, options);
    place::check_sources(&flake, plan, options)?;
    derivations(nix, &flake, wanted, false)
}

/// Evaluates the same executables for a machine without a sandbox: their provenance says so.
///
/// # Errors
/// As [`evaluate`].
pub fn evaluate_unsandboxed(
    nix: &Nix,
    wanted: &[Artifact],
    options: &GlobalOptions,
) -> Result<Vec<Utf8PathBuf>, Failure> {
    derivations(nix, &place::find(options)?, wanted, true)
}

/// Proves that builds do not see the machine. Where they do and the user allows it, that is said.
///
/// # Errors
/// Kind `Outside` if they see it and the user has not allowed it; what else Nix says.
pub fn is_sandboxed(nix: &Nix, options: &GlobalOptions) -> Result<bool, Failure> {
    let failure = match nix.store.probe_sandbox()? {
        Sandbox::Proved => return Ok(true),
        Sandbox::Absent => Failure::new(
            Kind::Outside,
            "builds on this machine are not sandboxed: a build has read a file of the machine, whatever the settings say",
        )
        .hint(
            "write `sandbox = true` and `sandbox-fallback = false` in /etc/nix/nix.conf, and restart nix-daemon if there is \
             one: it ignores these settings where a user makes them; `--allow-unsandboxed` builds all the same",
        ),
        Sandbox::Impossible(said) => {
            Failure::new(Kind::Outside, format!("Nix cannot build in a sandbox on this machine: {said}")).hint(
                "allow user namespaces (a container needs `--privileged` or `--security-opt seccomp=unconfined`), or build \
                 elsewhere; `--allow-unsandboxed` builds without a sandbox",
            )
        }
    };
    if !options.allow_unsandboxed {
        return Err(failure);
    }
    say::warning("builds are not sandboxed: they can see and change what this user can");
    Ok(false)
}

fn derivations(nix: &Nix, flake: &Flake, wanted: &[Artifact], unsandboxed: bool) -> Result<Vec<Utf8PathBuf>, Failure> {
    let names: Vec<String> = wanted.iter().map(Artifact::to_string).collect();
    nix.derivations(flake, &files::host_system(), &names, unsandboxed)
        .map_err(|error| place::with_untracked(error.into(), flake))
}

/// Returns the job of the link tool that a derivation of an executable has; `closure` is what it needs, itself included.
///
/// # Errors
/// Kind `Bug` if there is none, or another permafreeze has written it.
pub fn link_job(derivation: &Utf8Path, closure: &[(Utf8PathBuf, Derivation)]) -> Result<LinkJob, Failure> {
    let own = closure.iter().find(|(path, _)| path == derivation);
    let job = own.and_then(|(_, own)| own.environment.get("job")).map_or("", String::as_str);
    serde_json::from_str(job)
        .map_err(|error| Failure::new(Kind::Bug, format!("the job of `{derivation}` cannot be read: {error}")))
}

/// Builds derivations together and shows the progress. Returns the output paths, in order.
///
/// # Errors
/// What Nix or the builders say.
pub fn realise(nix: &Nix, derivations: &[Utf8PathBuf], options: &GlobalOptions) -> Result<Vec<Utf8PathBuf>, Failure> {
    realise_watched(nix, derivations, &mut |_| {}, options)
}

/// The same; `on_step` hears how far it is, too.
///
/// # Errors
/// As [`realise`].
pub fn realise_watched(
    nix: &Nix,
    derivations: &[Utf8PathBuf],
    on_step: &mut dyn FnMut(Step<'_>),
    options: &GlobalOptions,
) -> Result<Vec<Utf8PathBuf>, Failure> {
    let progress = Progress::new(options, "building");
    let realised = nix.store.realise(derivations, &mut |step| {
        on_step(step);
        show(&progress, step);
    });
    progress.finish();
    realised.map_err(|error| match place::find(options) {
        Ok(flake) => place::with_untracked(error.into(), &flake),
        Err(_) => error.into(),
    })
}

/// Shows a step of Nix.
pub fn show(progress: &Progress, step: Step<'_>) {
    match step {
        Step::Expected(count) => progress.expect(count),
        Step::Build(name) => progress.step(name),
    }
}
