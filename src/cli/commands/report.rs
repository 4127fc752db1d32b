//! `permafreeze report`: what was built, what was tested of it, and what was not, on one page.
use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use permafreeze_executable::report::Report;
use permafreeze_plan::artifact::Artifact;
use permafreeze_plan::plan::Plan;
use permafreeze_sbom::BILL;
use permafreeze_sbom::cyclonedx::Bill;
use permafreeze_verify::result::Verification;
use permafreeze_verify::summary::{self, Known};

use crate::artifact::choose;
use crate::built::{self, Built};
use crate::failure::{Failure, Kind, Outcome};
use crate::options::{GlobalOptions, OutDir};
use crate::{expected, files, pins_file, say};

/// Arguments of `permafreeze report`.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// Of what: targets (`linux-amd64`) or executables (`agent-runner`, `agent-runner-linux-amd64`); default: all of the plan
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    /// The file to write; default: standard output
    #[arg(long, value_name = "FILE")]
    out: Option<Utf8PathBuf>,
    #[command(flatten)]
    out_dir: OutDir,
    /// As JSON instead of Markdown
    #[arg(long)]
    json: bool,
}

/// What is read of one executable.
struct Files {
    built: Built,
    report: Report,
    bill: Bill,
    verification: Option<Verification>,
}

/// Runs `permafreeze report`.
///
/// # Errors
/// An unknown target (kind `Usage`); one that was not built, or is not what was built (kind `Input`).
pub fn run(args: &ReportArgs, options: &GlobalOptions) -> Outcome {
    let (plan, text) = built::read_plan(options)?;
    let chosen = choose(&plan, &args.targets)?;
    let out_dir = args.out_dir.of(options);
    let (found, not_built) = find(&plan, chosen, &out_dir, args)?;
    let files = found.into_iter().map(|built| read(built, &out_dir)).collect::<Result<Vec<_>, _>>()?;
    let known: Vec<Known<'_>> = files
        .iter()
        .map(|files| Known {
            artifact: &files.built.artifact,
            report: &files.report,
            bill: &files.bill,
            verification: files.verification.as_ref(),
        })
        .collect();
    let expected = expected::load(options)?;
    let (pins, _) = pins_file::load(&options.project)?;
    let sha256 = permafreeze_base::sha256::of(text.as_bytes());
    let page = summary::page((&plan, &expected), &sha256, &pins, &known, not_built);
    let text = if args.json {
        permafreeze_sbom::to_json(&page).map_err(|error| Failure::new(Kind::Bug, error))?
    } else {
        summary::markdown(&page)
    };
    match &args.out {
        Some(file) => files::write(file, &text),
        None if args.json => say::verbatim(&text),
        None => say::text(&text),
    }
}

/// Finds what was built. Of what was not asked for by name, one must have been; the others are listed.
fn find(
    plan: &Plan,
    chosen: Vec<Artifact>,
    out_dir: &Utf8Path,
    args: &ReportArgs,
) -> Result<(Vec<Built>, Vec<Artifact>), Failure> {
    let (mut found, mut not_built, mut first) = (Vec::new(), Vec::new(), None);
    for artifact in chosen {
        match Built::find(out_dir, plan, artifact.clone()) {
            Ok(built) => found.push(built),
            Err(failure) if args.targets.is_empty() => {
                not_built.push(artifact);
                first.get_or_insert(failure);
            }
            Err(failure) => return Err(failure),
        }
    }
    match first {
        Some(failure) if found.is_empty() => Err(failure),
        _ => Ok((found, not_built)),
    }
}

fn read(built: Built, dist: &Utf8Path) -> Result<Files, Failure> {
    let report = built.report()?;
    built.check(&report.executable.sha256)?;
    let bill = built.read(BILL)?;
    let verification = read_verification(&dist.join(format!(".{}.verify.json", built.artifact)))?;
    Ok(Files { built, report, bill, verification })
}

/// Reads the last result of `permafreeze verify`, if there is one.
fn read_verification(file: &Utf8Path) -> Result<Option<Verification>, Failure> {
    if !file.is_file() {
        return Ok(None);
    }
    let malformed = |error| format!("`{file}` is not a result of `permafreeze verify`: {error}");
    serde_json::from_str(&files::read(file)?).map(Some).map_err(|error| {
        Failure::new(Kind::Input, malformed(error)).hint("run `permafreeze verify`, which writes it anew")
    })
}
