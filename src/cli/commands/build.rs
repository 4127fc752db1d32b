//! `permafreeze build`: plan → files in the store → Nix → `dist/`.
use std::time::Instant;

use camino::Utf8PathBuf;
use clap::Args;
use permafreeze_plan::plan::Plan;

use self::deliver::{Delivered, deliver, report};
use crate::artifact::choose;
use crate::commands::fetch;
use crate::commands::lock::{self, LockArgs};
use crate::failure::Outcome;
use crate::files;
use crate::options::GlobalOptions;
use crate::pinned;
use crate::realise::{evaluate, find_nix, realise};

mod deliver;

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

/// Runs `permafreeze build`.
///
/// # Errors
/// A stale or wrong plan, a builder that refuses its input (kind `Input`), no Nix (kind `Outside`).
pub fn run(args: &BuildArgs, options: &GlobalOptions) -> Outcome {
    let started = Instant::now();
    let mut plan = lock::bring_up_to_date(&LockArgs { check: args.locked }, options)?;
    let wanted = choose(&plan, &args.targets)?;
    let nix = find_nix()?;
    // Evaluated before anything is fetched: here it is said if the toolchain lacks a target.
    let derivations = evaluate(&nix, &wanted, options)?;
    fetch::fetch(&plan, &nix.store, options)?;
    let out_dir = files::create_folder(&args.out_dir)?;
    let roots = wanted.iter().map(|(name, target)| out_dir.join(format!(".{name}-{target}")));
    let store_paths = realise(&nix, &derivations.into_iter().zip(roots).collect::<Vec<_>>(), options)?;
    let mut built = Vec::new();
    for ((name, target), store_path) in wanted.iter().zip(&store_paths) {
        let output = format!("{name}-{target}");
        let pin = plan.outputs.get(&output).filter(|_| !args.pin);
        built.push(deliver(store_path, &out_dir.join(output), (name, *target), pin)?);
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

fn write_pins(plan: &mut Plan, built: &[Delivered], options: &GlobalOptions) -> Outcome {
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
fn compare(plan: &Plan, built: &[Delivered]) -> Outcome {
    for executable in built {
        let Some(pin) = plan.outputs.get(&executable.output) else { continue };
        if (&executable.blake3, executable.size) != (&pin.blake3, pin.size) {
            return Err(pinned::differs(&executable.output, &executable.path, pin, &pinned::hash(&executable.path)?));
        }
    }
    Ok(())
}
