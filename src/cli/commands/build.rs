//! `permafreeze build`: plan → files in the store → Nix → `dist/`.
use std::time::Instant;

use camino::Utf8PathBuf;
use clap::Args;
use permafreeze_plan::expected::{Expected, Pin};
use permafreeze_plan::plan::Plan;

use self::deliver::{Delivered, deliver, report};
use crate::artifact::choose;
use crate::commands::fetch;
use crate::commands::lock::{self, LockArgs};
use crate::failure::Outcome;
use crate::options::GlobalOptions;
use crate::realise::{evaluate, find_nix, realise};
use crate::{expected, files, pinned};

mod deliver;

/// Arguments of `permafreeze build`.
#[derive(Debug, Args)]
pub struct BuildArgs {
    /// What to build: targets (`linux-amd64`) or executables (`agent-runner`, `agent-runner-linux-amd64`); default: all of the plan
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    /// The folder that the executables are copied to
    #[arg(long, value_name = "DIR", default_value = "dist")]
    out_dir: Utf8PathBuf,
    /// Fail if the plan is not up to date, instead of making it anew
    #[arg(long)]
    locked: bool,
    /// Write the hashes of what was built into `permafreeze.expected.json`; from then on they are compared
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
    let plan = lock::bring_up_to_date(&LockArgs { check: args.locked, sdists: false, entry: None }, options)?;
    let wanted = choose(&plan, &args.targets)?;
    let nix = find_nix()?;
    // Evaluated before anything is fetched: here it is said if the toolchain lacks a target.
    let derivations = evaluate(&nix, &wanted, options)?;
    fetch::fetch(&plan, &nix.store, options)?;
    let out_dir = files::create_folder(&args.out_dir)?;
    let roots = wanted.iter().map(|artifact| out_dir.join(format!(".{artifact}")));
    say_what_ran(&plan, options);
    let store_paths = realise(&nix, &derivations.into_iter().zip(roots).collect::<Vec<_>>(), options)?;
    let expected = expected::load(options)?;
    let mut built = Vec::new();
    for (artifact, store_path) in wanted.into_iter().zip(&store_paths) {
        let pin = expected.pinned(&plan, &artifact).filter(|_| !args.pin);
        built.push(deliver(store_path, &out_dir.join(artifact.to_string()), artifact, pin)?);
    }
    report(&built, args.json, options.quiet, started)?;
    if args.pin { write_pins(&plan, expected, &built, options) } else { compare(&plan, &expected, &built) }
}

/// Says which packages' code a build runs: that of source distributions, and no other.
fn say_what_ran(plan: &Plan, options: &GlobalOptions) {
    if !plan.builds.is_empty() && !options.quiet {
        let sdists: Vec<_> = plan.builds.keys().map(String::as_str).collect();
        eprintln!(
            "wheels are built of source distributions, whose own code runs in the sandbox: {}",
            sdists.join(", ")
        );
    }
}

/// Runs `permafreeze pin`: builds, then writes the hashes into `permafreeze.expected.json`.
///
/// # Errors
/// As [`run`].
pub fn pin(args: &PinArgs, options: &GlobalOptions) -> Outcome {
    let PinArgs { targets, out_dir, json } = args;
    let (targets, out_dir) = (targets.clone(), out_dir.clone());
    run(&BuildArgs { targets, out_dir, locked: false, pin: true, json: *json }, options)
}

fn write_pins(plan: &Plan, mut expected: Expected, built: &[Delivered], options: &GlobalOptions) -> Outcome {
    for Delivered { artifact, path, .. } in built {
        let executable = pinned::hash(path)?;
        if !options.quiet {
            eprintln!("{artifact}: pinned as sha256 {}", executable.sha256);
        }
        let digest = plan.digests.get(artifact).cloned().unwrap_or_default();
        expected.pins.insert(artifact.clone(), Pin { digest, executable });
    }
    expected::save(&expected, options)
}

/// Compares what was built with the pins that hold; the first that differs is the failure.
fn compare(plan: &Plan, expected: &Expected, built: &[Delivered]) -> Outcome {
    for Delivered { artifact, path, size, blake3, .. } in built {
        let Some(pin) = expected.pinned(plan, artifact) else { continue };
        if (blake3, *size) != (&pin.blake3, pin.size) {
            return Err(pinned::differs(artifact, path, pin, &pinned::hash(path)?));
        }
    }
    Ok(())
}
