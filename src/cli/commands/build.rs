//! `permafreeze build`: plan → files in the store → Nix → `dist/`.
use std::time::Instant;

use camino::Utf8PathBuf;
use clap::Args;
use permafreeze_nix::Nix;
use permafreeze_plan::artifact::Artifact;
use permafreeze_plan::expected::Expected;
use permafreeze_plan::plan::Plan;

use self::deliver::{deliver, report};
use self::summary::{From, Tally};
use crate::artifact::choose;
use crate::commands::fetch;
use crate::commands::lock::{self, LockArgs};
use crate::commands::prepare::{Prepared, prepare, with_other_source};
use crate::failure::{Failure, Outcome};
use crate::options::{GlobalOptions, OutDir};
use crate::output::Output;
use crate::realise::{evaluate, find_nix, realise_watched};
use crate::{expected, files, roots, say};

mod deliver;
mod summary;

/// Arguments of `permafreeze build`.
#[derive(Debug, Args)]
pub struct BuildArgs {
    /// What to build: targets (`linux-amd64`) or executables (`agent-runner`, `agent-runner-linux-amd64`); default: all of the plan
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    #[command(flatten)]
    out_dir: OutDir,
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
    #[command(flatten)]
    out_dir: OutDir,
    /// Fail if the plan is not up to date, instead of making it anew
    #[arg(long)]
    locked: bool,
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
    let mut nix = find_nix(options)?;
    // Evaluated before anything is fetched: here it is said if the toolchain lacks a target.
    let derivations = evaluate(&nix, &plan, &wanted, options)?;
    let Prepared { derivations, are_there, fetched } = prepare(&mut nix, &plan, (&wanted, derivations), options)?;
    say_what_ran(&plan, options);
    let mut tally = Tally::default();
    let store_paths = realise_watched(&nix, &derivations, &mut |step| tally.hear(step), options);
    let store_paths = store_paths.map_err(|failure| with_other_source(failure, &wanted, options))?;
    let from: Vec<From> =
        wanted.iter().zip(are_there).map(|(artifact, was_there)| tally.from(artifact, was_there)).collect();
    let expected = expected::load(options)?;
    let built = wanted.into_iter().zip(derivations.into_iter().zip(store_paths));
    let outputs = outputs(&nix, (&plan, &expected), built, args, options)?;
    let out_dir = files::create_folder(&args.out_dir.of(options))?;
    // It decides nothing of what is built.
    if !args.locked {
        fetch::record(&fetched, options)?;
    }
    let delivered = outputs.iter().zip(&from).map(|(output, from)| deliver(output, *from, &out_dir, &nix.store));
    report(&delivered.collect::<Result<Vec<_>, _>>()?, args.json, options.quiet)?;
    if !options.quiet {
        let kept = outputs.iter().flat_map(|output| roots::kept_objects(options, &output.artifact)).collect();
        let objects = Tally::needed_objects(&kept, &from);
        say::note(&tally.text(started.elapsed().as_secs_f64(), objects, &from));
    }
    if args.pin { write_pins(&plan, expected, &outputs, options) } else { Ok(()) }
}

/// Reads what was built. Nothing is delivered before all are what they have to be.
fn outputs(
    nix: &Nix,
    (plan, expected): (&Plan, &Expected),
    built: impl Iterator<Item = (Artifact, (Utf8PathBuf, Utf8PathBuf))>,
    args: &BuildArgs,
    options: &GlobalOptions,
) -> Result<Vec<Output>, Failure> {
    let outputs = built.map(|(artifact, paths)| {
        let pin = expected.pins.get(&artifact);
        Output::read((artifact.clone(), plan.form(&artifact)), paths, pin)
    });
    let outputs = outputs.collect::<Result<Vec<_>, _>>()?;
    for output in &outputs {
        roots::keep_objects(nix, options, &output.artifact, &output.derivation, &output.store_path);
        let pin = expected.pinned(plan, &output.artifact).filter(|_| !args.pin);
        output.check(pin, &args.out_dir.of(options).join(output.artifact.file_name(output.form)), nix, options)?;
    }
    Ok(outputs)
}

/// Says which packages' code a build runs: that of source distributions, and no other.
fn say_what_ran(plan: &Plan, options: &GlobalOptions) {
    if !plan.builds.is_empty() && !options.quiet {
        let sdists: Vec<_> = plan.builds.keys().map(String::as_str).collect();
        say::note(&format!(
            "wheels are built of source distributions, whose own code runs in the sandbox: {}",
            sdists.join(", ")
        ));
    }
}

/// Runs `permafreeze pin`: builds, then writes the hashes into `permafreeze.expected.json`.
///
/// # Errors
/// As [`run`].
pub fn pin(args: &PinArgs, options: &GlobalOptions) -> Outcome {
    let PinArgs { targets, out_dir, locked, json } = args;
    let (targets, out_dir) = (targets.clone(), out_dir.clone());
    run(&BuildArgs { targets, out_dir, locked: *locked, pin: true, json: *json }, options)
}

fn write_pins(plan: &Plan, mut expected: Expected, outputs: &[Output], options: &GlobalOptions) -> Outcome {
    for output in outputs {
        let Output { artifact, executable, .. } = output;
        if !options.quiet {
            say::note(&format!("{artifact}: pinned as sha256 {}", executable.sha256));
        }
        let digest = plan.digests.get(artifact).cloned().unwrap_or_default();
        let pin = output.pin(digest, expected.pins.get(artifact));
        expected.pins.insert(artifact.clone(), pin);
    }
    expected::save(&expected, options)
}
