//! `permafreeze build`: plan → files in the store → Nix → `dist/`.
use std::time::Instant;

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use permafreeze_packaging::target::Target;
use permafreeze_plan::plan::{Output, Plan};
use serde::Serialize;

use crate::commands::fetch::{self, FetchArgs};
use crate::commands::lock::{self, LockArgs};
use crate::failure::{Failure, Kind, Outcome};
use crate::nix::Nix;
use crate::options::GlobalOptions;
use crate::progress::Progress;
use crate::{files, hashes, pinned};

/// Arguments of `permafreeze build`.
#[derive(Debug, Args)]
pub struct BuildArgs {
    /// What to build: targets (`linux-amd64`) or executables (`agent-runner-linux-amd64`); default: all of the plan
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    /// The folder that the executables are copied to
    #[arg(long, value_name = "DIR", default_value = "dist")]
    out_dir: Utf8PathBuf,
    /// Fail if the plan is not up to date, instead of making it anew
    #[arg(long)]
    locked: bool,
    /// Write the hashes of what was built into the plan; from then on they are compared
    #[arg(long)]
    pin: bool,
    /// Print what was built as JSON
    #[arg(long)]
    json: bool,
}

/// Arguments of `permafreeze pin`.
#[derive(Debug, Args)]
pub struct PinArgs {
    /// What to build and pin; default: all of the plan
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    /// The folder that the executables are copied to
    #[arg(long, value_name = "DIR", default_value = "dist")]
    out_dir: Utf8PathBuf,
    /// Print what was built as JSON
    #[arg(long)]
    json: bool,
}

/// One executable that was built.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Built {
    #[serde(skip)]
    output: String,
    name: String,
    target: Target,
    /// Where it lies now.
    path: Utf8PathBuf,
    /// Where it lies in the store.
    store_path: Utf8PathBuf,
    /// Size in bytes.
    size: u64,
    /// blake3 of the bytes, lower-case hex.
    blake3: String,
    /// What the linker had to say.
    warnings: Vec<String>,
}

/// What of a `report.json` this command reads.
#[derive(serde::Deserialize)]
struct Report {
    executable: ReportExecutable,
    /// What the linker had to say.
    warnings: Vec<String>,
}

#[derive(serde::Deserialize)]
struct ReportExecutable {
    size: u64,
    blake3: String,
}

/// Runs `permafreeze build`.
///
/// # Errors
/// A stale or wrong plan, a builder that refuses its input (kind `Input`), no Nix (kind `Outside`).
pub fn run(args: &BuildArgs, options: &GlobalOptions) -> Outcome {
    let started = Instant::now();
    let mut plan = lock::bring_up_to_date(&LockArgs { check: args.locked }, options)?;
    let wanted = choose(&plan, &args.targets)?;
    let flake = find_flake(&options.project)?;
    let nix = Nix::find(&std::env::var("NIX_CONFIG").unwrap_or_default(), files::cores())?;
    // Evaluated before anything is fetched: here it is said if the toolchain lacks a target.
    let mut derivations = Vec::new();
    for (name, target) in &wanted {
        derivations.push(nix.derivation(&flake, &format!("packages.{}.{name}-{target}", files::host_system()))?);
    }
    fetch::run(&FetchArgs::default(), options)?;
    let mut built = Vec::new();
    for ((name, target), derivation) in wanted.iter().zip(&derivations) {
        let pin = plan.outputs.get(&format!("{name}-{target}")).filter(|_| !args.pin);
        built.push(build_one(&nix, derivation, (name, *target), (args, pin), options)?);
    }
    report(&built, args.json, options.quiet, started)?;
    if args.pin { write_pins(&mut plan, &built, options) } else { compare(&plan, &built) }
}

/// Runs `permafreeze pin`: builds, then writes the hashes into the plan.
///
/// # Errors
/// As [`run`].
pub fn pin(args: &PinArgs, options: &GlobalOptions) -> Outcome {
    let PinArgs { targets, out_dir, json } = args;
    let (targets, out_dir) = (targets.clone(), out_dir.clone());
    run(&BuildArgs { targets, out_dir, locked: false, pin: true, json: *json }, options)
}

fn write_pins(plan: &mut Plan, built: &[Built], options: &GlobalOptions) -> Outcome {
    for executable in built {
        let hashes = pinned::hash(&executable.path)?;
        if !options.quiet {
            eprintln!("{}: pinned as sha256 {}", executable.output, hashes.sha256);
        }
        plan.outputs.insert(executable.output.clone(), hashes);
    }
    lock::save(plan, options)
}

/// Compares what was built with the plan's pins; the first that differs is the failure.
fn compare(plan: &Plan, built: &[Built]) -> Outcome {
    for executable in built {
        let Some(pin) = plan.outputs.get(&executable.output) else { continue };
        if (&executable.blake3, executable.size) != (&pin.blake3, pin.size) {
            return Err(pinned::differs(&executable.output, &executable.path, pin, &pinned::hash(&executable.path)?));
        }
    }
    Ok(())
}

