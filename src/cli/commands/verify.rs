//! `permafreeze verify`: proves that executables are what the plan says, portable, alive and accounted for.
use std::time::Instant;

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use permafreeze_nix::{Derivation, Nix};
use permafreeze_plan::artifact::Artifact;
use permafreeze_plan::expected::{Expected, FileDigest};
use permafreeze_plan::form::Form;
use permafreeze_plan::jobs::LinkJob;
use permafreeze_plan::plan::Plan;
use permafreeze_verify::result::{Part, PartResult, VERSION, Verdict, Verification};

use crate::artifact::choose;
use crate::commands::lock::{self, LockArgs};
use crate::commands::prepare::{Prepared, prepare};
use crate::failure::{Failure, Kind, Outcome};
use crate::options::{GlobalOptions, OutDir};
use crate::realise::{evaluate, find_nix, link_job, realise};
use crate::{expected, files, pinned};

mod audit;
mod on;
mod origin;
mod reproduce;
mod show;
mod smoke;

/// What is printed below `--help`.
const EXIT_CODES: &str = "\
Parts:
  reproduce  builds every derivation again; compares with the pin and with binary caches
  audit      what the executable wants of the user's machine, against [tool.permafreeze.policy]
  smoke      imports every module inside the executable, runs the commands of [tool.permafreeze] smoke
  origin     traces every byte to its owner

Exit codes: 0 all passed, 10 differs (reproduce), 11 not portable (audit), 12 does not run (smoke), 13 not traced
(origin): of the first part that failed, in this order. 1, 2, 3, 70 as for every command.
The result is also written to OUT-DIR/.NAME-TARGET.verify.json; that of `--on FILE` is printed alone.";

/// Arguments of `permafreeze verify`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct VerifyArgs {
    /// Parts (reproduce, audit, smoke, origin), targets and executables; default: every part, all of the plan
    #[arg(value_name = "PART|TARGET")]
    words: Vec<String>,
    #[command(flatten)]
    out_dir: OutDir,
    /// Try a built executable with nothing of its project and without Nix: the parts audit, against the default policy, and
    /// smoke, without commands
    #[arg(long, value_name = "FILE", conflicts_with_all = ["accept", "out_dir"])]
    on: Option<Utf8PathBuf>,
    /// Modules that need not be importable, with their reasons: those that this `permafreeze.expected.json` has for the
    /// executable, by the name NAME-TARGET of its file
    #[arg(long, value_name = "FILE", requires = "on")]
    accepted: Option<Utf8PathBuf>,
    /// Write the modules that cannot be imported, with their reasons, into `permafreeze.expected.json`
    #[arg(long)]
    accept: bool,
    /// Fail (exit code 12) where this machine cannot run a target's executable, instead of saying `not run`
    #[arg(long)]
    require_smoke: bool,
    /// How many seconds a module may take to be imported; more where it is emulated
    #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..))]
    time_limit: u64,
    /// A folder with the system libraries of another processor, for emulation
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    system_root: Option<Utf8PathBuf>,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// What is verified: one executable, its file and where it comes from.
struct Subject {
    /// Its name and target.
    artifact: Artifact,
    /// Its form.
    form: Form,
    /// The file.
    path: Utf8PathBuf,
    hashes: FileDigest,
    derivation: Utf8PathBuf,
    /// What the derivation gives, in the store.
    store_path: Utf8PathBuf,
    /// Every derivation that it needs, itself included, but those whose outputs are fixed.
    closure: Vec<(Utf8PathBuf, Derivation)>,
    /// The job of the link tool.
    job: LinkJob,
}

/// What every part needs.
struct Context<'a> {
    nix: &'a Nix,
    plan: &'a Plan,
    expected: &'a Expected,
    args: &'a VerifyArgs,
    options: &'a GlobalOptions,
}

/// Runs `permafreeze verify`.
///
/// # Errors
/// A part that failed (kinds `Differs`, `NotPortable`, `DoesNotRun`, `Unaccounted`), a stale plan, no Nix.
pub fn run(args: &VerifyArgs, options: &GlobalOptions) -> Outcome {
    if let Some(file) = &args.on {
        return on::run(file, args, options);
    }
    let plan = lock::bring_up_to_date(&LockArgs { check: true, sdists: false, entry: None }, options)?;
    let (parts, names) = words(args);
    if args.accept && !parts.contains(&Part::Smoke) {
        return Err(Failure::new(Kind::Usage, "`--accept` is for the part `smoke`, which is not asked for"));
    }
    let wanted = choose(&plan, &names)?;
    let nix = find_nix(options)?;
    let expected = expected::load(options)?;
    let context = Context { nix: &nix, plan: &plan, expected: &expected, args, options };
    let subjects = subjects(&context, wanted)?;
    let again =
        if parts.contains(&Part::Reproduce) { reproduce::rebuild(&context, &subjects)? } else { Default::default() };
    let mut verified = Vec::new();
    let mut accepted = expected.accepted.clone();
    for subject in &subjects {
        let mut verification = empty(&subject.artifact, subject.hashes.clone());
        for part in &parts {
            let started = Instant::now();
            let result = match part {
                Part::Reproduce => reproduce::part(&context, subject, &again)?,
                Part::Audit => audit::part(&context, subject)?,
                Part::Smoke => smoke::part(&context, subject, &mut accepted)?,
                Part::Origin => origin::origin(&context, subject)?,
            };
            verification.parts.insert(*part, timed(*part, result, started));
        }
        save(&verification, &args.out_dir.of(options))?;
        verified.push(verification);
    }
    if args.accept && accepted != expected.accepted {
        expected::save(&Expected { accepted, ..expected }, options)?;
    }
    show::show(&verified, args.json)?;
    judge(&verified, args.require_smoke)
}

