//! A spec -> what it declares for each target: evaluated in Nix's sandbox, by the toolchain's host Python.
use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_packaging::Version;
use permafreeze_packaging::environment::{Environment, Variable};
use permafreeze_packaging::python::DEFAULT;
use permafreeze_packaging::target::Target;
use permafreeze_spec::recorded::Recorded;
use serde_json::{Value, json};

use crate::commands::lock;
use crate::failure::{Failure, Kind};
use crate::options::GlobalOptions;
use crate::realise::{find_nix, is_sandboxed, realise};
use crate::{files, own_nix, say};

/// The variable that sets [`LIMIT`].
const LIMIT_VARIABLE: &str = "PERMAFREEZE_SPEC_LIMIT";
/// Seconds that an evaluation for one target may take.
const LIMIT: u64 = 60;

/// What is evaluated.
pub(super) struct Job<'a> {
    /// The project's folder, absolute.
    pub(super) project: &'a Utf8Path,
    /// The spec's path in it.
    pub(super) spec: Utf8PathBuf,
    /// The folder in it that the spec takes its paths from, if that is said.
    pub(super) folder: Option<Utf8PathBuf>,
    /// Variables of the environment.
    pub(super) environment: BTreeMap<String, String>,
    /// The wanted targets.
    pub(super) targets: &'a [Target],
}

/// Evaluates a spec for the wanted targets, and for Windows: what an executable shows of itself there is said for all
/// targets.
///
/// # Errors
/// Kind `Usage` if the limit is none; kind `Input` if the evaluation does not end within it; kind `Outside` if builds are
/// not sandboxed; what else Nix says.
pub(super) fn evaluate(job: &Job<'_>, options: &GlobalOptions) -> Result<Recorded, Failure> {
    let Job { project, spec, folder, environment, targets } = job;
    let limit = limit()?;
    let is_evaluated = |target: &Target| targets.contains(target) || target.is_windows();
    let python = lock::release(DEFAULT)?;
    let evaluated = Target::ALL.into_iter().filter(is_evaluated);
    let described: Vec<Value> = evaluated.map(|target| described(target, &python)).collect();
    let job = json!({
        "spec": spec.as_str(),
        "folder": folder,
        "targets": described,
        "environment": environment,
        "limit": limit,
    });
    let nix = find_nix(options)?;
    let code = own_nix::folder()?;
    is_sandboxed(&nix, options)?;
    if !options.quiet {
        say::note(&format!("{spec}: evaluating it in the sandbox"));
    }
    let derivation = nix.spec(&code, &files::build_system(), project, &job.to_string())?;
    let outputs = realise(&nix, &[derivation], options)?;
    let Some(output) = outputs.first() else { return Err(Failure::new(Kind::Bug, "Nix names no output")) };
    let recorded = serde_json::from_str(&files::read(output)?);
    recorded.map_err(|error| Failure::new(Kind::Bug, format!("`{output}` is no recording: {error}")))
}

fn limit() -> Result<u64, Failure> {
    let Ok(given) = std::env::var(LIMIT_VARIABLE) else { return Ok(LIMIT) };
    let limit = given.parse().ok().filter(|seconds| *seconds > 0);
    limit.ok_or_else(|| {
        Failure::new(Kind::Usage, format!("`{LIMIT_VARIABLE}` is `{given}`: expected a number of seconds"))
    })
}

/// Returns what a target says of itself, as `nix/spec/target.py` takes it.
fn described(target: Target, python: &Version) -> Value {
    let environment = Environment::cpython(python, target.platform());
    let of = |variable| environment.value(variable);
    let machine = of(Variable::PlatformMachine);
    let sysconfig = match (target.is_windows(), target.is_linux()) {
        (true, _) => "win-amd64".to_owned(),
        (_, true) => format!("linux-{machine}"),
        _ => format!("macosx-12.0-{machine}"),
    };
    json!({
        "name": target.name(),
        "sys-platform": of(Variable::SysPlatform),
        "os-name": of(Variable::OsName),
        "system": of(Variable::PlatformSystem),
        "machine": machine,
        "sysconfig": sysconfig,
    })
}