/// Chooses what to build: every executable for every target, or those that are named.
///
/// # Errors
/// Kind `Usage` if a name is none of the plan's.
pub fn choose(plan: &Plan, names: &[String]) -> Result<Vec<(String, Target)>, Failure> {
    let all: Vec<(String, Target)> = plan
        .executables
        .keys()
        .flat_map(|name| plan.targets.keys().map(move |target| (name.clone(), *target)))
        .collect();
    if names.is_empty() {
        return Ok(all);
    }
    let mut chosen = Vec::new();
    for given in names {
        let matching: Vec<_> = all
            .iter()
            .filter(|(name, target)| target.name() == given || format!("{name}-{target}") == *given)
            .cloned()
            .collect();
        if matching.is_empty() {
            return Err(not_planned(given, &all));
        }
        chosen.extend(matching);
    }
    chosen.sort();
    chosen.dedup();
    Ok(chosen)
}

fn not_planned(given: &str, all: &[(String, Target)]) -> Failure {
    let known: Vec<String> = all.iter().map(|(name, target)| format!("`{name}-{target}`")).collect();
    let text = match given.parse::<Target>() {
        Ok(_) => format!("the plan has no target `{given}`: it has {}", known.join(", ")),
        Err(error) if !given.contains(['/', '.']) && known.is_empty() => error.to_string(),
        Err(error) => format!("{error}, or an executable of the plan: {}", known.join(", ")),
    };
    Failure::new(Kind::Usage, text)
        .hint("add the target to `targets` in [tool.permafreeze] of pyproject.toml and run `permafreeze lock`")
}

/// Finds the folder of the flake that has the project: the nearest ancestor with a flake.nix.
///
/// # Errors
/// Kind `Input` if there is none.
pub fn find_flake(project: &Utf8Path) -> Result<Utf8PathBuf, Failure> {
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

fn build_one(
    nix: &Nix,
    derivation: &Utf8Path,
    (name, target): (&str, Target),
    (args, pin): (&BuildArgs, Option<&Output>),
    options: &GlobalOptions,
) -> Result<Built, Failure> {
    let output = format!("{name}-{target}");
    let out_dir = files::create_folder(&args.out_dir)?;
    let store_path = realise(nix, derivation, &out_dir.join(format!(".{output}")), options)?;
    copy_out(&store_path, &out_dir.join(output), (name, target), pin)
}

/// Builds a derivation of ours and shows the progress; `root` keeps it alive.
///
/// # Errors
/// What Nix or the builder says.
pub fn realise(
    nix: &Nix,
    derivation: &Utf8Path,
    root: &Utf8Path,
    options: &GlobalOptions,
) -> Result<Utf8PathBuf, Failure> {
    let to_build = nix.to_build(&[derivation.to_owned()])?;
    let progress = Progress::new(options, "building", to_build.len() as u64);
    let store_path = nix.build(derivation, root, |name| progress.step(name))?;
    progress.finish();
    Ok(store_path)
}

/// Copies the executable out of the store, unless it is there already.
fn copy_out(
    store_path: &Utf8Path,
    path: &Utf8Path,
    (name, target): (&str, Target),
    pin: Option<&Output>,
) -> Result<Built, Failure> {
    let report_file = store_path.join("share/permafreeze/report.json");
    let text = files::read(&report_file)?;
    let report: Report = serde_json::from_str(&text)
        .map_err(|error| Failure::new(Kind::Bug, format!("`{report_file}` is not a report: {error}")))?;
    let Report { executable: ReportExecutable { size, blake3 }, warnings } = report;
    if !hashes::is(path, size, &blake3) {
        if let Some(pin) = pin {
            pinned::keep(path, pin)?;
        }
        files::copy_executable(&store_path.join("bin").join(name), path)?;
    }
    Ok(Built {
        output: format!("{name}-{target}"),
        name: name.to_owned(),
        target,
        path: path.to_owned(),
        store_path: store_path.to_owned(),
        size,
        blake3,
        warnings,
    })
}

fn report(built: &[Built], json: bool, quiet: bool, started: Instant) -> Outcome {
    if json {
        let text = serde_json::to_string_pretty(built).map_err(|error| Failure::new(Kind::Bug, error))?;
        println!("{text}");
    } else {
        for executable in built {
            println!("{}", executable.path);
        }
    }
    if !quiet {
        for Built { output, size, blake3, warnings, .. } in built {
            for warning in warnings {
                eprintln!("warning: {warning}");
            }
            #[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
            let mib = *size as f64 / f64::from(1 << 20);
            eprintln!("{output}: {mib:.1} MiB, blake3 {blake3}");
        }
        eprintln!("built in {:.1} s", started.elapsed().as_secs_f64());
    }
    Ok(())
}