/// Sorts the words into parts and the rest.
fn words(args: &VerifyArgs) -> (Vec<Part>, Vec<String>) {
    let is = |part: Part| args.words.iter().any(|word| Part::of(word) == Some(part));
    let parts: Vec<Part> = Part::ALL.into_iter().filter(|part| is(*part)).collect();
    let names = args.words.iter().filter(|word| Part::of(word).is_none()).cloned();
    (if parts.is_empty() { Part::ALL.to_vec() } else { parts }, names.collect())
}

/// Finds the executables' files and everything that they were made of; builds what is missing, together.
fn subjects(context: &Context, wanted: Vec<Artifact>) -> Result<Vec<Subject>, Failure> {
    let Context { nix, plan, args, options, .. } = context;
    let derivations = evaluate(nix, plan, &wanted, options)?;
    let mut nix = (*nix).clone();
    let Prepared { derivations, .. } = prepare(&mut nix, plan, (&wanted, derivations), options)?;
    let out_dir = files::create_folder(&args.out_dir.of(options))?;
    let store_paths = realise(&nix, &derivations, options)?;
    for (artifact, store_path) in wanted.iter().zip(&store_paths) {
        nix.store.keep(&out_dir.join(format!(".{artifact}")), store_path.as_str())?;
    }
    let each = wanted.into_iter().zip(derivations).zip(store_paths);
    each.map(|((artifact, derivation), store_path)| subject(context, artifact, derivation, store_path)).collect()
}

/// Finds one executable's file and everything that it was made of.
fn subject(
    context: &Context,
    artifact: Artifact,
    derivation: Utf8PathBuf,
    store_path: Utf8PathBuf,
) -> Result<Subject, Failure> {
    let form = context.plan.form(&artifact);
    let path = context.args.out_dir.of(context.options).join(artifact.file_name(form));
    if !path.exists() {
        files::copy_delivered(&store_path.join(artifact.output(form)), &path, form)?;
    }
    let closure = context.nix.store.closure(&derivation)?;
    let job = link_job(&derivation, &closure)?;
    Ok(Subject { hashes: pinned::hash(&path)?, artifact, form, path, derivation, store_path, closure, job })
}

/// Adds how long a part took. What was not run took none, and executables are built again all at once.
fn timed(part: Part, result: PartResult, started: Instant) -> PartResult {
    if part == Part::Reproduce || result.verdict == Verdict::NotRun {
        return result;
    }
    let seconds = (started.elapsed().as_secs_f64() * 10.0).round() / 10.0;
    result.fact("seconds", seconds)
}

fn empty(artifact: &Artifact, executable: FileDigest) -> Verification {
    Verification {
        version: VERSION,
        name: artifact.name.clone(),
        target: artifact.target,
        executable,
        parts: Default::default(),
    }
}

/// Writes the result beside the executable, with earlier parts for the same bytes.
fn save(verification: &Verification, out_dir: &Utf8Path) -> Outcome {
    let path = out_dir.join(format!(".{}.verify.json", verification.artifact()));
    let mut whole = verification.clone();
    let earlier = std::fs::read_to_string(&path).ok().and_then(|text| serde_json::from_str(&text).ok());
    if let Some(earlier) = earlier {
        whole.add_earlier(earlier);
    }
    let text = serde_json::to_string_pretty(&whole).map_err(|error| Failure::new(Kind::Bug, error))?;
    files::write(&path, &format!("{text}\n"))
}

/// Returns the failure of the first part that did not pass, if one did not.
fn judge(verified: &[Verification], require_smoke: bool) -> Outcome {
    for part in Part::ALL {
        let failed = |result: &PartResult| {
            result.verdict == Verdict::Failed
                || (require_smoke && part == Part::Smoke && result.verdict == Verdict::NotRun)
        };
        let outputs: Vec<String> = verified
            .iter()
            .filter(|verification| verification.parts.get(&part).is_some_and(failed))
            .map(|verification| format!("`{}`", verification.artifact()))
            .collect();
        if outputs.is_empty() {
            continue;
        }
        let (kind, what) = match part {
            Part::Reproduce => (Kind::Differs, "differs"),
            Part::Audit => (Kind::NotPortable, "is not portable"),
            Part::Smoke => (Kind::DoesNotRun, "does not run as expected"),
            Part::Origin => (Kind::Unaccounted, "has bytes that are not traced to an owner"),
        };
        return Err(Failure::new(kind, format!("{} {what}", outputs.join(", "))));
    }
    Ok(())
}
