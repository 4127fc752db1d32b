//! `permafreeze cache` and `permafreeze clean`: what is kept on this machine and how it is freed, and what others are given.
use clap::{Args, Subcommand};
use indicatif::BinaryBytes;

use crate::failure::Outcome;
use crate::kept::{self, Kept, Scope};
use crate::options::GlobalOptions;
use crate::say;

mod push;

/// Arguments of `permafreeze cache`.
#[derive(Debug, Args)]
pub struct CacheArgs {
    #[command(subcommand)]
    command: CacheCommand,
}

/// A subcommand of `permafreeze cache`.
#[derive(Debug, Subcommand)]
enum CacheCommand {
    /// Show what is kept for this project and for all projects of the user
    Info {
        /// Print it as JSON
        #[arg(long)]
        json: bool,
    },
    /// Copy executables, and all that a build of them needs but downloads of wheels, to a binary cache
    Push(push::PushArgs),
}

/// Arguments of `permafreeze clean`.
#[derive(Debug, Args)]
pub struct CleanArgs {
    /// Free also what all projects of the user share: unfinished downloads, the work of `toolchain build`,
    /// what `run` and `shell` have unpacked
    #[arg(long)]
    all: bool,
}

/// Runs `permafreeze cache`.
///
/// # Errors
/// If the user has no folder for caches; as [`push::run`].
pub fn run(args: &CacheArgs, options: &GlobalOptions) -> Outcome {
    match &args.command {
        CacheCommand::Info { json } => info(*json, options),
        CacheCommand::Push(args) => push::run(args, options),
    }
}

fn info(json: bool, options: &GlobalOptions) -> Outcome {
    let kept = kept::all(options)?;
    if json {
        return say::json(&kept);
    }
    let row = |kept: &Kept| {
        let whose = if kept.scope == Scope::Project { "project" } else { "user" };
        let size = BinaryBytes(kept.bytes).to_string();
        format!("{whose:<8} {:<26} {size:>11}  {:>6} files  {}\n", kept.what, kept.count, kept.place)
    };
    say::text(&kept.iter().map(row).collect::<String>())
}

/// Runs `permafreeze clean`: executables stay.
///
/// # Errors
/// If something cannot be removed.
pub fn clean(args: &CleanArgs, options: &GlobalOptions) -> Outcome {
    let kept = kept::all(options)?;
    for kept in kept.iter().filter(|kept| args.all || kept.scope == Scope::Project) {
        kept::remove(kept)?;
        if !options.quiet && kept.bytes > 0 {
            let frees = if kept.scope == Scope::Project { "no longer kept" } else { "removed" };
            say::note(&format!("{frees}: {} ({})", kept.what, BinaryBytes(kept.bytes)));
        }
    }
    if !options.quiet {
        say::note("`nix-collect-garbage` deletes what nothing keeps any more from the store");
    }
    Ok(())
}
