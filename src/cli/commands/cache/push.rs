//! `permafreeze cache push`: what others need, so that they build nothing again.
use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use permafreeze_nix::Nix;
use permafreeze_toolchain::store;

use crate::artifact::choose;
use crate::failure::{Failure, Kind, Outcome};
use crate::options::GlobalOptions;
use crate::realise::{evaluate, find_nix};
use crate::{built, pins_file, say};

/// Arguments of `permafreeze cache push`.
#[derive(Debug, Args)]
pub(super) struct PushArgs {
    /// The store, in Nix's words: `s3://BUCKET?endpoint=HOST`, `https://HOST`, `file:///FOLDER`, `ssh://HOST`
    #[arg(value_name = "STORE")]
    store: String,
    /// What to push: targets or executables; default: all of the plan
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    /// A file with the secret key that what is pushed is signed with (`nix-store --generate-binary-cache-key`)
    #[arg(long, value_name = "FILE")]
    key: Option<Utf8PathBuf>,
    /// Push the executables alone: others download them, but compile and link anew what they change
    #[arg(long)]
    executables: bool,
    /// List what would be pushed, a path per line, and push nothing: for programs that copy by themselves, as
    /// `cachix push NAME` or `attic push NAME`
    #[arg(long)]
    dry_run: bool,
}

/// Runs `permafreeze cache push`.
///
/// # Errors
/// Kind `Input` if an executable is not built, or there is no such key; what Nix says.
pub(super) fn run(args: &PushArgs, options: &GlobalOptions) -> Outcome {
    if let Some(key) = args.key.as_deref().filter(|key| !key.is_file()) {
        let failure =
            Failure::new(Kind::Input, format!("`{key}`: there is no such file: expected a secret key of Nix"));
        return Err(failure.hint("`nix-store --generate-binary-cache-key NAME SECRET PUBLIC` makes one"));
    }
    let nix = find_nix(options)?;
    let paths = paths(&nix, args, options)?;
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    if args.dry_run {
        return say::text(&paths.iter().map(|path| format!("{path}\n")).collect::<String>());
    }
    nix.store.copy_to(&args.store, &paths, args.key.as_deref())?;
    if !options.quiet {
        say::note(&format!("{} has {} paths of this project", args.store, paths.len()));
    }
    Ok(())
}

/// Returns what is pushed, in order: of what executables are built of, and of the toolchain, what is in the store. What of
/// the toolchain a URL gives others have from there.
fn paths(nix: &Nix, args: &PushArgs, options: &GlobalOptions) -> Result<BTreeSet<String>, Failure> {
    let (plan, _) = built::read_plan(options)?;
    let wanted = choose(&plan, &args.targets)?;
    let derivations = evaluate(nix, &plan, &wanted, options)?;
    let mut paths = BTreeSet::new();
    for (artifact, derivation) in wanted.iter().zip(&derivations) {
        if !nix.store.is_built(derivation)? {
            let failure = Failure::new(Kind::Input, format!("`{artifact}` is not built: there is nothing to push"));
            return Err(failure.hint(format!("run `permafreeze build {artifact}`")));
        }
        paths.extend(outputs(nix, derivation, args.executables)?);
    }
    let known: Vec<&str> = paths.iter().map(String::as_str).collect();
    let mut there: BTreeSet<String> = nix.store.valid(&known)?.into_iter().map(str::to_owned).collect();
    if !args.executables {
        let (pins, _) = pins_file::load(&options.project)?;
        let made = store::present(&nix.store, &pins).map_err(|error| Failure::new(Kind::Input, error))?;
        let own = made.into_iter().filter(|(name, _)| pins.made[name].urls.is_empty());
        there.extend(own.map(|(_, path)| path.as_str().to_owned()));
    }
    Ok(there)
}

/// Returns the outputs of an executable's derivation, and of all that it is built of.
fn outputs(nix: &Nix, derivation: &Utf8Path, alone: bool) -> Result<Vec<String>, Failure> {
    let closure = nix.store.closure(derivation)?;
    let built = closure.iter().filter(|(path, _)| !alone || path == derivation);
    Ok(built.flat_map(|(_, derivation)| derivation.outputs.values().map(|output| output.path.clone())).collect())
}
